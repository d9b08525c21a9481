"""Which exceptions are a client's fault, and which are the application's own."""

import re
import socket
import struct

import pytest
from launch import launched

pytestmark = pytest.mark.xdist_group("clients_faults")

APP = r"""
import wsgi_rs

TEXT = [("Content-Type", "text/plain")]


def read(environ):
    return environ["wsgi.input"].read()


def own(environ):
    try:
        return read(environ)
    except wsgi_rs.InputError:
        return {}["a bug of the handler"]


def apart(environ):
    try:
        return read(environ)
    except wsgi_rs.InputError:
        raise LookupError("hides the cause") from None


def explained(environ):
    try:
        return read(environ)
    except wsgi_rs.InputError as error:
        raise ValueError("no form") from error


def cleaned_up(environ):
    try:
        return read(environ)
    finally:
        raise ArithmeticError("a bug of the cleanup")


def big_stream():
    try:
        while True:
            yield b"x" * 65536
    finally:
        raise BufferError("a bug at the end of the stream")


def left(environ):
    try:
        return read(environ)
    except wsgi_rs.ClientDisconnected:
        raise BufferError("a bug after the client")


def left_late(environ, start_response):
    start_response("200 OK", TEXT)
    yield b"first"
    try:
        yield read(environ)
    except wsgi_rs.ClientDisconnected:
        raise BufferError("a bug after the client")


def written(start_response):
    write = start_response("200 OK", TEXT)
    try:
        while True:
            write(b"x" * 65536)
    except wsgi_rs.ClientDisconnected:
        raise BufferError("a bug after the client")


def ignored(environ):
    try:
        return read(environ)
    except wsgi_rs.ClientDisconnected:
        pass
    raise BufferError("a bug that has nothing to do with the client")


def ignored_write(start_response):
    write = start_response("200 OK", TEXT)
    try:
        while True:
            write(b"x" * 65536)
    except wsgi_rs.ClientDisconnected:
        pass
    raise BufferError("a bug that has nothing to do with the client")


def app(environ, start_response):
    name = environ["PATH_INFO"][1:]
    if name == "stream":
        start_response("200 OK", TEXT)
        return big_stream()
    if name in ("written", "ignored_write"):
        return globals()[name](start_response)
    if name == "left_late":
        return left_late(environ, start_response)
    body = globals()[name](environ)
    start_response("200 OK", TEXT)
    return [body]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with launched(tmp_path_factory.mktemp("site"), APP) as program:
        yield program


def status(site, path):
    """The status of a request whose body turns out to be malformed when it is read."""
    with site.connect() as client:
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                       "Expect: 100-continue\r\n\r\n".encode())
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"1\r\nxx\r\n")
        return int(re.match(rb"HTTP/1\.1 (\d+)", client.recv(100))[1])


@pytest.mark.parametrize("path", ["/read", "/explained"])
def test_a_fault_of_the_client_or_one_that_it_caused_is_its_own(site, path):
    assert status(site, path) == 400
    assert "no form" not in site.log() and "in read" not in site.log()


@pytest.mark.parametrize("path, line", [
    ("/own", "KeyError: 'a bug of the handler'"),
    ("/apart", "LookupError: hides the cause"),
    ("/cleaned_up", "ArithmeticError: a bug of the cleanup"),
])
def test_a_bug_of_a_handler_is_the_applications(site, path, line):
    assert status(site, path) == 500
    site.wait_for(rf"^\s*{line}$")


@pytest.mark.parametrize("path", [
    "/stream", "/written", "/left", "/left_late", "/ignored", "/ignored_write",
])
def test_a_bug_after_the_client_left_is_logged_once(site, path):
    pattern = r"^\s*BufferError: a bug"
    found = len(re.findall(pattern, site.log(), re.MULTILINE))
    with site.connect() as client:
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n"
                       "Expect: 100-continue\r\n\r\n".encode())
        client.recv(100)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    site.wait_for(pattern, found + 1)
    assert site.get("/missing")[0] == 500  # a request after it
    assert len(re.findall(pattern, site.log(), re.MULTILINE)) == found + 1
