"""The page of numbers."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest
import wsgi_rs
from launch import (
    PATIENCE, Program, eventually, is_alive, is_refused, launched, run, state
)

APP = r"""
import ctypes, os, sys, time

def app(environ, start_response):
    if environ["PATH_INFO"] == "/locked":
        print("locked", file=sys.stderr, flush=True)
        # Unlike CDLL, this holds Python's lock.
        held = ctypes.PyDLL(None).open(b"released", os.O_RDONLY)
        os.close(held)
    if environ["PATH_INFO"] == "/held":
        print("held", file=sys.stderr, flush=True)
        while not os.path.exists("released"):
            time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""

ARGUMENTS = ["--bind", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]

SEVERAL = pytest.mark.parametrize("more", [["--workers", "2"], ["--workers", "2", "--preload"]],
                                  ids=["workers", "preloaded"])


class Monitored:
    """A site with a page of numbers."""

    def __init__(self, site):
        self.site = site
        self.url = site.wait_for(r"numbers on (http://127\.0\.0\.1:\d+/metrics|unix:)")[0][1]

    def page(self):
        with urllib.request.urlopen(self.url, timeout=PATIENCE) as response:
            return response.read().decode()

    def requests(self):
        """The number of all requests of the site."""
        pattern = r"^http_server_request_duration_seconds_count\{.*\} (\d+)$"
        return sum(int(count) for count in re.findall(pattern, self.page(), re.MULTILINE))

    def processes(self):
        return int(re.search(r"^wsgi_processes (\d+)$", self.page(), re.MULTILINE)[1])

    def visit(self, times):
        """Visits the site, and returns the pids of the processes that answered."""
        return {int(self.site.get("/")[1]) for _ in range(times)}


@pytest.fixture
def monitored(tmp_path):
    environment = dict(os.environ, TMPDIR=str(tmp_path / "temporary"), PYTHONPATH=str(tmp_path))
    (tmp_path / "temporary").mkdir()

    def start(*more):
        launching = launched(tmp_path, APP, *ARGUMENTS, *more, env=environment)
        started.append(launching)
        return Monitored(launching.__enter__())

    started = []
    yield start
    for launching in started:
        launching.__exit__(None, None, None)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_single_process_shows_its_numbers(monitored):
    site = monitored()
    site.visit(7)
    eventually(lambda: site.requests() == 7)
    assert 'http_response_status_code="200"' in site.page()
    assert site.site.stop() == 0


@SEVERAL
def test_the_page_has_the_sums_of_all_workers(monitored, more):
    site = monitored(*more)
    count, pids = 0, set()
    while len(pids) < 2:
        pids |= site.visit(5)
        count += 5
        assert count < 10_000
    eventually(lambda: site.requests() == count)
    assert site.processes() == 2
    assert site.site.stop() == 0, site.site.log()


@SEVERAL
def test_what_a_replaced_worker_counted_stays_counted(monitored, more):
    site = monitored(*more)
    former = site.visit(1)
    site.visit(9)
    eventually(lambda: site.requests() == 10)
    site.site.signal(signal.SIGHUP)
    eventually(lambda: not any(map(is_alive, former)))
    assert site.requests() == 10
    assert site.site.stop() == 0, site.site.log()


def test_what_a_killed_worker_told_stays_counted(monitored):
    site = monitored("--workers", "1")
    (former,) = site.visit(5)
    eventually(lambda: site.requests() == 5)
    os.kill(former, signal.SIGKILL)
    site.site.wait_for("another one takes its place")
    site.visit(3)
    eventually(lambda: site.requests() == 8)
    assert site.site.stop() == 0, site.site.log()


@SEVERAL
def test_a_restart_of_the_program_keeps_the_counts(monitored, more):
    site = monitored(*more)
    site.visit(5)
    eventually(lambda: site.requests() == 5)
    for _ in range(2):
        restarts = site.site.log().count("restarted")
        site.site.signal(signal.SIGUSR2)
        site.site.wait_for("restarted as process", restarts + 1)
    site.visit(5)
    eventually(lambda: site.requests() == 10)
    assert site.site.stop() == 0, site.site.log()


def test_the_page_of_a_single_process_is_there_after_a_restart(monitored):
    site = monitored()
    (former,) = site.visit(1)
    site.site.signal(signal.SIGUSR2)
    site.site.wait_for("restarted as process")
    eventually(lambda: former not in site.visit(1))
    eventually(lambda: 0 < site.requests())
    assert site.site.stop() == 0, site.site.log()


def test_a_restart_leaves_the_site_ready(monitored):
    site = monitored()
    (former,) = site.visit(1)
    at = site.url.replace("/metrics", "/readyz")

    def is_over():
        # A status of 503 is raised.
        with urllib.request.urlopen(at, timeout=PATIENCE) as response:
            assert response.read() == b"ready\n"
        return former not in site.visit(1)

    for restarts in range(1, 4):
        site.site.signal(signal.SIGUSR2)
        eventually(is_over)
        site.site.wait_for("restarted as process", restarts)
        (former,) = site.visit(1)
    assert site.site.stop() == 0, site.site.log()


def test_the_page_comes_back_after_its_process_was_killed(monitored):
    site = monitored("--workers", "1")
    former = site.visit(3)
    eventually(lambda: site.requests() == 3)
    process = process_of_the_page(site, former)
    os.kill(process, signal.SIGKILL)
    site.site.wait_for(f"process {process}, which showed the numbers, has ended")
    eventually(lambda: not any(map(is_alive, former)))
    site.visit(2)
    eventually(lambda: site.requests() >= 2)
    assert site.site.stop() == 0, site.site.log()


# Python runs this when it starts. A fork fails once for each file `refuse`.
REFUSED_FORKS = r"""
import os

def fork(real=os.fork):
    try:
        os.remove("refuse")
    except FileNotFoundError:
        return real()
    raise BlockingIOError(11, "no more processes")

os.fork = fork
"""


def test_a_refused_fork_of_the_process_of_the_page_is_tried_again(monitored, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(REFUSED_FORKS)
    site = monitored("--workers", "1")
    former = site.visit(1)
    eventually(lambda: site.requests() == 1)
    (tmp_path / "refuse").touch()
    os.kill(process_of_the_page(site, former), signal.SIGKILL)
    site.site.wait_for("cannot start a process for the numbers: no more processes")
    site.site.wait_for("reloading")
    eventually(lambda: not any(map(is_alive, former)))
    assert site.processes() >= 1
    assert site.site.stop() == 0, site.site.log()


def test_the_process_of_the_page_is_not_replaced_at_the_end(monitored, tmp_path):
    site = monitored("--workers", "1")
    former = site.visit(1)
    eventually(lambda: site.requests() == 1)
    process = process_of_the_page(site, former)
    with site.site.connect() as client:
        client.sendall(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        site.site.wait_for("^held")
        site.site.signal(signal.SIGTERM)
        eventually(lambda: is_refused(site.site.port))
        os.kill(process, signal.SIGKILL)
        site.site.wait_for(f"process {process}, which showed the numbers, has ended")
        (tmp_path / "released").touch()
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert site.site.wait() == 0, site.site.log()
    assert "reloading" not in site.site.log()


def test_a_second_signal_together_with_the_end_of_the_process_of_the_page(monitored):
    site = monitored("--workers", "1")
    process = process_of_the_page(site, site.visit(1))
    site.site.signal(signal.SIGSTOP)
    eventually(lambda: state(site.site.process.pid) == "T")
    for number in signal.SIGTERM, signal.SIGINT:
        site.site.signal(number)
    os.kill(process, signal.SIGKILL)
    # Its last thread closes its files.
    eventually(lambda: state(process) == "Z" and len(os.listdir(f"/proc/{process}/task")) == 1)
    site.site.signal(signal.SIGCONT)
    assert site.site.wait() == 1
    assert "Traceback" not in site.site.log()


def test_the_page_on_a_unix_socket_is_there_until_the_last_request(monitored, tmp_path):
    site = monitored("--workers", "1", "--metrics", "unix:numbers.sock")
    with site.site.connect() as client:
        client.sendall(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        site.site.wait_for("^held")
        site.site.signal(signal.SIGTERM)
        eventually(lambda: is_refused(site.site.port))
        with socket.socket(socket.AF_UNIX) as reader:
            reader.settimeout(PATIENCE)
            reader.connect(str(tmp_path / "numbers.sock"))
            reader.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b"wsgi_processes 1" in reader.makefile("rb").read()
        (tmp_path / "released").touch()
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert site.site.wait() == 0, site.site.log()
    assert not (tmp_path / "numbers.sock").exists()


# A process of the page that does not end by itself, while a second signal comes.
UNENDING = r"""
import os, signal, time
from wsgi_rs.numbers import Numbers
from wsgi_rs.signals import Signals

class Unending(Numbers):
    def _work(self, channel):
        time.sleep(1000)

with Unending(None) as numbers, Signals() as signals:
    numbers.start()
    os.kill(os.getpid(), signal.SIGTERM)
    assert numbers.end(signals) and not numbers
"""


def test_the_second_signal_ends_the_process_of_the_page_at_once():
    subprocess.run([sys.executable, "-c", UNENDING], check=True, timeout=PATIENCE)


def process_of_the_page(site, workers):
    """Of the children of the parent, it is the one that does not serve."""
    children = {int(pid) for pid in os.popen(f"pgrep -P {site.site.process.pid}").read().split()}
    (process,) = children - workers
    return process


@pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])
def test_files_and_numbers_do_not_wait_for_pythons_lock(monitored, tmp_path, more):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a.txt").write_text("a file")
    os.mkfifo(tmp_path / "released")
    site = monitored("--static", "/files=files", *more)
    with site.site.connect() as client:
        client.sendall(b"GET /locked HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        site.site.wait_for("^locked")
        assert site.site.get("/files/a.txt") == (200, b"a file")
        eventually(lambda: site.requests() == 1)
        with open(tmp_path / "released", "w"):
            assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert site.site.stop() == 0, site.site.log()


def test_a_mistake_leaves_no_folder_behind(tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    arguments = ["a:app", *ARGUMENTS, "--workers", "1"]
    environment = dict(os.environ, TMPDIR=str(temporary))
    code, log = run(tmp_path, *arguments, "--pid-file", "/no/such/folder/pid", env=environment)
    assert code == 1 and "cannot write /no/such/folder/pid" in log
    assert list(temporary.iterdir()) == []
    # The path of a socket has a limit, which is much shorter than that of a file.
    temporary = temporary / ("a" * 120)
    temporary.mkdir()
    environment["TMPDIR"] = str(temporary)
    code, log = run(tmp_path, *arguments, env=environment)
    assert code == 1, log
    assert list(temporary.iterdir()) == []


def test_the_page_is_beside_the_default_address():
    from wsgi_rs._wsgi_rs import Sockets

    sockets = Sockets.inherited([], "127.0.0.1:0", "127.0.0.1:0")
    assert len(sockets.places("http", False, False)) == 1 and sockets.metrics
    sockets = Sockets.inherited(["127.0.0.1:0"] * 2, "127.0.0.1:0")
    assert len(sockets.places("http", False, False)) == 2 and sockets.metrics is None


def test_the_socket_of_a_service_manager_is_beside_bound_ones(tmp_path):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    program = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); "
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='metrics'); "
        "os.execv(sys.executable, [sys.executable, '-m', 'wsgi_rs', 'site_of_a_test:app', "
        "'--bind', '127.0.0.1:0'])"
    )
    with socket.create_server(("127.0.0.1", 0)) as passed:
        arguments = ["-c", program, str(passed.fileno())]
        with Program(arguments, tmp_path, pass_fds=[passed.fileno()]) as site:
            monitored = Monitored(site)
            assert monitored.url == f"http://127.0.0.1:{passed.getsockname()[1]}/metrics"
            assert "wsgi_" in monitored.page()
            assert site.stop() == 0


def test_there_is_no_page_by_default(tmp_path):
    with launched(tmp_path, APP) as site:
        assert site.get("/")[0] == 200
        assert "numbers" not in site.log()
        assert site.stop() == 0


def test_the_page_is_nowhere_else(monitored):
    site = monitored()
    for path in "/", "/metrics/", "/metrics/x", "/requests", "/livez/":
        with pytest.raises(urllib.error.HTTPError) as found:
            urllib.request.urlopen(site.url.replace("/metrics", path), timeout=PATIENCE)
        assert found.value.code == 404
        assert found.value.read() == b"404 Not Found. Pages: /metrics /livez /readyz\n"
    assert b"http_server" not in site.site.get("/metrics")[1]
    assert site.site.stop() == 0


def test_an_address_of_every_interface_is_refused(tmp_path):
    with pytest.raises(ValueError, match="needs an address with a host"):
        wsgi_rs.serve(None, bind="127.0.0.1:0", metrics=":0")
    code, log = run(tmp_path, "a:app", "--metrics", ":9100")
    assert code == 2 and "--metrics takes an address with a host" in log


def test_the_running_requests_are_listed(monitored, tmp_path):
    monitored = monitored("--list-requests")
    at = monitored.url.replace("/metrics", "/requests")
    monitored.site.wait_for(re.escape(f"running requests on {at}") + "$")

    def read(url):
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as response:
                return response.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    assert read(at) == "0 requests\n"
    folder = urllib.parse.urljoin(at, "/")
    assert read(folder + "livez") == "live\n"
    eventually(lambda: read(folder + "readyz") == "ready\n")
    with monitored.site.connect() as client:
        client.sendall(b"GET /held?secret=7 HTTP/1.1\r\nHost: a\r\n\r\n")
        monitored.site.wait_for("held")
        pattern = (r'1 request\n\d+\.\d{3} s in the application: GET "/held" from 127\.0\.0\.1, '
                   r"thread wsgi-\S+ \(\d+\)\n")
        assert re.fullmatch(pattern, read(at)), read(at)
        (tmp_path / "released").touch()
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
    eventually(lambda: read(at) == "0 requests\n")


@pytest.mark.parametrize("more, code, line", [
    ([], 1, "--list-requests needs --metrics: add that, or leave out --list-requests"),
    (["--check-config"],
     1, "--list-requests needs --metrics: add that, or leave out --list-requests"),
    (["--metrics", "127.0.0.1:0", "--workers", "2"],
     2, "--list-requests and --workers exclude each other: leave out one of them"),
    (["--metrics", "127.0.0.1:0", "--reload"],
     2, "--list-requests and --reload exclude each other: leave out one of them"),
])
def test_requests_are_listed_on_an_address_and_of_one_process(tmp_path, more, code, line):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    ended, errors = run(tmp_path, "site_of_a_test:app", "--bind", "127.0.0.1:0", "--list-requests",
                        *more)
    assert ended == code, errors
    assert line in errors
