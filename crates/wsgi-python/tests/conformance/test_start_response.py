"""PEP 3333, section "The start_response() Callable"."""

import pytest

from gate import knock
from pages import TEXT, Pages, argument, ok

pages = Pages()


@pages.page
def status(environ, start_response):
    start_response(argument(environ, "line"), TEXT)
    return [b"sent"]


@pages.page
def fields(environ, start_response):
    start_response("200 OK", [
        ("Content-Type", "text/plain"), ("X-B", "1"), ("Set-Cookie", "a=1"), ("X-A", "2"),
        ("Set-Cookie", "b=2"), ("x-lower", "3"), ("X-Empty", ""), ("X-Latin", "caf\xe9"),
        ("X-Inside", "a, b; c=\"d\"")])
    return [b"fields"]


@pages.page
def own(environ, start_response):
    ok(start_response, ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Server", "mine"))
    return [b"own"]


@pages.page
def returns(environ, start_response):
    write = start_response("200 OK", TEXT)
    return [str(callable(write)).encode()]


@pages.page
def keywords(environ, start_response):
    start_response("200 OK", TEXT, None)
    return [b"sent"]


@pages.page
def late(environ, start_response):
    """Starts while its body is iterated, in the first step."""
    ok(start_response)
    yield b"from an iterator"


class later:
    """Starts in the second step, after an empty block."""

    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        yield b""
        ok(self.start_response)
        yield b"after nothing"


pages.page(later)


@pages.page
def never(environ, start_response):
    return [b"a body without a head"]


@pages.page
def never_and_empty(environ, start_response):
    return []


@pages.page
def twice(environ, start_response):
    ok(start_response)
    start_response("201 Created", TEXT)
    return [b"twice"]


@pages.page
def twice_and_caught(environ, start_response):
    ok(start_response)
    try:
        start_response("201 Created", TEXT)
    except Exception:
        return [b"refused"]
    return [b"taken"]


@pages.page
def twice_after_a_failure(environ, start_response):
    try:
        start_response("200 OK", [("X", 1)])
    except Exception:
        pass
    try:
        start_response("201 Created", TEXT)
    except Exception:
        knock(argument(environ, "gate"), "refused")
        raise
    knock(argument(environ, "gate"), "taken")
    return [b"taken"]


@pages.page
def twice_in_the_body(environ, start_response):
    ok(start_response)
    yield b"first"
    try:
        start_response("201 Created", TEXT)
    except Exception:
        yield b" refused"


@pages.page
def nothing_yet(environ, start_response):
    """Gives no block, and fails: the head must not have left."""
    ok(start_response)
    yield b""
    raise RuntimeError("on purpose: nothing was sent")


# A head that is wrong, as an expression that tests choose by its name.
WRONG_HEADS = {
    "status of bytes": (b"200 OK", TEXT),
    "status of a number": (200, TEXT),
    "status without a reason": ("200", TEXT),
    "status without a number": ("OK", TEXT),
    "status of two digits": ("20 OK", TEXT),
    "status of four digits": ("2000 OK", TEXT),
    "status with a space before": (" 200 OK", TEXT),
    "status without a space": ("200OK", TEXT),
    "status with a line end": ("200 OK\r\n", TEXT),
    "status with a field": ("200 OK\r\nX-Injected: 1", TEXT),
    "status with a line feed": ("200 OK\nX-Injected: 1", TEXT),
    "status with a zero byte": ("200 O\0K", TEXT),
    "status beyond latin-1": ("200 \u20ac", TEXT),
    "status 1xx": ("100 Continue", TEXT),
    "status None": (None, TEXT),
    "headers in a tuple": ("200 OK", tuple(TEXT)),
    "headers in a dict": ("200 OK", dict(TEXT)),
    "headers None": ("200 OK", None),
    "header as a list": ("200 OK", [["Content-Type", "text/plain"]]),
    "header of three": ("200 OK", [("X-A", "b", "c")]),
    "header as a string": ("200 OK", ["X-A: b"]),
    "name of bytes": ("200 OK", [(b"X-A", "b")]),
    "name that is empty": ("200 OK", [("", "b")]),
    "name with a colon": ("200 OK", [("X-A:", "b")]),
    "name with a space": ("200 OK", [("X A", "b")]),
    "name with a line end": ("200 OK", [("X-A\r\nX-Injected", "b")]),
    "name beyond latin-1": ("200 OK", [("X-\u20ac", "b")]),
    "value of bytes": ("200 OK", [("X-A", b"b")]),
    "value of a number": ("200 OK", [("X-A", 1)]),
    "value None": ("200 OK", [("X-A", None)]),
    "value with a line end": ("200 OK", [("X-A", "b\r\nX-Injected: 1")]),
    "value with a line feed": ("200 OK", [("X-A", "b\nX-Injected: 1")]),
    "value with a carriage return": ("200 OK", [("X-A", "b\rX-Injected: 1")]),
    "value with two line ends": ("200 OK", [("X-A", "b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")]),
    "value that folds": ("200 OK", [("X-A", "b\r\n X-Injected: 1")]),
    "value that ends a line": ("200 OK", [("X-A", "b\r\n")]),
    "value with a zero byte": ("200 OK", [("X-A", "b\0c")]),
    "value with a control": ("200 OK", [("X-A", "b\x01c")]),
    "value beyond latin-1": ("200 OK", [("X-A", "\u20ac")]),
    "value with a surrogate": ("200 OK", [("X-A", "\udcff")]),
}

# Where PEP 3333 speaks only of the application, or is silent.
LENIENT = {"headers in a tuple", "headers in a dict", "header as a list", "status without a reason"}


@pages.page
def wrong(environ, start_response):
    """Answers whether start_response raised, which it does before the application goes on."""
    try:
        start_response(*WRONG_HEADS[argument(environ, "head")])
    except Exception:
        knock(argument(environ, "gate"), "refused")
        raise
    knock(argument(environ, "gate"), "taken")
    return [b"body"]


@pages.page
def hop_by_hop(environ, start_response):
    ok(start_response, (argument(environ, "name"), argument(environ, "value")))
    return [b"body"]


@pages.page
def given(environ, start_response):
    start_response("200 OK", TEXT + [("X-Kept", "1"), ("Content-Length", "4")])
    return [b"body"]


@pytest.mark.parametrize("line", ["200 OK", "404 Not Found", "299 Something Else", "200 okay then",
                                  "418 I'm a teapot", "599 Oops: a  b\tc"])
def test_the_status_arrives_as_it_was_given(visit, line):
    response = visit("status?line=" + line.replace(" ", "+").replace("\t", "%09"))
    assert response.status_line.split(b" ", 1)[1] == line.encode()


def test_a_reason_of_latin_1_arrives_as_it_was_given(visit):
    response = visit("status?line=404+Schlo%C3%9F+fehlt")
    assert response.reason == b"Schlo\xdf fehlt"


def test_fields_arrive_repeated_and_empty_and_in_latin_1(visit):
    response = visit("fields")
    assert response.all("Set-Cookie") == [b"a=1", b"b=2"]
    assert response.field("X-Empty") == b""
    assert response.field("X-Latin") == b"caf\xe9"
    assert response.field("X-Inside") == b'a, b; c="d"'


@pytest.mark.beyond
def test_fields_arrive_in_their_order(visit):
    response = visit("fields")
    sent = [(name.lower(), value) for name, value in response.fields]
    expected = [
        (b"content-type", b"text/plain"), (b"x-b", b"1"), (b"set-cookie", b"a=1"), (b"x-a", b"2"),
        (b"set-cookie", b"b=2"), (b"x-lower", b"3"), (b"x-empty", b""), (b"x-latin", b"caf\xe9"),
        (b"x-inside", b'a, b; c="d"')]
    assert [field for field in sent if field in expected] == expected


@pytest.mark.beyond
def test_the_names_of_fields_keep_their_case(visit):
    names = [name for name, _ in visit("fields").fields]
    assert b"X-Inside" in names and b"x-lower" in names


def test_the_date_is_supplied(visit):
    response = visit("fields")
    assert response.field("Date").endswith(b" GMT")


@pytest.mark.should
def test_the_date_and_server_of_the_application_are_kept(visit):
    response = visit("own")
    assert response.field("Date") == b"Thu, 01 Jan 1970 00:00:00 GMT"
    assert response.field("Server") == b"mine"


def test_a_callable_is_returned(visit):
    assert visit("returns").body == b"True"


@pytest.mark.unwrapped
def test_exc_info_may_be_none(visit):
    assert visit("keywords").body == b"sent"


def test_an_iterator_may_start_the_response_in_its_first_step(visit):
    response = visit("late")
    assert (response.status, response.body) == (200, b"from an iterator")


@pytest.mark.unwrapped
def test_an_iterator_may_start_the_response_after_empty_blocks(visit):
    response = visit("later")
    assert (response.status, response.body) == (200, b"after nothing")


@pytest.mark.unwrapped
@pytest.mark.parametrize("page", ["never", "never_and_empty"])
def test_an_application_that_starts_no_response_fails(visit, page):
    assert visit(page).status == 500


@pytest.mark.unwrapped
def test_a_second_call_fails(visit):
    assert visit("twice").status == 500


@pytest.mark.unwrapped
def test_a_second_call_raises_and_leaves_the_first(visit):
    response = visit("twice_and_caught")
    assert (response.status, response.body) == (200, b"refused")


@pytest.mark.unwrapped
def test_a_second_call_raises_after_a_first_that_failed(visit, gate):
    response = visit(f"twice_after_a_failure?gate={gate.port}")
    assert gate.arrival() == "refused"
    assert response.status == 500


@pytest.mark.unwrapped
def test_a_second_call_raises_when_the_head_is_out(visit):
    response = visit("twice_in_the_body")
    assert (response.status, response.body) == (200, b"first refused")


@pytest.mark.unwrapped
def test_no_head_is_sent_before_a_block_that_is_not_empty(visit):
    assert visit("nothing_yet").status == 500


def is_lenient(name):
    return pytest.param(name, marks=pytest.mark.beyond) if name in LENIENT else name


@pytest.mark.should
@pytest.mark.unwrapped
@pytest.mark.parametrize("name", [is_lenient(name) for name in WRONG_HEADS])
def test_a_wrong_head_is_refused_when_it_is_given(visit, gate, name):
    response = visit(f"wrong?gate={gate.port}&head={name.replace(' ', '+')}")
    assert gate.arrival() == "refused"
    assert response.status == 500


@pytest.mark.unwrapped
@pytest.mark.parametrize("name", [name for name in WRONG_HEADS if "line" in name or "field" in name
                                  or "carriage" in name or "folds" in name])
def test_no_head_can_split_the_response(visit, gate, name):
    client = visit.client
    client.request(f"/wrong?gate={gate.port}&head={name.replace(' ', '+')}",
                   fields=[("Connection", "close")])
    answer = client.rest()
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert b"X-Injected" not in answer, answer
    assert b"\r" not in answer.split(b"\r\n\r\n")[0].replace(b"\r\n", b""), answer


HOP_BY_HOP = [
    ("Connection", "x-private"), ("Keep-Alive", "timeout=99"), ("Proxy-Authenticate", "Basic"),
    ("Proxy-Authorization", "Basic eA=="), ("TE", "trailers"),
    ("Transfer-Encoding", "gzip"), ("Upgrade", "websocket")]


@pytest.mark.should
@pytest.mark.unwrapped
@pytest.mark.parametrize("name, value", HOP_BY_HOP, ids=[name for name, _ in HOP_BY_HOP])
def test_a_hop_by_hop_field_of_an_application_does_not_leave(visit, name, value):
    response = visit(f"hop_by_hop?name={name}&value={value}")
    assert value.encode() not in response.all(name)


@pytest.mark.ours
@pytest.mark.unwrapped
def test_a_hop_by_hop_field_is_dropped_with_one_warning(visit, logged):
    for _ in range(2):
        response = visit("hop_by_hop?name=Upgrade&value=websocket")
        assert (response.status, response.body) == (200, b"body")
    assert logged('"Upgrade"', start=0).count('"Upgrade"') == 1


def test_nothing_of_a_response_is_left_for_the_next(visit):
    for _ in range(2):
        assert visit("given").all("X-Kept") == [b"1"]
