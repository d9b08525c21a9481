"""The thread that iterates a body. Frameworks keep the context of a request in it."""

import pytest
from launch import launched

SITE = r"""
import contextvars, sys, threading

request = contextvars.ContextVar("request", default=None)


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return blocks(environ["PATH_INFO"], threading.get_ident(), request.set(environ))


def blocks(kind, thread, token):
    size = 100_000 if kind == "/large" else 10_000
    steps = 0
    try:
        for _ in range(20_000_000 // size):
            yield b"x" * size
            assert threading.get_ident() == thread, "another thread"
            assert request.get() is not None, "another context"
            steps += 1
    finally:
        request.reset(token)
        assert threading.get_ident() == thread, "another thread"
        print(f"ended after {steps} steps", file=sys.stderr, flush=True)
"""


def receive_all(connection):
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


@pytest.mark.parametrize("kind, steps", [("small", 2000), ("large", 200)])
def test_a_body_stays_on_the_thread_of_its_call(tmp_path, kind, steps):
    with launched(tmp_path, SITE) as site:
        with site.connect() as connection:
            connection.sendall(f"GET /{kind} HTTP/1.0\r\n\r\n".encode())
            # More than the sockets hold: the server has to wait for this client.
            assert len(receive_all(connection)) > 20_000_000
        assert site.wait_for(r"^ended after (\d+) steps")[0][1] == str(steps)
        assert site.stop() == 0
        assert "Traceback" not in site.log()


def test_a_body_whose_client_leaves_is_closed_on_its_thread(tmp_path):
    with launched(tmp_path, SITE) as site:
        with site.connect() as connection:
            connection.sendall(b"GET /small HTTP/1.0\r\n\r\n")
            assert connection.recv(100)
        site.wait_for("^ended after")
        assert site.stop() == 0
        assert "Traceback" not in site.log()


def test_other_requests_do_not_wait_for_a_slow_client(tmp_path):
    with launched(tmp_path, SITE, "--threads", "2") as site:
        with site.connect() as slow:
            slow.sendall(b"GET /small HTTP/1.0\r\n\r\n")
            assert slow.recv(1)
            assert site.get("/large")[0] == 200
            assert len(receive_all(slow)) > 20_000_000
        assert site.stop() == 0
        assert "Traceback" not in site.log()
