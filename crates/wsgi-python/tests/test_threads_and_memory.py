"""What waits for Python's lock, and what stays after requests."""

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request

import pytest
from launch import PATIENCE, launched

SITE = r"""
import ctypes, gc, os, sys, threading, time

local = threading.local()
done = threading.Event()
entered = threading.Semaphore(0)


class Closing:
    def __init__(self, blocks):
        self.blocks = iter(blocks)
    def __iter__(self):
        return self.blocks
    def close(self):
        pass


class Empty:
    def read(self, size):
        return b""


def hold(environ, start_response):
    # Unlike CDLL, this holds Python's lock, until the test opens the other end.
    print("holding", file=sys.stderr, flush=True)
    held = ctypes.PyDLL(None).open(b"released", os.O_RDONLY)
    os.close(held)
    return answer(start_response, b"held")


def answer(start_response, text):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text]


def mixed(environ, start_response):
    kind = environ["QUERY_STRING"]
    if kind == "fail":
        raise ValueError("on purpose")
    environ["wsgi.input"].read()
    if kind == "large":
        return answer(start_response, b"x" * 100_000)
    if kind == "write":
        start_response("200 OK", [("Content-Type", "text/plain")])(b"written")
        return []
    if kind == "cycle":
        file = Empty()
        file.wrapper = environ["wsgi.file_wrapper"](file)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return file.wrapper
    if kind == "blocks":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Closing([b"a", b"b"])
    if kind == "exc_info":
        try:
            1 / 0
        except ZeroDivisionError:
            start_response("500 Oh", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"replaced"]
    return answer(start_response, b"plain")


def objects(environ, start_response):
    gc.collect()
    return answer(start_response, str(len(gc.get_objects())).encode())


def visits(environ, start_response):
    local.count = getattr(local, "count", 0) + 1
    return answer(start_response, str(local.count).encode())


def meet(environ, start_response):
    # Each call waits until the others are inside.
    entered.release()
    everybody = done.wait(60)
    return answer(start_response, str(everybody).encode())


def all_inside(environ, start_response):
    for _ in range(int(environ["QUERY_STRING"])):
        assert entered.acquire(timeout=60)
    done.set()
    return answer(start_response, b"done")


def interned(environ, start_response):
    return answer(start_response, str(number_interned(environ)).encode())


def number_interned(environ):
    # The number of names that clients chose and that are interned.
    names = [name for name in environ if name.startswith("HTTP_X_")]
    return sum(sys.intern("".join(list(name))) is name for name in names)


def interned_on_a_thread(environ, start_response):
    # Each call waits until the others are inside, so that each is on another thread.
    count = number_interned(environ)
    entered.release()
    done.wait(60)
    return answer(start_response, str(count).encode())


class FailingClose(Closing):
    def close(self):
        raise ValueError("on purpose")


def fill_log(environ, start_response):
    # The log takes nothing more until somebody reads it.
    os.set_blocking(2, False)
    try:
        while os.write(2, b"x" * 4095 + b"\n"):
            pass
    except BlockingIOError:
        pass
    os.set_blocking(2, True)
    return answer(start_response, b"full")


def logs_in_close(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return FailingClose([b"a", b"b"])


inside = []
most = 0
counting = threading.Lock()


def stay(environ, start_response):
    # Until this number of calls was inside at once, and for a while longer.
    global most
    with counting:
        inside.append(environ)
        most = max(most, len(inside))
    while most < int(environ["QUERY_STRING"]):
        time.sleep(0.01)
    time.sleep(0.1)
    inside.pop()
    return answer(start_response, b"stayed")


def most_inside(environ, start_response):
    return answer(start_response, str(most).encode())


def app(environ, start_response):
    return globals()[environ["PATH_INFO"].strip("/")](environ, start_response)
"""


FAILS = """
def app(environ, start_response):
    if environ["PATH_INFO"] == "/fails":
        raise RuntimeError("on purpose")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return []
"""


def in_thread(site, path, headers=()):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(site.get(path, headers=headers)))
    thread.start()
    return thread, answers


def test_a_file_does_not_wait_for_pythons_lock(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.css").write_text("body {}")
    os.mkfifo(tmp_path / "released")
    with launched(tmp_path, SITE, "--static", "/assets=files") as site:
        thread, answers = in_thread(site, "/hold")
        site.wait_for("^holding")
        assert site.get("/assets/a.css") == (200, b"body {}")
        assert answers == [], "the lock was held meanwhile"
        with open(tmp_path / "released", "w"):
            thread.join(PATIENCE)
        assert answers == [(200, b"held")]
        assert site.stop() == 0


def test_a_slow_log_of_a_failing_close_holds_no_lock(tmp_path):
    (tmp_path / "site_of_a_test.py").write_text(SITE)
    command = [sys.executable, "-m", "wsgi_rs", "site_of_a_test:app", "--bind", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+/", process.stderr.readline())[0]

        def get(path):
            with urllib.request.urlopen(url + path, timeout=PATIENCE) as response:
                return response.read()

        assert get("fill_log") == b"full"
        for _ in range(3):
            assert get("logs_in_close") == b"ab"
            assert get("visits")
        process.send_signal(signal.SIGTERM)
        assert "close() failed: " in process.communicate(timeout=PATIENCE)[1]
    finally:
        process.kill()
        process.wait()


def test_requests_leave_no_objects_behind(tmp_path):
    kinds = ["plain", "large", "write", "blocks", "cycle", "exc_info", "fail"]
    with launched(tmp_path, SITE, "--threads", "1") as site:

        def visit_all(times):
            for _ in range(times):
                for kind in kinds:
                    site.get(f"/mixed?{kind}", "POST", b"form")
            return int(site.get("/objects")[1])

        before = visit_all(5)
        after = visit_all(40)
        assert after - before < 40, "less than one for each round"
        assert site.stop() == 0


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="it reads smaps_rollup")
def test_a_failure_costs_little_memory_also_if_rust_makes_backtraces(tmp_path):
    env = {**os.environ, "RUST_BACKTRACE": "1"}
    with launched(tmp_path, FAILS, env=env) as site:
        assert site.get("/hello")[0] == 200
        before = own_memory(site.process.pid)
        assert site.get("/fails")[0] == 500
        assert own_memory(site.process.pid) - before < 8 << 20


def own_memory(pid):
    """The bytes that a process has for itself."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return int(re.search(r"^Anonymous:\s+(\d+)", file.read(), re.M)[1]) * 1024


def test_few_names_that_clients_choose_are_interned(tmp_path):
    # Python 3.12 keeps interned strings for ever.
    with launched(tmp_path, SITE, "--max-fields", "250") as site:
        fields = [{f"X-{request}-{number}": "" for number in range(240)} for request in range(20)]
        calls = [in_thread(site, "/interned_on_a_thread", one) for one in fields[:6]]
        assert site.get("/all_inside?6") == (200, b"done")
        for thread, _ in calls:
            thread.join(PATIENCE)
        count = sum(int(answers[0][1]) for _, answers in calls)
        assert 240 < count <= 512, "of all threads"
        for one in fields[6:]:
            assert site.get("/interned", headers=one)[1] == b"0"
        assert site.stop() == 0


def test_no_long_name_is_interned(tmp_path):
    with launched(tmp_path, SITE, "--threads", "1") as site:
        fields = {"X-" + "a" * 57: "", "X-" + "b" * 58: "", "X-" + "c" * 20_000: ""}
        assert site.get("/interned", headers=fields)[1] == b"1", "with HTTP_, 64 bytes at most"
        assert site.stop() == 0


def test_a_thread_keeps_its_local_values(tmp_path):
    with launched(tmp_path, SITE) as site:
        counts = [int(site.get("/visits")[1]) for _ in range(100)]
        assert max(counts) >= 3, "at most 33 threads take turns"
        assert site.stop() == 0


def test_32_calls_are_inside_at_once(tmp_path):
    with launched(tmp_path, SITE) as site:
        calls = [in_thread(site, "/meet") for _ in range(31)]
        assert site.get("/all_inside?31") == (200, b"done")
        for thread, answers in calls:
            thread.join(PATIENCE)
            assert answers == [(200, b"True")]
        assert site.stop() == 0


@pytest.mark.parametrize("threads", [1, 2])
def test_no_more_calls_are_inside_than_threads(tmp_path, threads):
    with launched(tmp_path, SITE, "--threads", str(threads)) as site:
        calls = [in_thread(site, f"/stay?{threads}") for _ in range(6)]
        for thread, answers in calls:
            thread.join(PATIENCE)
            assert answers[0][0] == 200
        assert int(site.get("/most_inside")[1]) == threads
        assert site.stop() == 0
