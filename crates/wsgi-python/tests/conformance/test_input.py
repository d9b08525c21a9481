"""PEP 3333, section "Input and Error Streams"."""

import re

import pytest

from gate import wait
from pages import Pages, argument, ok

pages = Pages()

CALL = re.compile(r"(\w+)\(([^)]*)\)")


@pages.page
def calls(environ, start_response):
    """Calls methods of the input, such as `read(3);readline()`, and answers with the results."""
    stream = environ["wsgi.input"]
    results = []
    for name, arguments in CALL.findall(argument(environ, "do")):
        arguments = [eval(text) for text in arguments.split(",") if text]  # by the tests alone
        if name == "next":
            results.append(next(iter(stream), None))
        elif name == "list":
            results.append(list(stream))
        else:
            results.append(getattr(stream, name)(*arguments))
    ok(start_response)
    return [repr(results).encode()]


@pages.page
def whole(environ, start_response):
    """Reads all and sends it back."""
    data = b"".join(iter(lambda: environ["wsgi.input"].read(7000), b""))
    ok(start_response, ("Content-Length", str(len(data))))
    return [data]


@pages.page
def declared(environ, start_response):
    ok(start_response)
    return [environ.get("CONTENT_LENGTH", "").encode()]


@pages.page
def ignored(environ, start_response):
    ok(start_response)
    return [b"ignored"]


@pages.page
def later(environ, start_response):
    """Reads while its body is iterated."""
    ok(start_response)
    yield b"read: "
    yield from iter(lambda: environ["wsgi.input"].read(5), b"")


@pages.page
def truncated(environ, start_response):
    """Notes what happens when a client goes in the middle of its body."""
    wait(argument(environ, "gate"), "reading")
    try:
        data = environ["wsgi.input"].read()
    except OSError:
        wait(argument(environ, "gate"), "error")
    else:
        wait(argument(environ, "gate"), f"{len(data)} bytes")
    ok(start_response)
    return []


@pages.page
def errors(environ, start_response):
    stream = environ["wsgi.errors"]
    stream.write(argument(environ, "text") + "\n")
    stream.writelines([argument(environ, "text") + " again\n", "and more\n"])
    stream.flush()
    ok(start_response)
    return [b"written"]


@pages.page
def strange_errors(environ, start_response):
    environ["wsgi.errors"].write("snow \u2603, half \ud83d, zero \0, euro \u20ac\n")
    environ["wsgi.errors"].flush()
    ok(start_response)
    return [b"written"]


def results(response):
    assert response.status == 200, response
    return eval(response.body)


def ask(visit, do, body=b"", **request):
    return results(visit(f"calls?do={do.replace('-', '%2D')}", "POST", body=body, **request))


LINES = b"one\ntwo\r\nthree\rfour\n\nfive"

# Methods, and the results for the body LINES. The validator wants one argument of `read`.
ROWS = [
    ("read(100)", [LINES]),
    ("read(3);read(1);read(100)", [b"one", b"\n", LINES[4:]]),
    ("read(0);read(2)", [b"", b"on"]),
    ("read(100);read(1);read(1)", [LINES, b"", b""]),
    ("read(1000000000000)", [LINES]),
    ("readline();readline();readline();readline();readline();readline()",
     [b"one\n", b"two\r\n", b"three\rfour\n", b"\n", b"five", b""]),
    ("readline();read(100)", [b"one\n", LINES[4:]]),
    ("readline();read(2);readline()", [b"one\n", b"tw", b"o\r\n"]),
    ("readlines()", [[b"one\n", b"two\r\n", b"three\rfour\n", b"\n", b"five"]]),
    ("readline();readlines()", [b"one\n", [b"two\r\n", b"three\rfour\n", b"\n", b"five"]]),
    ("list()", [[b"one\n", b"two\r\n", b"three\rfour\n", b"\n", b"five"]]),
    ("next();read(100)", [b"one\n", LINES[4:]]),
    ("readlines();read(1);readline();readlines();list()",
     [[b"one\n", b"two\r\n", b"three\rfour\n", b"\n", b"five"], b"", b"", [], []]),
]

@pytest.mark.parametrize("do, expected", ROWS, ids=[do for do, _ in ROWS])
def test_the_input_reads_as_a_file(visit, do, expected):
    assert ask(visit, do, LINES) == expected


SHOULD = [
    ("read()", [LINES]),
    ("read(-1)", [LINES]),
    ("read(None)", [LINES]),
    ("read(4);read()", [b"one\n", LINES[4:]]),
    ("readline();read()", [b"one\n", LINES[4:]]),
    ("readline(2);readline(100);readline(0)", [b"on", b"e\n", b""]),
    ("readline(-1)", [b"one\n"]),
    ("readline(None)", [b"one\n"]),
    ("readline(4);readline(3);readline()", [b"one\n", b"two", b"\r\n"]),
]


@pytest.mark.should
@pytest.mark.unwrapped
@pytest.mark.parametrize("do, expected", SHOULD, ids=[do for do, _ in SHOULD])
def test_the_sizes_of_reads_are_optional(visit, do, expected):
    assert ask(visit, do, LINES) == expected


@pytest.mark.unwrapped
@pytest.mark.parametrize("hint", ["1", "5", "0", "-1", "None", "1000000"])
def test_a_hint_of_readlines_loses_nothing(visit, hint):
    lines, rest = ask(visit, f"readlines({hint});readlines()", LINES)
    assert lines[0] == b"one\n"
    assert b"".join(lines + rest) == LINES


@pytest.mark.should
@pytest.mark.unwrapped
@pytest.mark.parametrize("hint, number", [("1", 1), ("4", 1), ("5", 2), ("0", 5), ("None", 5)])
def test_a_hint_of_readlines_is_that_of_the_library(visit, hint, number):
    (lines,) = ask(visit, f"readlines({hint})", LINES)
    assert len(lines) == number


def test_a_request_without_a_body_has_an_empty_input(visit):
    response = visit("calls?do=read(1);readline();readlines();list()")
    assert results(response) == [b"", b"", [], []]


@pytest.mark.should
@pytest.mark.unwrapped
def test_a_request_without_a_body_can_be_read_whole(visit):
    assert results(visit("calls?do=read();read(-1)")) == [b"", b""]


def test_an_empty_body_is_empty(visit):
    assert ask(visit, "read(10);readline()", fields=[("Content-Length", 0)]) == [b"", b""]


@pytest.mark.parametrize("size", [1, 8192, 65536, 65537, 1 << 20, 3_000_001])
def test_a_body_of_any_size_arrives_whole(visit, size):
    body = bytes(range(256)) * (size // 256 + 1)
    assert visit("whole", "POST", body=body[:size]).body == body[:size]


def test_a_line_of_any_size_arrives_whole(visit):
    line = b"x" * 200_000 + b"\n"
    assert ask(visit, "readline();read(100)", line + b"rest") == [line, b"rest"]


@pytest.mark.beyond
def test_a_body_in_chunks_is_read_to_its_end(visit):
    body = b"5\r\nhello\r\n1;extension=1\r\n \r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n"
    fields = [("Transfer-Encoding", "chunked")]
    response = visit("whole", "POST", fields=fields, body=body)
    assert (response.status, response.body) == (200, b"hello 0123456789")
    assert visit("whole", "POST", body=b"next").body == b"next"


@pytest.mark.beyond
def test_a_short_body_in_chunks_has_a_length(visit):
    # RFC 3875, section 4.1.2: the length after the chunks were decoded. Many applications read no
    # body without it.
    fields = [("Transfer-Encoding", "chunked")]
    body = b"5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"
    assert visit("declared", "POST", fields=fields, body=body).body == b"8"


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_a_body_in_chunks_can_be_read_by_lines(visit):
    body = b"3\r\none\r\n5\r\n\ntwo\n\r\n0\r\n\r\n"
    fields = [("Transfer-Encoding", "chunked")]
    assert ask(visit, "readline();read()", body, fields=fields) == [b"one\n", b"two\n"]


def test_reads_end_at_the_end_of_the_body(visit):
    client, path = visit.client, f"{visit.way}/whole"
    client.request(path, "POST", body=b"first")
    client.request(path, "POST", body=b"second")
    assert [client.response().body, client.response().body] == [b"first", b"second"]


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_body_that_nobody_reads_does_not_reach_the_next_request(visit, size):
    assert visit("ignored", "POST", body=b"GET /evil " * (size // 10)).body == b"ignored"
    # The server may close the connection instead.
    visit.client.request(f"{visit.way}/ignored")
    assert visit.client.rest_of_one() in (b"", b"ignored")


def test_the_input_can_be_read_while_the_body_is_iterated(visit):
    assert visit("later", "POST", body=b"in the iterator").body == b"read: in the iterator"


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_a_body_that_ends_early_is_an_error_of_read(server, gate, visit):
    client = visit.client
    client.request(f"/truncated?gate={gate.port}", "POST", fields=[("Content-Length", 200_000)],
                   body=b"x" * 100_000)
    assert gate.arrival() == "reading"
    client.close()
    gate.open()
    assert gate.arrival() == "error"


def test_the_errors_stream_reaches_the_log(visit, logged):
    assert visit("errors?text=a-certain-text").status == 200
    log = logged("and more")
    assert log.index("a-certain-text\n") < log.index("a-certain-text again\n")


@pytest.mark.should
def test_the_errors_stream_takes_any_text(visit, logged):
    assert visit("strange_errors").status == 200
    logged("euro")
