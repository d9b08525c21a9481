"""What a service manager hears of the life of a server (sd_notify(3))."""

import os
import re
import signal
import socket
import threading
from contextlib import contextmanager

import pytest
from launch import PATIENCE, eventually, launched, run
from test_signals import APP as HELD
from test_signals import Held
from wsgi_rs.waiting import readable

APP = r"""
import os

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    named = [name for name in os.environ if name.startswith(("NOTIFY_", "WATCHDOG_"))]
    return [f"{os.getpid()} {named}".encode()]
"""

MODES = pytest.mark.parametrize(
    "more", [[], ["--workers", "2"], ["--workers", "1", "--preload"]],
    ids=["alone", "workers", "preloaded"])


class Manager:
    """A service manager whose messages these tests read."""

    def __init__(self, folder):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.settimeout(PATIENCE)
        self._lives = threading.Semaphore(0)
        self.environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify")}

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._socket.close()

    def hear(self):
        """The next message that is not a sign of life."""
        while (message := self.hear_any()) == "WATCHDOG=1\n":
            pass
        return message

    def hear_any(self):
        return self._socket.recv(4096).decode()

    def has_heard_all(self):
        """Whether no message is left."""
        return not readable([self._socket], 0)

    @contextmanager
    def ignored(self):
        """Reads all messages until the end of the block."""
        end = threading.Event()

        def read():
            while not end.is_set():
                try:
                    if self.hear_any() == "WATCHDOG=1\n":
                        self._lives.release()
                except TimeoutError:
                    pass

        self._socket.settimeout(0.1)
        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            end.set()
            reader.join()

    def wait_for_life(self):
        """Waits for another sign of life, while messages are ignored."""
        assert self._lives.acquire(timeout=PATIENCE)

    def wait_for_silence(self, seconds):
        """Waits until nothing comes for this time."""
        self._socket.settimeout(seconds)
        with pytest.raises(TimeoutError):
            for _ in range(1000):
                self.hear_any()

    def hear_reload(self):
        assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+\n", self.hear())


@pytest.fixture
def manager(tmp_path):
    with Manager(tmp_path) as manager:
        yield manager


def pid(site):
    return int(site.get()[1].split()[0])


@MODES
def test_it_hears_of_the_start_the_life_and_the_end(tmp_path, manager, more):
    environment = {**manager.environment, "WATCHDOG_USEC": "100000"}
    with launched(tmp_path, APP, *more, env=environment) as site:
        assert manager.hear() == f"STATUS=serving on http://127.0.0.1:{site.port}\n"
        assert manager.hear() == "READY=1\n"
        for _ in range(3):
            assert manager.hear_any() == "WATCHDOG=1\n"
        assert site.get()[1].endswith(b" []"), "the application is no service"
        site.signal(signal.SIGTERM)
        assert manager.hear() == "STOPPING=1\n"
        assert site.wait() == 0


@MODES
def test_it_hears_when_a_restart_begins_and_ends(tmp_path, manager, more):
    environment = {**manager.environment, "WATCHDOG_USEC": "100000"}
    with launched(tmp_path, APP, *more, env=environment) as site:
        assert manager.hear().startswith("STATUS=")
        assert manager.hear() == "READY=1\n"
        for _ in range(2):
            former = pid(site)
            site.signal(signal.SIGUSR2)
            manager.hear_reload()
            assert manager.hear() == "READY=1\n"
            eventually(lambda: pid(site) != former)
            for _ in range(3):
                assert manager.hear_any() == "WATCHDOG=1\n"
        site.signal(signal.SIGTERM)
        assert manager.hear() == "STOPPING=1\n"
        assert site.wait() == 0


@pytest.mark.parametrize("more", [[], ["--preload"]], ids=["", "preloaded"])
def test_it_hears_when_a_reload_begins_and_ends(tmp_path, manager, more):
    with launched(tmp_path, APP, "--workers", "1", *more, env=manager.environment) as site:
        assert manager.hear().startswith("STATUS=")
        assert manager.hear() == "READY=1\n"
        former = pid(site)
        site.signal(signal.SIGHUP)
        manager.hear_reload()
        assert manager.hear() == "READY=1\n"
        eventually(lambda: pid(site) != former)
        (tmp_path / "site_of_a_test.py").write_text("import nothing_of_that_name")
        site.signal(signal.SIGHUP)
        manager.hear_reload()
        assert manager.hear() == "READY=1\n"
        site.wait_for("the old workers go on")


def test_a_reload_during_the_end_is_ignored(tmp_path, manager):
    with launched(tmp_path, HELD, "--workers", "1", env=manager.environment) as site:
        assert manager.hear().startswith("STATUS=")
        assert manager.hear() == "READY=1\n"
        held = Held(site, tmp_path)
        site.signal(signal.SIGTERM)
        assert manager.hear() == "STOPPING=1\n"
        site.signal(signal.SIGHUP)
        assert held.answer() == [(200, b"done")], site.log()
        assert site.wait() == 0
        assert manager.has_heard_all() and "reloading" not in site.log()


def test_a_watchdog_of_another_process_wants_no_signs_of_life(tmp_path, manager):
    environment = {**manager.environment, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}
    with launched(tmp_path, APP, env=environment) as site:
        assert manager.hear_any().startswith("STATUS=")
        assert manager.hear_any() == "READY=1\n"
        site.signal(signal.SIGTERM)
        assert manager.hear_any() == "STOPPING=1\n"


def test_a_service_manager_that_is_gone_is_reported_once(tmp_path, manager):
    (tmp_path / "notify").unlink()
    with launched(tmp_path, APP, env=manager.environment) as site:
        assert site.get()[0] == 200
        assert site.stop() == 0
        assert site.log().count("the service manager cannot be told: ") == 1


@pytest.mark.parametrize("name, value", [
    ("NOTIFY_SOCKET", "notify"), ("NOTIFY_SOCKET", "@"), ("WATCHDOG_USEC", "2s"),
    ("WATCHDOG_USEC", "0"),
])
def test_malformed_variables_end_the_program(tmp_path, name, value):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    environment = {**os.environ, "NOTIFY_SOCKET": "/run/notify", name: value}
    code, errors = run(tmp_path, "site_of_a_test:app", "--bind", "127.0.0.1:0", env=environment)
    assert code == 1
    assert f"{name} is " in errors
