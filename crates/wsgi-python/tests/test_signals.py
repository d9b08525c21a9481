"""Signals that reach the processes of a site from elsewhere than their parent."""

import os
import signal
import threading

import pytest
from launch import PATIENCE, eventually, launched

APP = r"""
import os, sys, time

LOADED = os.getpid()

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/held":
        print("held", file=sys.stderr, flush=True)
        while not os.path.exists("released"):
            time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str({"/pid": os.getpid(), "/loaded": LOADED}.get(path, "done")).encode()]
"""

PRELOADED = pytest.mark.parametrize("more", [[], ["--preload"]], ids=["", "preloaded"])


class Held:
    """A request that is answered once it is released."""

    def __init__(self, site, folder):
        self._folder = folder
        self._answers = []
        # Several things are waited for before it is answered.
        answer = lambda: self._answers.append(site.get("/held", timeout=5 * PATIENCE))
        self._thread = threading.Thread(target=answer)
        self._thread.start()
        site.wait_for("^held")

    def answer(self):
        self._thread.join(1)
        assert self._thread.is_alive(), "it ended before it was released"
        (self._folder / "released").touch()
        self._thread.join(PATIENCE)
        return self._answers


def below(site):
    """The processes below the parent."""
    pids = {int(site.get("/pid")[1]), int(site.get("/loaded")[1])}
    return sorted(pids - {site.process.pid}, reverse=True)


@PRELOADED
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_a_signal_to_every_process_ends_them_gracefully(tmp_path, number, more):
    # A service manager sends SIGTERM to all processes of a service, and a terminal SIGINT.
    with launched(tmp_path, APP, "--workers", "1", *more) as site:
        pids = below(site)
        held = Held(site, tmp_path)
        for pid in pids:
            os.kill(pid, number)
        site.signal(number)
        assert held.answer() == [(200, b"done")], site.log()
        assert site.wait() == 0, site.log()


@PRELOADED
def test_a_hangup_of_every_process_kills_none(tmp_path, more):
    with launched(tmp_path, APP, "--workers", "1", *more) as site:
        former = int(site.get("/pid")[1])
        for pid in below(site):
            os.kill(pid, signal.SIGHUP)
        site.signal(signal.SIGHUP)
        eventually(lambda: int(site.get("/pid")[1]) != former)
        assert "was killed" not in site.log()
        assert site.stop() == 0, site.log()


def test_a_replaced_worker_finishes_its_request_when_all_end(tmp_path):
    with launched(tmp_path, APP, "--workers", "1") as site:
        former = int(site.get("/pid")[1])
        held = Held(site, tmp_path)
        site.signal(signal.SIGHUP)
        eventually(lambda: int(site.get("/pid")[1]) != former)
        site.signal(signal.SIGTERM)
        assert held.answer() == [(200, b"done")], site.log()
        assert site.wait() == 0, site.log()


@pytest.mark.parametrize(
    "more", [[], ["--workers", "2"], ["--workers", "1", "--preload"]],
    ids=["alone", "workers", "preloaded"])
def test_the_access_log_is_opened_again(tmp_path, more):
    log = tmp_path / "access.log"
    with launched(tmp_path, APP, "--access-log", str(log), *more) as site:
        assert site.get("/pid")[0] == 200
        eventually(lambda: log.read_text().count("\n") == 1)
        log.rename(tmp_path / "access.log.1")
        site.signal(signal.SIGUSR1)
        eventually(log.exists)  # before a further line
        site.signal(signal.SIGUSR2)  # a program that takes over hears of the next rotation
        site.wait_for("restarted as process")
        log.rename(tmp_path / "access.log.2")
        site.signal(signal.SIGUSR1)
        eventually(log.exists)
        # Each process opens it by itself, and the first of them may not be the one that answers.
        eventually(lambda: site.get("/pid")[0] == 200 and log.read_text() != "")
        assert site.stop() == 0, site.log()


def test_a_rotation_without_a_log_ends_nothing(tmp_path):
    with launched(tmp_path, APP, "--workers", "1") as site:
        pid = site.get("/pid")
        for number in (int(pid[1]), site.process.pid):
            os.kill(number, signal.SIGUSR1)
        assert site.get("/pid") == pid
        assert site.stop() == 0, site.log()


def test_a_handler_of_the_application_stays(tmp_path):
    handler = "lambda *_: print('own', file=sys.stderr)"
    source = f"{APP}\nimport signal\nsignal.signal(signal.SIGUSR1, {handler})"
    with launched(tmp_path, source) as site:
        site.get()
        site.signal(signal.SIGUSR1)
        site.wait_for("^own")
        assert site.stop() == 0, site.log()
