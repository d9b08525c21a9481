"""The log says what an application did wrong, in words of PEP 3333."""

import pytest
from launch import launched

pytestmark = pytest.mark.xdist_group("mistakes")

APP = r"""
STATUSES = {
    "/code": "200",
    "/no_space": "200OK",
    "/text_code": "OK",
    "/reason": "200 \n",
}
BODIES = {
    "/bytes": b"bare",
    "/text": "bare",
    "/list_of_texts": ["item"],
    "/number": 5,
    "/empty": b"",
}

class Faulty:
    def __iter__(self):
        raise RuntimeError("on purpose")

class Wrong:
    def __iter__(self):
        return 5

class Promise:
    def __await__(self):
        yield

async def coroutine():
    pass

async def generator():
    yield b"a"

MADE = {"/coroutine": coroutine, "/async_generator": generator, "/promise": Promise,
        "/faulty_iter": Faulty, "/wrong_iter": Wrong}

def app(environ, start_response):
    path = environ["PATH_INFO"]
    start_response(STATUSES.get(path, "200 OK"), [("Content-Type", "text/plain")])
    if path == "/nothing":
        return None
    return MADE[path]() if path in MADE else BODIES.get(path, [])
"""

MISTAKES = {
    "/code": r"the status '200': there is no space after the status code, as in `200 OK`",
    "/no_space": r"the status '200OK': there is no space after the status code",
    "/text_code": r"the status 'OK': the status code is not three digits from 200 to 999",
    "/reason": r"the status '200 \\n': the status reason has a control character",
    "/bytes": r"an application returns a list of bytes, or another iterable of them, not `bytes`",
    "/text": r"an application returns a list of bytes, or another iterable of them, not `str`",
    "/list_of_texts": r"a body consists of bytes, not `str`",
    "/number": r"an application returns a list of bytes, or another iterable of them, not `int`$",
    "/nothing": r"not `NoneType`: perhaps it does not `return` its response",
    "/coroutine": r"not `coroutine`: it is asynchronous, such as one of ASGI",
    "/async_generator": r"not `async_generator`: it is asynchronous, such as one of ASGI",
    "/promise": r"not `Promise`: it is asynchronous, such as one of ASGI",
    "/faulty_iter": r"RuntimeError: on purpose",
    "/wrong_iter": r"(non-iterator of type 'int'|must return an iterator, not int)",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with launched(tmp_path_factory.mktemp("mistakes"), APP) as site:
        yield site


@pytest.mark.parametrize("path", MISTAKES)
def test_a_mistake_of_an_application_is_named_in_the_log(site, path):
    assert site.get(path)[0] == 500
    site.wait_for(MISTAKES[path])


def test_empty_bytes_are_an_iterable_without_a_block(site):
    assert site.get("/empty") == (200, b"")
