"""PEP 3333, section "Buffering and Streaming", and "Specification Details" on iterables."""

import pytest

from gate import wait
from pages import Pages, argument, ok

pages = Pages()


@pages.page
def gated(environ, start_response):
    """Gives a block, and waits before the next."""
    ok(start_response, *([("Content-Length", "9")] if argument(environ, "length") else []))
    for block in [b"one", b"two", b"six"]:
        yield block
        wait(argument(environ, "gate"), block.decode())


@pages.page
def with_empty_blocks(environ, start_response):
    ok(start_response)
    yield from [b"", b"a", b"", b"", b"b", b""]


@pages.page
def binary(environ, start_response):
    ok(start_response)
    yield bytes(range(256))
    yield b"\r\n\n\r\0" * 10


@pages.page
def many(environ, start_response):
    ok(start_response)
    for number in range(2000):
        yield b"%d\n" % number


@pages.page
def large(environ, start_response):
    ok(start_response)
    for _ in range(8):
        yield b"x" * 500_000


class Getitem:
    """The protocol of iteration of Python before 2.2."""

    def __getitem__(self, index):
        return [b"by ", b"index"][index]


class Iterable:
    """Counts the calls of `iter`."""

    def __init__(self):
        self.calls = 0

    def __iter__(self):
        self.calls += 1
        return iter([b"call %d" % self.calls])


class Measured(list):
    """A sequence of one block, whose class is not `list`."""


@pages.page
def getitem(environ, start_response):
    ok(start_response)
    return Getitem()


@pages.page
def iterable(environ, start_response):
    ok(start_response)
    return Iterable()


@pages.page
def in_a_tuple(environ, start_response):
    ok(start_response)
    return (b"in ", b"a tuple")


@pages.page
def in_a_set(environ, start_response):
    ok(start_response)
    return {b"in a set"}


@pages.page
def in_a_map(environ, start_response):
    ok(start_response)
    return map(str.encode, ["in ", "a map"])


@pages.page
def measured(environ, start_response):
    ok(start_response)
    return Measured([b"measured"])


# Bodies that are wrong, by their names.
WRONG_BODIES = {
    "none": lambda: None,
    "number": lambda: 1,
    "text": lambda: "text",
    "bytes": lambda: b"bytes",
    "texts": lambda: ["text"],
    "an iterator of texts": lambda: iter(["text"]),
    "an iterator of None": lambda: iter([None]),
    "an iterator of numbers": lambda: iter([1, 2]),
    "a generator of texts": lambda: (text for text in ["text"]),
}


@pages.page
def wrong(environ, start_response):
    ok(start_response)
    return WRONG_BODIES[argument(environ, "body")]()


@pages.page
def wrong_later(environ, start_response):
    ok(start_response)
    yield b"right"
    yield "wrong"


@pytest.mark.parametrize("length", ["", "1"], ids=["unknown", "declared"])
def test_a_block_is_sent_before_the_next_is_asked_for(visit, gate, length):
    client = visit.client
    client.request(f"{visit.way}/gated?gate={gate.port}&length={length}")
    response = None
    for block in [b"one", b"two", b"six"]:
        assert gate.arrival() == block.decode()
        response = response or client.head()
        got = client.chunk(response) if response.is_chunked else client.exactly(3)
        assert got == block
        gate.open()
    client.read_body(response) if response.is_chunked else None
    assert response.is_whole


def test_a_block_is_sent_before_the_next_is_asked_for_in_http_1_0(visit, gate):
    client = visit.client
    client.request(f"{visit.way}/gated?gate={gate.port}", version="1.0")
    head = None
    for block in [b"one", b"two", b"six"]:
        assert gate.arrival() == block.decode()
        head = head or client.head()
        assert client.exactly(3) == block
        gate.open()
    assert client.is_ended()


def test_an_empty_block_is_not_the_end(visit):
    response = visit("with_empty_blocks")
    assert (response.body, response.is_whole) == (b"ab", True)


def test_bytes_arrive_as_they_are(visit):
    assert visit("binary").body == bytes(range(256)) + b"\r\n\n\r\0" * 10


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_many_blocks_arrive(visit, version):
    expected = b"".join(b"%d\n" % number for number in range(2000))
    assert visit("many", version=version).body == expected


def test_large_blocks_arrive(visit):
    assert visit("large").body == b"x" * 4_000_000


@pytest.mark.unwrapped
@pytest.mark.parametrize("page, body", [
    ("getitem", b"by index"), ("iterable", b"call 1"), ("in_a_tuple", b"in a tuple"),
    ("in_a_set", b"in a set"), ("in_a_map", b"in a map"), ("measured", b"measured")])
def test_any_iterable_is_a_body(visit, page, body):
    response = visit(page)
    assert (response.status, response.body) == (200, body)


@pytest.mark.beyond
@pytest.mark.unwrapped
@pytest.mark.parametrize("name", list(WRONG_BODIES))
def test_a_body_that_is_not_of_bytes_fails(visit, name):
    assert visit(f"wrong?body={name.replace(' ', '+')}").status == 500


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_a_block_that_is_not_of_bytes_cuts_the_response(visit):
    response = visit("wrong_later")
    assert response.status == 500 or not response.is_whole
    assert b"wrong" not in response.body
