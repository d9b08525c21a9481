"""PEP 3333, section "Handling the Content-Length Header", and the responses without a body of
RFC 9110, sections 9.3.2 (HEAD), 15.3.5 (204) and 15.4.5 (304)."""

import itertools

import pytest

from gate import knock
from pages import Pages, argument, ok

pages = Pages()


class Watched:
    """A body that says through the gate how many of its blocks were taken, when it is closed."""

    def __init__(self, port, blocks):
        self.port, self.blocks, self.taken = port, iter(blocks), 0

    def __iter__(self):
        return self

    def __next__(self):
        block = next(self.blocks)
        self.taken += 1
        return block

    def close(self):
        knock(self.port, str(self.taken))


@pages.page
def plain(environ, start_response):
    """A body of one block. `?length=` declares a length of it."""
    length = argument(environ, "length")
    ok(start_response, *([("Content-Length", length)] if length is not None else []),
       status=argument(environ, "status", "200 OK"))
    return [argument(environ, "body", "0123456789").encode()]


@pages.page
def several(environ, start_response):
    ok(start_response)
    return [b"one ", b"", b"two ", b"three"]


@pages.page
def iterated(environ, start_response):
    length = argument(environ, "length")
    ok(start_response, *([("content-length", length)] if length is not None else []))
    for block in [b"01234", b"", b"56789"]:
        yield block


@pages.page
def empty(environ, start_response):
    ok(start_response)
    return []


@pages.page
def endless(environ, start_response):
    ok(start_response, ("Content-Length", "10"), status=argument(environ, "status", "200 OK"))
    return Watched(argument(environ, "gate"), itertools.repeat(b"01234", 1000))


@pages.page
def watched(environ, start_response):
    ok(start_response, status=argument(environ, "status", "200 OK"))
    return Watched(argument(environ, "gate"), [b"a", b"b", b"c"])


@pages.page
def written_beyond(environ, start_response):
    write = ok(start_response, ("Content-Length", "5"))
    write(b"01234")
    try:
        write(b"56789")
    except Exception:
        knock(argument(environ, "gate"), "refused")
        raise
    knock(argument(environ, "gate"), "taken")
    return []


@pages.page
def two_lengths(environ, start_response):
    ok(start_response, ("Content-Length", "3"), ("Content-Length", "10"))
    return [b"0123456789"]


def test_a_declared_length_is_sent_as_it_is(visit):
    response = visit("plain?length=10")
    assert response.field("Content-Length") == b"10"
    assert response.field("Transfer-Encoding") is None
    assert response.body == b"0123456789"


@pytest.mark.beyond
def test_the_length_of_a_single_block_is_found(visit):
    # PEP 3333: "the server can automatically determine Content-Length". The validator hides it.
    response = visit("plain")
    if not visit.way:
        assert response.field("Content-Length") == b"10"
    assert response.body == b"0123456789"


def test_several_blocks_arrive_whole(visit):
    assert visit("several").body == b"one two three"


def test_blocks_without_a_length_arrive_whole(visit):
    assert visit("iterated").body == b"0123456789"


@pytest.mark.beyond
def test_blocks_without_a_length_leave_the_connection_open(visit):
    response = visit("iterated")
    assert response.is_chunked
    assert visit.client.exchange(f"{visit.way}/iterated").body == b"0123456789"


def test_blocks_without_a_length_end_with_the_connection_in_http_1_0(visit):
    response = visit("iterated", version="1.0")
    assert response.field("Transfer-Encoding") is None
    assert response.body == b"0123456789"


def test_an_empty_body_is_empty(visit):
    response = visit("empty")
    assert (response.status, response.body) == (200, b"")


@pytest.mark.beyond
def test_an_empty_body_has_a_length_of_zero(visit):
    response = visit("empty")
    assert response.field("Content-Length") == b"0" or visit.way


def test_a_length_of_zero_has_no_body(visit):
    response = visit("plain?length=0&body=")
    assert (response.field("Content-Length"), response.body) == (b"0", b"")


@pytest.mark.should
@pytest.mark.parametrize("page", ["plain", "iterated"])
@pytest.mark.parametrize("length", [1, 5, 7])
def test_bytes_beyond_the_declared_length_are_not_sent(visit, page, length):
    client = visit.client
    client.request(f"{visit.way}/{page}?length={length}", fields=[("Connection", "close")])
    head, _, body = client.rest().partition(b"\r\n\r\n")
    assert f"content-length: {length}" in head.decode().lower()
    assert body == b"0123456789"[:length]


@pytest.mark.should
@pytest.mark.parametrize("page", ["plain", "iterated"])
def test_the_next_response_is_in_step_after_bytes_beyond_the_length(visit, page):
    client = visit.client
    for _ in range(2):
        client.request(f"{visit.way}/{page}?length=3")
    for _ in range(2):
        # The server may close the connection instead.
        assert client.rest_of_one() in (b"", b"012")


@pytest.mark.should
@pytest.mark.parametrize("page", ["plain", "iterated"])
def test_a_body_that_is_too_short_ends_the_connection(visit, page):
    response = visit(f"{page}?length=11")
    assert response.body == b"0123456789" and not response.is_whole


@pytest.mark.should
def test_a_body_that_is_too_short_is_logged(visit, logged):
    visit("iterated?length=11")
    logged("Content-Length")


@pytest.mark.should
def test_the_body_is_not_iterated_beyond_its_length(visit, gate):
    response = visit(f"endless?gate={gate.port}")
    assert response.body == b"0123401234"
    assert gate.arrival() in ("2", "3")


@pytest.mark.should
@pytest.mark.unwrapped
def test_a_write_beyond_the_length_raises(visit, gate):
    response = visit(f"written_beyond?gate={gate.port}")
    assert gate.arrival() == "refused"
    assert response.body == b"01234"


@pytest.mark.beyond
@pytest.mark.unwrapped
@pytest.mark.parametrize(
    "length", ["abc", "-1", "%2B3", "1.5", "", "3%2C3", "99999999999999999999"])
def test_a_length_that_is_no_number_is_refused(visit, length):
    assert visit(f"plain?length={length}").status == 500


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_two_lengths_are_refused(visit):
    assert visit("two_lengths").status == 500


@pytest.mark.parametrize("page", ["plain?length=10", "plain", "iterated", "several", "empty"])
def test_head_has_no_body(visit, page):
    client = visit.client
    client.request(f"{visit.way}/{page}", "HEAD", fields=[("Connection", "close")])
    answer = client.rest()
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\n"), answer
    assert answer.count(b"\r\n\r\n") == 1, answer


def test_head_keeps_the_declared_length(visit):
    assert visit("plain?length=10", "HEAD").field("Content-Length") == b"10"


@pytest.mark.beyond
def test_head_is_followed_by_the_next_response(visit):
    for _ in range(2):
        target = f"{visit.way}/plain?length=10"
        assert visit.client.exchange(target, "HEAD").status == 200
        assert visit.client.exchange(target).body == b"0123456789"


@pytest.mark.parametrize("page", ["watched", "endless"])
def test_head_closes_the_body(visit, gate, page):
    assert visit(f"{page}?gate={gate.port}", "HEAD").status == 200
    gate.arrival()


@pytest.mark.unwrapped
@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_status_without_a_body_has_none(visit, status):
    client = visit.client
    client.request(f"/plain?status={status.replace(' ', '+')}", fields=[("Connection", "close")])
    answer = client.rest()
    assert answer.startswith(f"HTTP/1.1 {status}\r\n".encode()), answer
    assert answer.endswith(b"\r\n\r\n") and answer.count(b"\r\n\r\n") == 1, answer


@pytest.mark.beyond
@pytest.mark.unwrapped
@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_status_without_a_body_has_no_transfer_encoding(visit, gate, status):
    # RFC 9112, section 6.1: neither field in a 204.
    response = visit(f"watched?gate={gate.port}&status={status.replace(' ', '+')}")
    assert response.field("Transfer-Encoding") is None
    assert status.startswith("304") or response.field("Content-Length") is None
    gate.arrival()


@pytest.mark.unwrapped
@pytest.mark.parametrize("status", ["204 Deleted", "304 Not Modified"])
def test_a_status_without_a_body_is_followed_by_the_next_response(visit, status):
    for _ in range(2):
        client = visit.client
        client.request(f"/plain?status={status.replace(' ', '+')}")
        assert client.response().status_line.endswith(status.encode())
    client.request("/plain")
    assert client.rest_of_one() in (b"", b"0123456789")
