"""Restarts of the whole program on SIGUSR2."""

import os
import signal
import socket
from functools import partial
from http.client import HTTPConnection

import pytest
from crowd import Crowd
from launch import PATIENCE, eventually, is_alive, launched
from test_signals import APP, Held

WAYS = pytest.mark.parametrize("more", [
    [], ["--workers", "1"], ["--workers", "1", "--preload"], ["--reload"],
], ids=["alone", "workers", "preloaded", "reload"])


class Visitors(Crowd):
    """Clients that come again and again until the end of the block: some with a connection for each
    request, and some that keep theirs. One that keeps it opens another one when the server says
    that it closes it."""

    def __init__(self, site):
        ways = [self._come_anew, self._come_anew, self._stay, self._stay, self._stay]
        super().__init__(partial(self._run, way) for way in ways)
        self._port = site.port
        self.count = 0

    def _run(self, way):
        try:
            while not self._ending.is_set():
                way()
        except Exception as error:
            self.failures.append(repr(error))

    def _come_anew(self):
        connection = self._connect()
        self._visit(connection, {"Connection": "close"})
        connection.close()

    def _stay(self):
        connection = self._connect()
        while not self._ending.is_set() and self._visit(connection, {}):
            self._ending.wait(0.01)
        connection.close()

    def _connect(self):
        return HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)

    def _visit(self, connection, headers):
        """Visits the site, and returns whether the connection stays."""
        connection.request("GET", "/", headers=headers)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"done")
        self.count += 1
        return not response.will_close


def pid(site):
    """The pid of the process that takes new clients, on a connection of its own."""
    return int(site.get("/pid")[1])


def restart(site, count):
    """Restarts the program for the time with this number."""
    assert site.port  # it has told that it serves, and obeys signals
    site.signal(signal.SIGUSR2)
    site.wait_for("^wsgi-rs: restarted as process", count)


@WAYS
def test_restarts_under_load_lose_no_request(tmp_path, more):
    more = ["2" if word == "1" else word for word in more]
    with launched(tmp_path, APP, *more) as site:
        first = pid(site)
        with Visitors(site) as visitors:
            for count in range(1, 4):
                before = visitors.count
                restart(site, count)
                eventually(lambda: visitors.count > before + 20)
        assert visitors.failures == []
        eventually(lambda: pid(site) != first)
        assert site.log().count("serving on") == 1
        assert site.stop() == 0, site.log()


def test_a_reload_of_workers_keeps_idle_connections(tmp_path):
    with launched(tmp_path, APP, "--workers", "1") as site:
        former = pid(site)
        client = HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
        client.request("GET", "/pid")
        assert int(client.getresponse().read()) == former
        site.signal(signal.SIGHUP)

        def closes():
            client.request("GET", "/pid")
            response = client.getresponse()
            assert int(response.read()) == former
            return response.will_close

        # The new worker already answers before the former one is told to retire.
        eventually(closes)
        eventually(lambda: not is_alive(former))
        assert pid(site) != former
        assert site.stop() == 0, site.log()


@WAYS
def test_the_new_program_has_what_is_on_the_disk(tmp_path, more):
    package = tmp_path / "wsgi_rs"
    with launched(tmp_path, APP, *more) as site:
        former = pid(site)
        # A package that does not start, as after a failed installation.
        package.mkdir()
        (package / "__main__.py").write_text("raise SystemExit('a broken installation')\n")
        (package / "__init__.py").write_text("")
        site.signal(signal.SIGUSR2)
        site.wait_for("a broken installation")
        site.wait_for("ended with code 1 before it served; nothing has changed")
        assert pid(site) == former
        (package / "__main__.py").unlink()
        (package / "__init__.py").unlink()
        package.rmdir()
        (tmp_path / "site_of_a_test.py").write_text(APP.replace('"done"', '"changed"'))
        restart(site, 1)
        # With --reload, a worker that sees the change may cut a client.
        eventually(lambda: site.get_or_be_cut() == (200, b"changed"))
        assert site.stop() == 0, site.log()


@WAYS
def test_a_program_whose_application_cannot_be_loaded_changes_nothing(tmp_path, more):
    if more == ["--reload"]:
        pytest.skip("the page shows the error")
    with launched(tmp_path, APP, *more) as site:
        former = pid(site)
        (tmp_path / "site_of_a_test.py").write_text("1 / 0\n")
        site.signal(signal.SIGUSR2)
        site.wait_for("before it served; nothing has changed")
        assert pid(site) == former
        (tmp_path / "site_of_a_test.py").write_text(APP)
        restart(site, 1)
        eventually(lambda: pid(site) != former)
        assert site.stop() == 0, site.log()


@WAYS
def test_a_held_request_is_answered_after_the_restart(tmp_path, more):
    with launched(tmp_path, APP, *more) as site:
        former = pid(site)
        held = Held(site, tmp_path)
        restart(site, 1)
        eventually(lambda: pid(site) != former)
        assert held.answer() == [(200, b"done")], site.log()
        assert site.stop() == 0, site.log()


# A program that loads this neither serves nor ends.
HANGS = r"""
import sys, time

print("hangs", file=sys.stderr, flush=True)
time.sleep(1000)
"""


@pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])
def test_a_program_that_hangs_gives_way_to_the_next(tmp_path, more):
    with launched(tmp_path, APP, "--shutdown-timeout", "0", *more) as site:
        former = pid(site)
        (tmp_path / "site_of_a_test.py").write_text(HANGS)
        site.signal(signal.SIGUSR2)
        site.wait_for("^hangs")
        assert pid(site) == former
        (tmp_path / "site_of_a_test.py").write_text(APP)
        restart(site, 1)
        answers = [None, (200, str(former).encode())]
        eventually(lambda: site.get_or_be_cut("/pid") not in answers)
        assert site.stop() == 0, site.log()


@pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])
def test_the_first_process_keeps_its_id_and_its_files(tmp_path, more):
    arguments = ["--bind", "127.0.0.1:0", "--bind", "unix:app.sock", "--pid-file", "site.pid"]
    with launched(tmp_path, APP, *arguments, *more) as site:
        former = pid(site)
        restart(site, 1)
        eventually(lambda: pid(site) != former)
        assert int((tmp_path / "site.pid").read_text()) == site.process.pid
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(tmp_path / "app.sock"))
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert site.stop() == 0, site.log()
        assert not (tmp_path / "site.pid").exists() and not (tmp_path / "app.sock").exists()


def test_a_hangup_reloads_the_applications_of_the_new_program(tmp_path):
    with launched(tmp_path, APP, "--workers", "1") as site:
        first = pid(site)
        restart(site, 1)
        eventually(lambda: pid(site) != first)
        former = pid(site)
        site.signal(signal.SIGHUP)
        site.wait_for("reloading")
        eventually(lambda: pid(site) != former)
        assert site.stop() == 0, site.log()


@pytest.mark.parametrize("more", [
    ["--workers", "1"], ["--workers", "1", "--preload"], ["--reload"],
], ids=["workers", "preloaded", "reload"])
@pytest.mark.parametrize("is_killed", [False, True], ids=["", "killed"])
def test_a_program_whose_workers_are_replaced_goes_on(tmp_path, is_killed, more):
    with launched(tmp_path, APP, *more) as site:
        first = pid(site)
        restart(site, 1)
        program = int(site.wait_for("restarted as process (.*)")[0][1])
        eventually(lambda: pid(site) != first)
        if is_killed:
            former = pid(site)
            os.kill(former, signal.SIGKILL)
            answers = [None, (200, str(former).encode())]
            eventually(lambda: site.get_or_be_cut("/pid") not in answers)
        # The first process, which passes a hangup on, has heard by then what came before.
        for _ in range(3):
            former = pid(site)
            site.signal(signal.SIGHUP)
            eventually(lambda: pid(site) != former)
            eventually(lambda: not is_alive(former))
        assert is_alive(program) and f"program {program}" not in site.log(), site.log()
        assert site.stop() == 0, site.log()


@pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])
def test_a_new_program_that_is_killed_has_another_one_take_its_place(tmp_path, more):
    with launched(tmp_path, APP, *more) as site:
        restart(site, 1)
        program = int(site.wait_for("restarted as process (.*)")[0][1])
        os.kill(program, signal.SIGKILL)
        site.wait_for("another one takes its place")
        # The worker of a program that was killed ends as well, and its clients with it.
        eventually(lambda: site.get_or_be_cut() == (200, b"done"))
        assert site.stop() == 0, site.log()


def test_an_application_that_ignores_the_end_of_children_has_another_program(tmp_path):
    source = "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n" + APP
    with launched(tmp_path, source) as site:
        restart(site, 1)
        program = int(site.wait_for("restarted as process (.*)")[0][1])
        os.kill(program, signal.SIGKILL)
        site.wait_for("ended with an unknown code; another one takes its place")
        assert site.get("/")[0] == 200
        assert site.stop() == 0, site.log()


def test_a_first_process_that_is_stuck_leaves_the_new_program_alone(tmp_path):
    more = ["--request-timeout", "5", "--max-stuck-threads", "0", "--end-when-stuck"]
    with launched(tmp_path, APP, *more) as site:
        former = pid(site)
        client, idle = (HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE) for _ in range(2))
        for one in client, idle:
            one.request("GET", "/pid")
            assert int(one.getresponse().read()) == former
        restart(site, 1)
        eventually(lambda: pid(site) != former)
        client.request("GET", "/held")
        site.wait_for("^wsgi-rs: error: ")
        client.close()
        idle.close()
        restart(site, 2)
        assert site.get("/")[0] == 200


@pytest.mark.parametrize("more", [[], ["--workers", "1", "--preload"]], ids=["alone", "preloaded"])
def test_all_processes_end_when_the_first_is_killed(tmp_path, more):
    with launched(tmp_path, APP, *more) as site:
        former = pid(site)
        restart(site, 1)
        workers = []
        # The former one may take a client that has come meanwhile.
        eventually(lambda: workers.append(pid(site)) or workers[-1] != former)
        site.signal(signal.SIGKILL)
        eventually(lambda: not is_alive(workers[-1]))


@pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])
def test_a_signal_to_every_process_ends_the_new_program_gracefully(tmp_path, more):
    with launched(tmp_path, APP, *more) as site:
        former = pid(site)
        restart(site, 1)
        eventually(lambda: pid(site) != former)
        held = Held(site, tmp_path)
        os.killpg(site.process.pid, signal.SIGTERM)
        assert held.answer() == [(200, b"done")], site.log()
        assert site.wait() == 0, site.log()


@pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])
def test_the_second_signal_also_ends_the_new_program_at_once(tmp_path, more):
    with launched(tmp_path, APP, *more) as site:
        former = pid(site)
        restart(site, 1)
        eventually(lambda: pid(site) != former)
        with site.connect() as client:
            client.sendall(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            site.wait_for("^held")
            site.signal(signal.SIGTERM)
            site.signal(signal.SIGINT)
            assert site.wait() == 1, site.log()


ENVIRONMENT = APP + r"""
import os
LOADED = "|".join([os.environ.get("ADDED", "none"), os.environ.get("WSGI_PREDECESSOR", "none"),
                   os.getcwd()])
os.environ["ADDED"] = "by the application"
os.chdir("/")
"""


def test_a_program_starts_as_the_first_one_did(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/site_of_a_test.py").write_text(ENVIRONMENT)
    (tmp_path / "current").symlink_to("one")
    folder = tmp_path / "current"
    environment = dict(os.environ, PWD=str(folder))
    with launched(folder, ENVIRONMENT, env=environment) as site:
        assert site.get("/loaded")[1].decode() == f"none|none|{tmp_path}/one"
        (tmp_path / "next").symlink_to("other")
        (tmp_path / "next").rename(folder)
        restart(site, 1)
        eventually(lambda: site.get("/loaded")[1].decode() == f"none|none|{tmp_path}/other")
        assert site.stop() == 0, site.log()


