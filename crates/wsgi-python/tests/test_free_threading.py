"""A free-threaded build of Python, which does without a lock that all threads share (GIL)."""

import importlib.util
import os
import subprocess
import sys
import threading

import pytest
from launch import HAS_LOCK, PATIENCE, eventually, launched

free_threaded = pytest.mark.skipif(
    HAS_LOCK, reason="this Python is not free-threaded: it has the lock")

SITE = rf"""
import sys, threading, time

sys.setswitchinterval(1000)  # with the lock, a thread that computes keeps it
begun = dict.fromkeys(["/one", "/other"], False)

def app(environ, start_response):
    path = environ["PATH_INFO"]
    text = getattr(sys, "_is_gil_enabled", lambda: True)()
    if path in begun:
        begun[path] = True
        end = time.monotonic() + {PATIENCE / 2}
        while not all(begun.values()) and time.monotonic() < end:
            pass
        text = all(begun.values())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(text).encode()]
"""


@free_threaded
def test_the_lock_stays_off(tmp_path):
    for more in [], ["--workers", "1"], ["--workers", "1", "--preload"]:
        with launched(tmp_path, SITE, *more) as site:
            assert site.get() == (200, b"False")
            assert site.stop() == 0, site.log()
            assert "GIL" not in site.log()


@free_threaded
@pytest.mark.parametrize("threads", ["2", "32"])
def test_calls_compute_at_the_same_time(tmp_path, threads):
    with launched(tmp_path, SITE, "--threads", threads) as site:
        answers = []
        other = threading.Thread(target=lambda: answers.append(site.get("/other")))
        other.start()
        answers.append(site.get("/one"))
        other.join()
        assert answers == 2 * [(200, b"True")]


@free_threaded
def test_the_limit_of_calls_is_that_of_all_loops(tmp_path):
    source = SITE.replace("    path =", "    global inside, most\n    path =", 1)
    source = source.replace("def app", "inside = most = 0\nlock = threading.Lock()\ndef app", 1)
    source = source.replace("    text = getattr", (
        "    with lock: inside += 1; most = max(most, inside)\n"
        "    time.sleep(0.01)\n"
        "    with lock: inside -= 1\n"
        "    text = getattr"), 1)
    source = source.replace("str(text)", "str(most)")
    with launched(tmp_path, source, "--threads", "3") as site:
        found = []
        clients = [threading.Thread(target=lambda: found.append(site.get())) for _ in range(40)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert {status for status, _ in found} == {200}
        assert max(int(most) for _, most in found) <= 3


@free_threaded
def test_a_user_who_wants_the_lock_has_it(tmp_path):
    environment = {**os.environ, "PYTHON_GIL": "1"}
    with launched(tmp_path, SITE, env=environment) as site:
        assert site.get() == (200, b"True")


# An extension of Python's own tests does not say that it does without the lock.
LATE = r"""
import sys

def app(environ, start_response):
    if environ["PATH_INFO"] == "/late":
        import _testsinglephase
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(sys._is_gil_enabled()).encode()]
"""


@free_threaded
def test_the_log_tells_once_that_an_extension_has_turned_the_lock_on(tmp_path):
    if not importlib.util.find_spec("_testsinglephase"):
        pytest.skip("this Python has no _testsinglephase")
    warning = "warning: an extension has turned Python's lock"
    with launched(tmp_path, LATE) as site:
        for _ in range(200):
            assert site.get() == (200, b"False")
        assert warning not in site.log()
        assert site.get("/late") == (200, b"True")
        eventually(lambda: site.get()[0] == 200 and warning in site.log())
        for _ in range(200):
            assert site.get() == (200, b"True")
        assert site.stop() == 0, site.log()
        assert site.log().count(warning) == 1


# Threads that are not those of the call use what belongs to it, while it does.
SHARED = r"""
import sys, threading

failures = []

def app(environ, start_response):
    body, begin = environ["wsgi.input"], threading.Barrier(5)
    pieces, refusals = [], []

    def read():
        begin.wait()
        while piece := body.read(7):
            pieces.append(piece)

    def write(call, *arguments):
        begin.wait()
        for _ in range(200):
            try:
                call(*arguments)
            except RuntimeError as error:
                refusals.append(str(error))

    send = start_response("200 OK", [("Content-Type", "text/plain")])
    threads = [threading.Thread(target=read) for _ in range(2)]
    threads += [threading.Thread(target=write, args=[send, b"x"])]
    threads += [threading.Thread(target=write, args=[start_response, "404 No", []])]
    for thread in threads:
        thread.start()
    begin.wait()
    for _ in range(200):
        send(b"y")
    for thread in threads:
        thread.join()
    return [f"\n{len(b''.join(pieces))} {len(refusals)}".encode()]
"""


@pytest.mark.parametrize("size", [50_000, 500_000])
def test_what_belongs_to_a_call_can_be_used_by_several_threads(tmp_path, size):
    with launched(tmp_path, SHARED) as site:
        for _ in range(5):
            status, body = site.get(method="POST", body=size * b"a")
            assert (status, body) == (200, 200 * b"y" + f"\n{size} 400".encode())
        assert site.stop() == 0, site.log()


def test_the_package_says_that_it_does_without_the_lock():
    """An import that turned the lock on would warn."""
    program = "import sys, wsgi_rs; print(getattr(sys, '_is_gil_enabled', lambda: None)())"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True,
                          text=True, timeout=PATIENCE)
    expected = str(HAS_LOCK) if hasattr(sys, "_is_gil_enabled") else "None"
    assert (done.stdout.strip(), done.stderr) == (expected, "")
