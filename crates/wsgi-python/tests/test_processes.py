"""A parent and its workers."""

import os
import signal
import threading
import time
from http.client import HTTPConnection

import pytest
from crowd import Crowd
from launch import PATIENCE, eventually, is_alive, launched, state

APP = r"""
import os, sys, time

LOADED = os.environ.get("LOADED", "") + str(os.getpid())

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        print("slow", file=sys.stderr, flush=True)
        time.sleep(0.5)
    if path == "/stuck":
        print("stuck", file=sys.stderr, flush=True)
        time.sleep(1000)
    if path == "/memory":
        app.kept = bytearray(64 << 20)
    start_response("200 OK", [("Content-Type", "text/plain")])
    answers = {
        "/pid": os.getpid(),
        "/loaded": LOADED,
        "/flag": environ["wsgi.multiprocess"],
    }
    return [str(answers.get(path, "done")).encode()]
"""


def pid(site):
    return int(site.get("/pid")[1])


class Load(Crowd):
    """Clients that send requests one after another. It keeps what went wrong."""

    def __init__(self, site, clients=4):
        super().__init__(clients * [self._run])
        self._site = site
        self.count = 0

    def _run(self):
        while not self._ending.is_set():
            connection = HTTPConnection("127.0.0.1", self._site.port, timeout=PATIENCE)
            try:
                connection.request("GET", "/", headers={"Connection": "close"})
                response = connection.getresponse()
                if (response.status, response.read()) != (200, b"done"):
                    self.failures.append(response.status)
                self.count += 1
            except Exception as error:
                self.failures.append(repr(error))
            finally:
                connection.close()


@pytest.mark.parametrize("more", [["--workers", "2"], ["--workers", "1"], ["--reload"]],
                         ids=["two", "one", "reload"])
def test_workers_say_that_they_may_be_several(tmp_path, more):
    # A single worker and its successor serve at the same time for a while.
    with launched(tmp_path, APP, *more) as site:
        assert site.get("/flag")[1] == b"True"
        assert pid(site) != site.process.pid
        assert site.stop() == 0


def test_a_process_without_a_parent_says_that_it_is_alone(tmp_path):
    with launched(tmp_path, APP) as site:
        assert site.get("/flag")[1] == b"False"


def test_a_killed_worker_has_another_one_take_its_place(tmp_path):
    with launched(tmp_path, APP, "--workers", "1") as site:
        former = pid(site)
        os.kill(former, signal.SIGKILL)
        site.wait_for(f"worker {former} was killed by signal 9; another one takes its place")
        assert pid(site) != former
        assert site.stop() == 0


@pytest.mark.parametrize("more", [[], ["--preload"]], ids=["", "preloaded"])
def test_a_reload_under_load_loses_no_request(tmp_path, more):
    with launched(tmp_path, APP, "--workers", "2", *more) as site:
        before = site.get("/loaded")[1]
        with Load(site) as load:
            for _ in range(3):
                former = pid(site)
                site.signal(signal.SIGHUP)
                eventually(lambda: not is_alive(former))
            eventually(lambda: load.count > 10)
        assert load.failures == []
        # The other worker is replaced after this one.
        eventually(lambda: site.get("/loaded")[1] != before)
        assert site.stop() == 0, site.log()


def test_reloads_in_quick_succession_replace_every_worker(tmp_path):
    slow = "import time\ntime.sleep(0.5)\n" + APP
    with launched(tmp_path, slow, "--workers", "2") as site:
        known = set()
        eventually(lambda: known.add(pid(site)) or len(known) == 2)
        first, reloads = sorted(known), 0
        while any(map(is_alive, first)):
            reloads += 1
            assert reloads < 20
            site.signal(signal.SIGHUP)
            # The next reload comes as soon as one worker was replaced.
            count = len(known)
            eventually(lambda: known.add(pid(site)) or len(known) > count)
        assert site.stop() == 0, site.log()


@pytest.mark.parametrize("more", [[], ["--preload"]], ids=["", "preloaded"])
def test_a_reload_that_cannot_load_leaves_the_old_workers(tmp_path, more):
    with launched(tmp_path, APP, "--workers", "1", *more) as site:
        former = pid(site)
        (tmp_path / "site_of_a_test.py").write_text("1 / 0\n")
        site.signal(signal.SIGHUP)
        site.wait_for("the old workers go on")
        site.wait_for("ZeroDivisionError")
        assert pid(site) == former
        (tmp_path / "site_of_a_test.py").write_text(APP)
        site.signal(signal.SIGHUP)
        eventually(lambda: pid(site) != former)
        assert site.stop() == 0


def test_a_preloaded_application_is_loaded_once(tmp_path):
    with launched(tmp_path, APP, "--workers", "2", "--preload") as site:
        loaded = int(site.get("/loaded")[1])
        assert loaded not in (pid(site), site.process.pid)
        os.kill(pid(site), signal.SIGKILL)
        site.wait_for("another one takes its place")
        assert int(site.get("/loaded")[1]) == loaded
        assert site.stop() == 0


def test_a_worker_is_replaced_after_its_requests_without_a_loss(tmp_path):
    arguments = ["--workers", "1", "--max-requests", "20", "--max-requests-jitter", "0"]
    with launched(tmp_path, APP, *arguments) as site:
        former = pid(site)
        with Load(site) as load:
            eventually(lambda: not is_alive(former))
        assert load.failures == []
        assert site.stop() == 0


# Each worker has a thread that does not end.
ENDLESS = """
import os, threading, time

def app(environ, start_response):
    if threading.active_count() < 10:
        threading.Thread(target=time.sleep, args=(1000,), daemon=False).start()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


def test_workers_that_do_not_end_do_not_pile_up(tmp_path):
    arguments = ["--workers", "1", "--max-requests", "1", "--max-requests-jitter", "0",
                 "--shutdown-timeout", "1000"]
    with launched(tmp_path, ENDLESS, *arguments) as site:
        seen = []

        def visit():
            seen.append(int(site.get()[1]))
            return len(set(seen))

        eventually(lambda: visit() == 2)
        until = time.monotonic() + 3  # a worker is replaced within a second
        while time.monotonic() < until:
            assert visit() == 2, site.log()
        # A reload replaces a worker all the same.
        site.signal(signal.SIGHUP)
        eventually(lambda: visit() == 3)
        for former in {*seen} - {seen[-1]}:
            os.kill(former, signal.SIGKILL)
        eventually(lambda: visit() == 4)


def test_a_worker_that_grows_is_replaced(tmp_path):
    with launched(tmp_path, APP, "--workers", "1", "--max-rss", "70MiB") as site:
        former = pid(site)
        assert site.get("/memory")[0] == 200
        eventually(lambda: pid(site) != former)
        assert site.stop() == 0


def test_requests_finish_after_the_signal_to_end(tmp_path):
    with launched(tmp_path, APP, "--workers", "1") as site:
        answers = []
        thread = threading.Thread(target=lambda: answers.append(site.get("/slow")))
        thread.start()
        site.wait_for("^slow")
        assert site.stop() == 0
        thread.join(PATIENCE)
        assert answers == [(200, b"done")]


def test_the_second_signal_ends_all_at_once(tmp_path):
    with launched(tmp_path, APP, "--workers", "2") as site:
        with site.connect() as client:
            client.sendall(b"GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            site.wait_for("^stuck")
            site.signal(signal.SIGTERM)
            site.signal(signal.SIGINT)
            assert site.wait() == 1, site.log()


def test_workers_end_when_their_parent_is_killed(tmp_path):
    with launched(tmp_path, APP, "--workers", "1") as site:
        worker = pid(site)
        site.signal(signal.SIGKILL)
        eventually(lambda: not is_alive(worker))


def test_a_file_that_changes_is_loaded_anew(tmp_path):
    with launched(tmp_path, APP, "--reload") as site:
        assert site.get("/")[1] == b"done"
        write(tmp_path, APP.replace('"done"', '"changed"'))
        # A worker that ends may cut a client whose request is still on its way.
        eventually(lambda: site.get_or_be_cut() == (200, b"changed"))
        write(tmp_path, "def app(:\n")
        eventually(lambda: site.get_or_be_cut() not in (None, (200, b"changed")))
        status, page = site.get("/")
        assert status == 500
        assert b"SyntaxError" in page and b"site_of_a_test.py" in page
        write(tmp_path, APP)
        eventually(lambda: site.get_or_be_cut() == (200, b"done"))
        assert site.stop() == 0

def test_a_module_that_was_missing_is_loaded_once_it_is_there(tmp_path):
    with launched(tmp_path, f"import helper\n{APP}", "--reload") as site:
        status, page = site.get("/")
        assert status == 500 and b"helper" in page
        (tmp_path / "helper.py").touch()
        eventually(lambda: site.get_or_be_cut() == (200, b"done"))
        assert site.stop() == 0


REWRITTEN = """
import os, time
import made
path = made.__file__
later = os.stat(path).st_mtime + 1
os.utime(path, (later, later))
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_module_that_each_load_rewrites_is_not_loaded_without_end(tmp_path, workers):
    (tmp_path / "made.py").touch()
    source = REWRITTEN + APP
    with launched(tmp_path, source, "--reload", "--workers", workers) as site:
        site.wait_for("made.py whenever it is loaded; reloading at the next change")
        eventually(lambda: is_calm(site))
        for text in [b"changed", b"again"]:
            write(tmp_path, source.replace('"done"', repr(text.decode())))
            eventually(lambda: site.get_or_be_cut() == (200, text))
            eventually(lambda: is_calm(site))
        assert site.stop() == 0


OTHER_NAMES = """
import sys
print("loading", file=sys.stderr, flush=True)
open(f"made_{os.getpid()}.py", "w").close()
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_files_that_each_load_names_anew_are_loaded_ever_later(tmp_path, workers):
    source = APP + OTHER_NAMES
    with launched(tmp_path, source, "--reload", "--workers", workers) as site:
        site.wait_for("made_.*py changes whenever .* reloading at the next change, or in 4 s")
        time.sleep(0.5)  # the other worker loads
        loads = site.lines.count("loading")
        write(tmp_path, source.replace('"done"', '"changed"'))
        eventually(lambda: site.get_or_be_cut() == (200, b"changed"))
        site.wait_for("reloading at the next change, or in 8 s")
        assert site.lines.count("loading") <= loads + 5 * int(workers)
        assert site.stop() == 0


SLOW = """
import sys, time
print("loading", file=sys.stderr, flush=True)
time.sleep(0.8)
"""


@pytest.mark.parametrize("start", [SLOW, REWRITTEN + SLOW], ids=["plain", "rewritten"])
def test_saves_during_loads_are_loaded_in_the_end(tmp_path, start):
    (tmp_path / "made.py").touch()
    source = start + APP
    with launched(tmp_path, source, "--reload") as site:
        if start != SLOW:
            site.wait_for("made.py whenever it is loaded; reloading at the next change")
        for text in "abcdef":  # each during the load of the former one
            loads = site.lines.count("loading")
            write(tmp_path, source.replace('"done"', repr(text)))
            site.wait_for("^loading$", loads + 1)
        eventually(lambda: site.get_or_be_cut() == (200, b"f"))
        assert site.stop() == 0


def is_calm(site):
    """Whether nothing reloads for two looks at the files."""
    former = site.log()
    time.sleep(1.2)
    return site.log() == former


def write(folder, source):
    """Replaces the site. Its time differs from that of the former one, and so does its size."""
    path = folder / "site_of_a_test.new"
    path.write_text(source)
    later = time.time_ns() + 2_000_000_000
    os.utime(path, ns=(later, later))
    path.replace(folder / "site_of_a_test.py")


# Python runs this when it starts. A parent cannot signal its workers until there is a file `go`.
SLOW_SIGNALS = r"""
import os, time

def kill(pid, number, real=os.kill):
    while not os.path.exists("go"):
        time.sleep(0.01)
    real(pid, number)

os.kill = kill
"""


def test_the_worker_that_sees_a_change_takes_no_further_request(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SLOW_SIGNALS)
    environment = dict(os.environ, PYTHONPATH=str(tmp_path))
    with launched(tmp_path, APP, "--reload", env=environment) as site:
        former = pid(site)
        write(tmp_path, APP.replace('"done"', '"changed"'))
        site.wait_for("a file has changed")
        eventually(lambda: state(former) == "Z")
        (tmp_path / "go").touch()
        assert site.get("/")[1] == b"changed"
        assert site.stop() == 0


def test_the_pid_file_names_the_parent(tmp_path):
    with launched(tmp_path, APP, "--workers", "1", "--pid-file", "site.pid") as site:
        site.get("/")
        assert int((tmp_path / "site.pid").read_text()) == site.process.pid
        assert site.stop() == 0
        assert not (tmp_path / "site.pid").exists()
