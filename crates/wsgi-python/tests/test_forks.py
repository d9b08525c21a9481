"""Requests that fork."""

import signal
import subprocess
import sys
from http.client import HTTPConnection

import pytest
from launch import PATIENCE, launched

# A request starts a child, and ends it as multiprocessing does. The child lives on if it ignores
# the signal.
APP = r"""
import multiprocessing, os, time

def rest():
    time.sleep(1000)

def app(environ, start_response):
    if environ["PATH_INFO"] == "/fork":
        child = multiprocessing.get_context("fork").Process(target=rest)
        child.start()
        child.terminate()
        child.join(60)
        answer = str(child.exitcode)
        child.kill()
    else:
        answer = str(os.getpid())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
"""


@pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])
def test_a_signal_to_the_child_of_a_request_ends_the_child_alone(tmp_path, more):
    with launched(tmp_path, APP, *more) as site:
        pid = site.get("/pid")
        assert site.get("/fork") == (200, str(-signal.SIGTERM).encode()), site.log()
        assert site.get("/pid") == pid
        assert site.stop() == 0, site.log()
        assert "another one takes its place" not in site.log()


# A request forks. The child leaves the application, in ways that end a process elsewhere.
LEAVING = r"""
import os, sys

def leave(path):
    if path == "/exit":
        sys.exit(7)
    if path == "/exit_text":
        sys.exit("a last word")
    if path == "/exit_nothing":
        sys.exit()
    if path == "/raise":
        raise RuntimeError("on purpose")

def app(environ, start_response):
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path.endswith("/later"):
        return blocks(path.removesuffix("/later"))
    return next(blocks(path)),

def blocks(path):
    if path.startswith("/before"):
        yield b"a block"
        path = path.removeprefix("/before")
    child = os.fork()
    if child == 0:
        leave(path)
        yield b"a second answer"
        return
    yield str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode()
"""

WAYS_TO_LEAVE = {
    "/exit": (7, None), "/exit_text": (1, "^a last word"), "/exit_nothing": (0, None),
    "/raise": (1, "^RuntimeError: on purpose"), "/return": (0, None),
}


@pytest.mark.parametrize("later", ["", "/later"], ids=["in the call", "in the body"])
@pytest.mark.parametrize("path", WAYS_TO_LEAVE)
def test_a_fork_that_leaves_the_application_ends(tmp_path, path, later):
    status, word = WAYS_TO_LEAVE[path]
    with launched(tmp_path, LEAVING) as site:
        client = HTTPConnection("127.0.0.1", site.port, timeout=20)
        for _ in range(2):
            client.request("GET", path + later)
            response = client.getresponse()
            assert (response.status, response.read()) == (200, str(status).encode())
        if word:
            site.wait_for(word, 2)
        assert site.stop() == 0, site.log()


# A request forks. The child uses what it shares with its parent, or fails in `close`.
SHARING = r"""
import os, sys

class Closing:
    def __iter__(self):
        return iter([b"PARENT"])

    def close(self):
        child = os.fork()
        if child == 0:
            sys.exit(7)
        print("ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=sys.stderr,
              flush=True)

def app(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    path = environ["PATH_INFO"]
    if path == "/close":
        return Closing()
    child = os.fork()
    if child == 0:
        try:
            if path == "/write":
                write(b"CHILD")
            else:
                environ["wsgi.input"].read(1)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            sys.exit(7)
        sys.exit()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return [str(status).encode(), environ["wsgi.input"].read()]
"""


def test_a_fork_cannot_write_into_the_response(tmp_path):
    with launched(tmp_path, SHARING) as site:
        assert site.get("/write", timeout=20) == (200, b"7")
        site.wait_for("^write was called in a fork")
        assert site.stop() == 0, site.log()


def test_a_fork_cannot_take_the_body_from_the_connection(tmp_path):
    with launched(tmp_path, SHARING, "--spool-bodies", "no") as site:
        body = b"a" * 1_000_000
        assert site.get("/read", "POST", body, timeout=20) == (200, b"7" + body)
        site.wait_for("^wsgi.input was read in a fork")
        assert site.stop() == 0, site.log()


def test_a_fork_in_close_ends_with_its_exit_code(tmp_path):
    with launched(tmp_path, SHARING) as site:
        assert site.get("/close", timeout=20) == (200, b"PARENT")
        site.wait_for("^ended with 7")
        assert "close() failed" not in site.log()
        assert site.stop() == 0, site.log()


def test_a_fork_that_leaves_a_later_block_ends(tmp_path):
    with launched(tmp_path, LEAVING) as site:
        assert site.get("/before/exit/later", timeout=20) == (200, b"a block7")
        assert site.stop() == 0, site.log()


# A program serves on another thread and forks. The child ends as a program does.
PROGRAM = r"""
import os, sys, threading, time
import wsgi_rs

def app(environ, start_response):
    entered.set()
    if environ["PATH_INFO"] == "/busy":
        time.sleep(1000)
    start_response("200 OK", [])
    return []

entered = threading.Event()
if len(sys.argv) > 1:
    from urllib.request import urlopen
    from wsgi_rs._wsgi_rs import Server, Sockets
    from wsgi_rs.serving import run

    server = Server([("/", app)], Sockets(["127.0.0.1:0"]))
    threading.Thread(target=run, args=[server], daemon=True).start()
    threading.Thread(target=lambda: urlopen(server.places + "/busy"), daemon=True).start()
    entered.wait()
else:
    threading.Thread(target=wsgi_rs.serve, args=[app, "127.0.0.1:0"], daemon=True).start()
    while not wsgi_rs.leaving._servers:
        time.sleep(0.01)
child = os.fork()
if child == 0:
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("during_a_call", [[], ["yes"]], ids=["idle", "during a call"])
def test_a_fork_of_a_program_that_serves_ends_as_a_program_does(tmp_path, during_a_call):
    ended = subprocess.run([sys.executable, "-c", PROGRAM, *during_a_call], cwd=tmp_path,
                           capture_output=True, text=True, timeout=PATIENCE)
    assert ended.stdout == "7\n", ended.stderr


# A program serves, and forks while a thread of its server waits for Python's lock. The child serves
# in its turn.
SERVING_CHILD = r"""
import os, threading, time
from http.client import HTTPConnection
from wsgi_rs._wsgi_rs import Server, Sockets

def app(environ, start_response):
    start_response("200 OK", [])
    return [b"served"]

def serve():
    server = Server([("/", app)], Sockets(["127.0.0.1:0"]))
    server.start()
    return HTTPConnection(server.places.removeprefix("http://"), timeout=10)

def ask(client):
    client.request("GET", "/")
    return client.getresponse().read()

def ask_again_and_again(client):
    while True:
        ask(client)

def compute(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass

client = serve()
ask(client)  # so that a fork finds no import of the first request unfinished, and its lock taken
threading.Thread(target=ask_again_and_again, args=[client], daemon=True).start()
for _ in range(20):
    compute(0.02)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if ask(serve()) == b"served" else 1)
        finally:
            os._exit(2)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""


def test_a_fork_of_a_program_that_serves_can_serve(tmp_path):
    ended = subprocess.run([sys.executable, "-c", SERVING_CHILD], cwd=tmp_path,
                           capture_output=True, text=True, timeout=5 * PATIENCE)
    assert ended.stdout.split() == ["0"] * 20, ended.stderr


# A program serves a crowd, and forks while many threads of its server wait. The children serve
# crowds in their turn, on threads that use the memory of those again. An error ends only the thread
# of its client, so each client notes when it has all of its answers.
CROWDED_CHILD = r"""
import os, threading, time
from http.client import HTTPConnection
from wsgi_rs._wsgi_rs import Server, Sockets

def app(environ, start_response):
    time.sleep(0.001)
    start_response("200 OK", [])
    return [b"served"]

def serve():
    server = Server([("/", app)], Sockets(["127.0.0.1:0"]))
    server.start()
    return server.places.removeprefix("http://")

satisfied = []

def ask(place, times):
    client = HTTPConnection(place, timeout=30)
    while times:
        client.request("GET", "/")
        assert client.getresponse().read() == b"served"
        times -= 1
    satisfied.append(place)

def crowd(place, times):
    threads = [threading.Thread(target=ask, args=[place, times], daemon=True) for _ in range(30)]
    for thread in threads:
        thread.start()
    return threads

def compute(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass

place = serve()
ask(place, 1)
crowd(place, -1)
for _ in range(20):
    compute(0.05)
    child = os.fork()
    if child == 0:
        try:
            place = serve()
            clients = crowd(place, 5)
            for client in clients:
                client.join()
            os._exit(0 if satisfied.count(place) == len(clients) else 1)
        finally:
            os._exit(2)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(code, flush=True)
    if code != 0:
        break  # others may wait as long for their answers
os._exit(0)
"""


def test_a_fork_of_a_program_with_a_crowd_can_serve(tmp_path):
    ended = subprocess.run([sys.executable, "-c", CROWDED_CHILD], cwd=tmp_path,
                           capture_output=True, text=True, timeout=5 * PATIENCE)
    assert ended.stdout.split() == ["0"] * 20, ended.stderr
