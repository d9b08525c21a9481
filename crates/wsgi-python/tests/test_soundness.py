"""Nothing that a Python program does is undefined behaviour: it raises, or it works."""

import gc
import json
import re
import signal
import subprocess
import sys
import threading

import pytest
from launch import HAS_LOCK, PATIENCE, launched

pytestmark = pytest.mark.xdist_group("soundness")

SITE = r"""
import gc, json, sys, threading, time, weakref

kept = []
HEADERS = [("Content-Type", "text/plain")]


def attempt(function, *arguments):
    try:
        function(*arguments)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "no exception"


def keep(environ, start_response):
    write = start_response("200 OK", HEADERS)
    kept.append((environ, start_response, write))
    return [b"kept"]


def use(environ, start_response):
    start_response("200 OK", HEADERS)
    environ_before, start_before, write_before = kept[-1]
    found = {
        "start": attempt(start_before, "200 OK", []),
        "write": attempt(write_before, b"late"),
        "read": environ_before["wsgi.input"].read().decode(),
    }
    try:
        raise ValueError("the application's own")
    except ValueError:
        found["exc_info"] = attempt(start_before, "500 Oh", [], sys.exc_info())
    return [json.dumps(found).encode()]


def threads(environ, start_response):
    write = start_response("200 OK", HEADERS)
    found = []
    def other():
        found.append(attempt(write, b"from another thread"))
        found.append(attempt(start_response, "200 OK", []))
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    return [json.dumps(found).encode()]


def early(environ, start_response):
    found = []
    def other():
        found.append(attempt(start_response, "200 Early", HEADERS))
        found.append(attempt(start_response, 200, None))
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    start_response("200 OK", HEADERS)
    return [json.dumps(found).encode()]


def storm(environ, start_response):
    # Other threads hammer a response while its own thread writes, and afterwards.
    write = start_response("200 OK", HEADERS)
    done = threading.Event()
    counts = []
    def other():
        count = 0
        while not done.is_set() or count < 1000:
            assert "RuntimeError" in attempt(write, b"x")
            assert "RuntimeError" in attempt(start_response, "200 OK", [])
            count += 1
        counts.append(count)
    others = [threading.Thread(target=other) for _ in range(4)]
    for thread in others:
        thread.start()
    for _ in range(200):
        write(b"y")
    threading.Timer(0.05, done.set).start()
    return [b"z"]


class Own(list):
    # A list whose iteration would start the response itself.
    def __init__(self, start_response):
        super().__init__(HEADERS)
        self.start_response = start_response

    def __iter__(self):
        self.start_response("200 First", HEADERS)
        return super().__iter__()


def reentry(environ, start_response):
    start_response("200 Second", Own(start_response))
    return [b"once"]


def cycle(environ, start_response):
    class Marked(Exception):
        pass
    def failing():
        try:
            raise Marked()
        except Marked as error:
            marks.append(weakref.ref(error))
            start_response("500 Oh", HEADERS, sys.exc_info())
        return [b"replaced"]
    marks = kept_marks
    return failing()


kept_marks = []


def marks(environ, start_response):
    # Without the collector of cycles: nothing of the server may keep the exception.
    start_response("200 OK", HEADERS)
    return [json.dumps([mark() is None for mark in kept_marks]).encode()]


def exits(environ, start_response):
    kind = environ["QUERY_STRING"]
    if kind == "interrupt":
        raise KeyboardInterrupt()
    if kind == "late":
        def body():
            start_response("200 OK", HEADERS)
            yield b"one"
            sys.exit(3)
        return body()
    sys.exit(3)


class Closing:
    count = 0
    def __init__(self, blocks):
        self.blocks = iter(blocks)
    def __iter__(self):
        return self.blocks
    def close(self):
        Closing.count += 1
        raise RuntimeError("close fails")


def closing(environ, start_response):
    start_response("200 OK", HEADERS)
    return Closing([b"a", b"b"])


def closed(environ, start_response):
    start_response("200 OK", HEADERS)
    return [str(Closing.count).encode()]


def app(environ, start_response):
    return globals()[environ["PATH_INFO"].strip("/")](environ, start_response)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with launched(tmp_path_factory.mktemp("soundness"), SITE) as site:
        yield site
        assert site.stop() == 0, site.log()


def test_what_is_kept_after_its_request_raises(site):
    assert site.get("/keep", "POST", b"form")[1] == b"kept"
    found = json.loads(site.get("/use")[1])
    # Without the lock, the second request may be on another thread than the first.
    when = "was called after the application"
    if not HAS_LOCK:
        when = f"({when}|was called on another thread)"
    assert re.match(f"RuntimeError: start_response {when}", found["start"])
    assert re.match(f"RuntimeError: write {when}", found["write"])
    assert found["exc_info"] == "ValueError: the application's own"
    assert found["read"] == "form"  # the body is the request's, and not the response's


def test_another_thread_may_not_answer(site):
    write, start = json.loads(site.get("/threads")[1])
    assert write == "RuntimeError: write was called on another thread than the application"
    assert start == "RuntimeError: start_response was called on another thread than the application"


def test_another_thread_does_not_spoil_the_answer_that_follows(site):
    status, body = site.get("/early")
    assert status == 200, body
    refusal = "RuntimeError: start_response was called on another thread than the application"
    assert json.loads(body) == [refusal, refusal]


def test_threads_that_hammer_a_response_do_not_harm_it(site):
    assert site.get("/storm")[1] == b"y" * 200 + b"z"


def test_code_of_an_own_type_of_list_does_not_run_within_start_response(site):
    assert site.get("/reentry") == (200, b"once")


def test_an_exception_that_replaced_a_response_leaves_no_cycle(site):
    for _ in range(3):
        assert site.get("/cycle") == (500, b"replaced")
    assert json.loads(site.get("/marks")[1]) == [True] * 3


@pytest.mark.parametrize("kind", ["exit", "interrupt"])
def test_an_exit_ends_its_request_alone(site, kind):
    assert site.get(f"/exits?{kind}")[0] == 500
    assert site.get("/closed")[0] == 200
    site.wait_for("SystemExit: 3" if kind == "exit" else "KeyboardInterrupt")


def test_an_exit_within_a_body_cuts_its_response_alone(site):
    with pytest.raises(Exception):
        site.get("/exits?late")
    assert site.get("/closed")[0] == 200


def test_a_failing_close_is_called_once_and_logged(site):
    before = int(site.get("/closed")[1])
    assert site.get("/closing")[1] == b"ab"
    # It is called after the end of the response.
    site.wait_for(r"close\(\) failed")
    assert int(site.get("/closed")[1]) == before + 1


def test_a_client_that_leaves_has_its_body_closed(tmp_path):
    source = r"""
import threading
closed = threading.Event()

def endless():
    try:
        while True:
            yield b"x" * 65536
    finally:
        closed.set()

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/closed":
        return [str(closed.wait(60)).encode()]
    return endless()
"""
    with launched(tmp_path, source) as site:
        with site.connect() as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(100)
        assert site.get("/closed")[1] == b"True"
        assert "Traceback" not in site.log(), "it is not the application's failure"
        assert site.stop() == 0


def test_a_process_whose_application_never_returns_ends(tmp_path):
    source = r"""
import sys, time
def app(environ, start_response):
    sys.stderr.write("inside\n")  # at once, as two calls do
    if environ["PATH_INFO"] == "/compute":
        while True:
            pass
    time.sleep(1000)
"""
    with launched(tmp_path, source) as site:
        with site.connect() as computing, site.connect() as sleeping:
            computing.sendall(b"GET /compute HTTP/1.1\r\nHost: a\r\n\r\n")
            sleeping.sendall(b"GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n")
            site.wait_for("inside", 2)
            site.signal(signal.SIGTERM)
            site.signal(signal.SIGINT)
            assert site.wait() == 1, site.log()


def test_a_server_in_a_thread_of_a_program_serves():
    import urllib.request

    from wsgi_rs._wsgi_rs import Server, Sockets

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [threading.current_thread().name.encode()]

    server = Server([("/", app)], Sockets(["127.0.0.1:0"]))
    server.start()
    with urllib.request.urlopen(server.places, timeout=PATIENCE) as response:
        assert response.read().startswith(b"Dummy")
    server.shutdown()
    server.join()
    with pytest.raises(RuntimeError):
        server.start()
    del server
    gc.collect()


def test_handlers_of_signals_run_while_a_program_waits_for_the_end():
    from wsgi_rs._wsgi_rs import Server, Sockets

    server = Server([("/", lambda environ, start_response: [])], Sockets(["127.0.0.1:0"]))
    server.start()

    def fail(*_):
        raise LookupError("from the handler")

    before = signal.signal(signal.SIGALRM, fail)
    try:
        with pytest.raises(LookupError):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            server.join()
        signal.signal(signal.SIGALRM, lambda *_: server.shutdown())
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        server.join()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("most", [2**63, 2**64 - 1])
def test_any_number_of_threads_is_a_setting(most):
    from wsgi_rs._wsgi_rs import Server, Sockets

    Server([("/", print)], Sockets(["127.0.0.1:0"]), threads=most)


def test_the_end_of_a_response_does_not_wait_for_its_close(tmp_path):
    source = r"""
import sys, threading
ended = threading.Event()

class Body(list):
    def __iter__(self):
        return iter([b"first", b"second"])
    def close(self):
        print("closed", ended.wait(60), file=sys.stderr, flush=True)

def app(environ, start_response):
    if environ["PATH_INFO"] == "/end":
        ended.set()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Body() if environ["PATH_INFO"] == "/body" else [b"ended"]
"""
    with launched(tmp_path, source) as site:
        assert site.get("/body") == (200, b"firstsecond")
        assert site.get("/end") == (200, b"ended")
        site.wait_for("^closed True")
        assert site.stop() == 0


def test_a_program_that_ends_while_a_thread_serves_ends_well(tmp_path):
    (tmp_path / "program.py").write_text(r"""
import threading, time, urllib.request
import wsgi_rs
from wsgi_rs._wsgi_rs import Server, Sockets
from wsgi_rs.serving import run

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"served"]

server = Server([("/", app)], Sockets(["127.0.0.1:0"]))
threading.Thread(target=run, args=[server], daemon=True).start()
while True:
    try:
        assert urllib.request.urlopen(server.places, timeout=30).read() == b"served"
        break
    except OSError:
        time.sleep(0.01)  # it does not serve yet
""")
    ended = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True,
                           text=True, timeout=PATIENCE)
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr and "Fatal" not in ended.stderr


DEEP = """
def again(number):
    return sorted([number], key=again)

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        again(1)
    except RecursionError:
        return [b"too deep"]
"""


def test_an_endless_recursion_raises_as_in_a_thread_of_python(tmp_path):
    with launched(tmp_path, DEEP) as site:
        # C calls Python, which calls C, and so on: that takes more stack than Python alone.
        assert site.get() == (200, b"too deep")
        assert site.stop() == 0, site.log()
