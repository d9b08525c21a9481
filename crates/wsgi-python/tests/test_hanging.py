"""Processes that hang, where the service manager has a watchdog."""

import signal

import pytest
from launch import HAS_LOCK, eventually, launched
from test_service_manager import Manager

APP = r"""
import ctypes, gc, os, signal, threading

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/hang":
        hang()
    return [f"{os.getpid()} {shows_threads()}".encode()]

def shows_threads():
    # SIGXCPU is caught from the first question on.
    with open("/proc/self/status") as file:
        caught = next(line for line in file if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & 1 << signal.SIGXCPU - 1)

def hang():
    # Without Python's lock, the collector waits for this thread, and all others for the collector.
    threading.Thread(target=collect, daemon=True).start()
    ctypes.PyDLL(None).sleep(1000)  # with Python's lock

def collect():
    while True:
        gc.collect()
"""

# What a process shows: each thread, or that of the signal alone, as the others go on meanwhile.
SHOWN = r"line \d+ in hang$" if HAS_LOCK else r"line \d+ in \w+$"


def pid(site):
    return int(site.get()[1].split()[0])


@pytest.mark.parametrize("more, count", [
    (["--workers", "2"], 2), (["--workers", "1", "--preload"], 1), ([], 1),
], ids=["workers", "preloaded", "program"])
def test_a_process_that_hangs_has_another_one_take_its_place(tmp_path, more, count):
    with Manager(tmp_path) as manager, manager.ignored():
        # No process that does not hang is silent for so long, also on a busy machine.
        environment = {**manager.environment, "WATCHDOG_USEC": "5000000"}
        with launched(tmp_path, APP, *more, env=environment) as site:
            assert site.port
            first = site.process.pid
            if not more:  # the process that a service manager watches leaves serving to another
                site.signal(signal.SIGHUP)
                site.wait_for("restarted as process")
            # From the first question on, each shows what it does when it is aborted.
            asked = set()

            def all_are_asked():
                process, is_asked = site.get()[1].split()
                if is_asked == b"True" and int(process) != first:
                    asked.add(process)
                return len(asked) == count

            eventually(all_are_asked)
            eventually(lambda: all(pid(site) != first for _ in range(8)))
            with site.connect() as client:
                client.sendall(b"GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
                site.wait_for("does not answer, and is aborted; another one takes its place")
                site.wait_for(SHOWN)
            # The one that hangs may take a client until it ends.
            eventually(lambda: site.get_or_be_cut() is not None)
            assert site.stop() == 0, site.log()


# Standard error as a library or an application may leave it.
ERRORS = {
    "an object": "class Errors:\n    def write(self, text): pass\n    def flush(self): pass\n\n"
                 "sys.stderr = Errors()\n",
    "nothing": "sys.stderr = None\n",
}


@pytest.mark.parametrize("errors", ERRORS.values(), ids=ERRORS)
def test_an_application_can_replace_standard_error(tmp_path, errors):
    with Manager(tmp_path) as manager, manager.ignored():
        environment = {**manager.environment, "WATCHDOG_USEC": "5000000"}
        source = f"import sys\n{errors}{APP}"
        with launched(tmp_path, source, "--workers", "1", env=environment) as site:
            former = pid(site)
            for _ in range(3):  # with each of them, the worker is asked
                manager.wait_for_life()
            eventually(lambda: site.get()[1].split() == [str(former).encode(), b"True"])
            with site.connect() as client:
                client.sendall(b"GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
                site.wait_for(SHOWN)
            assert site.stop() == 0, site.log()


def test_a_process_that_hangs_alone_gives_no_signs_of_life(tmp_path):
    with Manager(tmp_path) as manager:
        environment = {**manager.environment, "WATCHDOG_USEC": "100000"}
        with launched(tmp_path, APP, env=environment) as site:
            assert manager.hear().startswith("STATUS=")
            with site.connect() as client:
                client.sendall(b"GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
                manager.wait_for_silence(2)
