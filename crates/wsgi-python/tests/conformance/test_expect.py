"""PEP 3333, section "HTTP 1.1 Expect/Continue", and RFC 9110, section 10.1.1."""

import pytest

from gate import wait
from pages import Pages, argument, ok
from wire import PATIENCE

pages = Pages()

EXPECT = [("Expect", "100-continue"), ("Content-Length", "5")]


@pages.page
def reads(environ, start_response):
    data = environ["wsgi.input"].read(5)
    ok(start_response, ("Content-Length", str(len(data))))
    return [data]


@pages.page
def refuses(environ, start_response):
    ok(start_response, ("Content-Length", "2"), status="403 Forbidden")
    return [b"no"]


@pages.page
def works_first(environ, start_response):
    wait(argument(environ, "gate"), "working")
    data = environ["wsgi.input"].read(5)
    ok(start_response, ("Content-Length", str(len(data))))
    return [data]


@pages.page
def hello(environ, start_response):
    ok(start_response, ("Content-Length", "5"))
    return [b"hello"]


def test_a_client_that_expects_to_be_told_is_told(visit):
    client = visit.client
    client.request(f"{visit.way}/reads", "POST", fields=EXPECT)
    told = client.head()
    assert told.status == 100 and told.field("Content-Length") is None
    client.send(b"12345")
    response = client.response()
    assert (response.status, response.body) == (200, b"12345")


def test_a_client_is_told_once(visit):
    client = visit.client
    for _ in range(2):
        client.request(f"{visit.way}/reads", "POST", fields=EXPECT)
        assert client.head().status == 100
        client.send(b"12345")
        assert client.response().body == b"12345"


def test_a_client_that_sends_its_body_at_once_is_answered(visit):
    client = visit.client
    client.request(f"{visit.way}/reads", "POST", fields=EXPECT, body=b"12345")
    response = client.response()
    response = client.response() if response.status == 100 else response
    assert (response.status, response.body) == (200, b"12345")


def test_the_expectation_has_no_case(visit):
    client = visit.client
    client.request(f"{visit.way}/reads", "POST", fields=[("expect", "100-Continue"), EXPECT[1]])
    assert client.head().status == 100
    client.send(b"12345")
    assert client.response().body == b"12345"


@pytest.mark.beyond
def test_a_client_is_not_told_to_send_what_nobody_reads(visit):
    response = visit("refuses", "POST", fields=EXPECT)
    assert (response.status, response.body) == (403, b"no")


@pytest.mark.beyond
def test_a_client_is_told_when_the_application_reads(visit, gate):
    client = visit.client
    client.request(f"{visit.way}/works_first?gate={gate.port}", "POST", fields=EXPECT)
    gate.arrival()
    client.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.socket.recv(1)
    client.socket.settimeout(PATIENCE)
    gate.open()
    assert client.head().status == 100
    client.send(b"12345")
    assert client.response().body == b"12345"


def test_a_client_of_http_1_0_is_not_told(visit):
    client = visit.client
    client.request(f"{visit.way}/reads", "POST", fields=EXPECT, body=b"12345", version="1.0")
    response = client.response()
    assert (response.status, response.body) == (200, b"12345")


def test_a_request_without_a_body_is_not_waited_for(visit):
    response = visit("hello", fields=[("Expect", "100-continue")])
    response = visit.client.response() if response.status == 100 else response
    assert response.status == 200
