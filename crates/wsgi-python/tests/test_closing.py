"""A client has its answer before `close()` of the response, which may take its time."""

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
