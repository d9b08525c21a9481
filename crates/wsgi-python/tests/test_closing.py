"""A client has its answer before `close()` of the response, which may take its time. So may what
runs when Python drops a part of a response that is over, and nobody else waits for that either."""

import pytest
from launch import PATIENCE, launched

# Each `close` waits until the test lets it go on.
APP = r"""
import os, sys, time

class Response:
    def __init__(self, blocks):
        self.blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        block = next(self.blocks)
        if isinstance(block, Exception):
            raise block
        return block

    def close(self):
        print("closing", file=sys.stderr, flush=True)
        while not os.path.exists("released"):
            time.sleep(0.01)
        print("closed", file=sys.stderr, flush=True)

BLOCKS = {
    "/empty": [], "/empty_blocks": [b"", b""], "/blocks": [b"a", b"b"],
    "/failure": [RuntimeError("on purpose")], "/text": ["a"],
}

def app(environ, start_response):
    status = environ["QUERY_STRING"].replace("+", " ") or "200 OK"
    start_response(status, [("Content-Type", "text/plain")])
    return Response(BLOCKS[environ["PATH_INFO"]])
"""


@pytest.mark.parametrize("target, status", [
    ("/empty", 200), ("/empty_blocks", 200), ("/blocks", 200), ("/failure", 500), ("/text", 500),
    ("/empty?204+No+Content", 204), ("/empty?304+Not+Modified", 304),
    ("/empty?302+Found", 302),
])
def test_an_answer_does_not_wait_for_close(tmp_path, target, status):
    with launched(tmp_path, APP) as site, site.connect() as client:
        client.settimeout(PATIENCE)
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert client.recv(12) == f"HTTP/1.1 {status}".encode()
        site.wait_for("^closing")
        assert "closed" not in site.log()
        (tmp_path / "released").touch()
        site.wait_for("^closed")
        assert site.stop() == 0, site.log()
        assert site.log().count("closing") == 1


# What is dropped waits until the test lets it go on.
DROPPED = r"""
import os, sys, time

def end():
    print("dropping", file=sys.stderr, flush=True)
    while not os.path.exists("released"):
        time.sleep(0.01)
    print("dropped", file=sys.stderr, flush=True)

class Blocks:
    def __iter__(self):
        try:
            while True:
                yield b"x" * 10_000
        finally:
            end()

class Block(bytes):
    def __del__(self):
        end()

BODIES = {
    "/generator": lambda: Blocks(),
    "/block": lambda: [Block(b"x" * 10_000)],
    "/blocks": lambda: (Block(b"x" * 10_000) for _ in range(2)),
    "/other": lambda: [b"other"],
}

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return BODIES[environ["PATH_INFO"]]()
"""


@pytest.mark.parametrize("target", ["/generator", "/block", "/blocks"])
def test_no_request_waits_for_a_body_that_is_dropped(tmp_path, target):
    with launched(tmp_path, DROPPED) as site:
        client = site.connect()
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        if target == "/generator":
            assert client.recv(12) == b"HTTP/1.1 200"
            client.close()
        site.wait_for("^dropping")
        try:
            assert [site.get("/other", timeout=10)[1] for _ in range(3)] == [b"other"] * 3
            assert "dropped" not in site.log()
        finally:
            (tmp_path / "released").touch()
            client.close()
        site.wait_for("^dropped")
        assert site.stop() == 0, site.log()
