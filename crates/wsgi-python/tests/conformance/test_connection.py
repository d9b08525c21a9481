"""PEP 3333, section "Other HTTP Features": the connection is the server's province. RFC 9112 says
how: persistence (9.3), pipelining (9.3.2), and which requests are refused."""

import pytest

from gate import wait
from pages import Pages, argument, ok
from wire import Client

pages = Pages()


@pages.page
def hello(environ, start_response):
    ok(start_response, ("Content-Length", "5"))
    return [b"hello"]


@pages.page
def echo(environ, start_response):
    data = environ["PATH_INFO"].encode("latin-1") + b" "
    data += b"".join(iter(lambda: environ["wsgi.input"].read(1000), b""))
    ok(start_response, ("Content-Length", str(len(data))))
    return [data]


@pages.page
def waiting(environ, start_response):
    wait(argument(environ, "gate"), "called")
    ok(start_response, ("Content-Length", "4"))
    return [b"done"]


@pages.page
def decoded(environ, start_response):
    """What the server must have handled is of no concern to an application."""
    data = environ["wsgi.input"].read(1000)
    ok(start_response, ("Content-Length", str(len(data))))
    return [data]


def test_a_connection_of_http_1_1_persists(visit):
    for _ in range(3):
        response = visit.client.exchange(f"{visit.way}/hello")
        assert response.body == b"hello"
        assert b"close" not in (response.field("Connection") or b"")


def test_a_client_can_ask_for_the_end(visit):
    client = visit.client
    response = visit("hello", fields=[("Connection", "close")])
    assert response.body == b"hello" and client.is_ended()


@pytest.mark.should
def test_the_end_is_announced(visit):
    assert visit("hello", fields=[("Connection", "close")]).field("Connection") == b"close"


def test_a_connection_of_http_1_0_ends(visit):
    assert visit("hello", version="1.0").body == b"hello"
    assert visit.client.is_ended()


@pytest.mark.beyond
def test_a_connection_of_http_1_0_persists_if_it_asks_for_it(visit):
    for _ in range(2):
        response = visit.client.exchange(
            f"{visit.way}/hello", version="1.0", fields=[("Connection", "keep-alive")])
        assert response.body == b"hello"
        assert (response.field("Connection") or b"").lower() == b"keep-alive"


def test_pipelined_requests_are_answered_in_their_order(visit):
    client = visit.client
    for number in range(10):
        client.request(f"{visit.way}/echo/{number}" if not visit.way else "/validated/echo", "POST",
                       body=b"%d" % number)
    for number in range(10):
        assert client.response().body.endswith(b" %d" % number)


def test_a_request_in_pieces_is_understood(visit):
    client = visit.client
    request = f"POST {visit.way}/echo HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody"
    for byte in request.encode():
        client.send(bytes([byte]))
    assert client.response().body.endswith(b" body")


def test_a_client_may_end_its_side_and_still_reads_the_response(visit):
    client = visit.client
    client.request(f"{visit.way}/hello")
    client.end()
    assert client.response().body == b"hello"


def test_a_client_that_goes_harms_nobody(server, gate):
    for leave in [Client.close, Client.reset]:
        client = Client(server.port)
        client.request(f"/waiting?gate={gate.port}")
        gate.arrival()
        leave(client)
        gate.open()
        with Client(server.port) as other:
            assert other.exchange("/hello").body == b"hello"


def test_a_client_that_goes_in_its_head_harms_nobody(server):
    for part in [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n"]:
        with Client(server.port) as client:
            client.send(part)
    with Client(server.port) as client:
        assert client.exchange("/hello").body == b"hello"


@pytest.mark.beyond
def test_calls_run_beside_each_other(server, gate):
    clients = [Client(server.port) for _ in range(6)]
    for client in clients:
        client.request(f"/waiting?gate={gate.port}")
    for _ in clients:
        gate.arrival()
    gate.open()
    for client in clients:
        assert client.response().body == b"done"
        client.close()


# Requests that a server must refuse, or read in one way only (RFC 9112, sections 3.2, 5 and 6.3).
REFUSED = {
    "two hosts": b"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": b"GET /hello HTTP/1.1\r\n\r\n",
    "two lengths": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n"
                   b"\r\nab",
    "a length of letters": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    "a length below zero": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "a length with a sign": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
    "a length and chunks": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
    "a space before the colon": b"GET /hello HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
    "a folded line": b"GET /hello HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
    "a zero byte in a value": b"GET /hello HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n",
    "a line feed alone": b"GET /hello HTTP/1.1\nHost: a\n\n",
    "no version": b"GET /hello\r\n\r\n",
    "a future version": b"GET /hello HTTP/3.0\r\nHost: a\r\n\r\n",
    "a fragment of TLS": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
    "chunks of a wrong size": b"POST /echo HTTP/1.1\r\nHost: a\r\n"
                              b"Transfer-Encoding: chunked\r\n\r\nx\r\nab\r\n0\r\n\r\n",
}


@pytest.mark.beyond
@pytest.mark.parametrize("name", list(REFUSED))
def test_a_request_that_is_wrong_is_refused(client, name):
    client.send(REFUSED[name])
    client.end()
    answer = client.rest()
    assert answer == b"" or answer[:12] in (
        b"HTTP/1.1 400", b"HTTP/1.1 501", b"HTTP/1.1 505", b"HTTP/1.0 400", b"HTTP/1.0 505"), answer


def test_the_coding_of_a_transfer_is_decoded(visit):
    body = b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    response = visit("decoded", "POST", fields=[("Transfer-Encoding", "chunked")], body=body)
    assert response.body == b"abc"
