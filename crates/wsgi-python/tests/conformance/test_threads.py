"""PEP 3333, section "Thread Support", and what Python programs do with threads, whatever a server
thinks of it."""

import asyncio
import gc
import sys
import threading

import pytest

from gate import wait
from pages import Pages, argument, ok
from wire import Client

pages = Pages()

local = threading.local()
lock = threading.Lock()


@pages.page
def hello(environ, start_response):
    ok(start_response)
    return [b"hello"]


@pages.page
def thread(environ, start_response):
    """Waits at the gate, and answers with the thread and the number of its calls."""
    local.calls = getattr(local, "calls", 0) + 1
    wait(argument(environ, "gate"))
    ok(start_response)
    return [f"{threading.get_ident()} {local.calls}".encode()]


@pages.page
def keeps_thread(environ, start_response):
    local.calls = getattr(local, "calls", 0) + 1
    ok(start_response)
    return [str(local.calls).encode()]


@pages.page
def in_background(environ, start_response):
    """Starts a thread that outlives the request."""
    port = argument(environ, "gate")
    threading.Thread(target=wait, args=(port, "in the background"), daemon=True).start()
    ok(start_response)
    return [b"started"]


@pages.page
def reads_in_threads(environ, start_response):
    """Lets threads read the input at once. Each byte is read once."""
    stream, parts = environ["wsgi.input"], []

    def work():
        while part := stream.read(7):
            parts.append(part)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    ok(start_response)
    return [str(sum(map(len, parts))).encode()]


@pages.page
def keeps_input(environ, start_response):
    pages.kept = environ["wsgi.input"], environ["wsgi.errors"], environ
    ok(start_response)
    return [b"kept"]


@pages.page
def uses_kept_input(environ, start_response):
    stream, errors, kept = pages.kept
    try:
        data = stream.read(100)
    except Exception:
        data = b""
    errors.write("after its request\n")
    ok(start_response)
    return [repr((data, kept["PATH_INFO"])).encode()]


@pages.page
def runs_a_loop(environ, start_response):
    async def work():
        await asyncio.sleep(0)
        return b"from a coroutine"

    ok(start_response)
    return [asyncio.run(work())]


@pages.page
def in_a_generator_of_another_thread(environ, start_response):
    """A body whose iterator is advanced by another thread at the same time."""
    ok(start_response)

    def blocks():
        for _ in range(200):
            yield b"x"

    body = blocks()
    stop = threading.Event()

    def work():
        while not stop.is_set():
            try:
                next(body)
            except StopIteration:
                return
            except ValueError:
                pass  # "generator already executing"

    threading.Thread(target=work).start()
    stop.set()
    return body


@pages.page
def collects(environ, start_response):
    gc.collect()
    ok(start_response)
    return [b"collected"]


@pages.page
def traces(environ, start_response):
    """Sees its frames and sets a trace function, as debuggers do."""
    frames = []
    sys.settrace(lambda *_: frames.append(1))
    (lambda: None)()
    sys.settrace(None)
    ok(start_response)
    return [str(bool(frames)).encode()]


@pages.page
def garbage(environ, start_response):
    """Leaves start_response in a cycle that only the collector ends."""
    ok(start_response)
    cycle = [environ, start_response]
    cycle.append(cycle)
    return [b"garbage"]


@pytest.mark.beyond
def test_a_thread_keeps_its_locals_between_requests(visit):
    # A server that makes a thread, or its state, for each request makes a database connection for
    # each.
    counts = [int(visit("keeps_thread").body) for _ in range(50)]  # on fewer threads
    assert max(counts) > 1, counts


@pytest.mark.beyond
def test_calls_have_threads_of_their_own(server, gate):
    clients = [Client(server.port) for _ in range(4)]
    for client in clients:
        client.request(f"/thread?gate={gate.port}")
    for _ in clients:
        gate.arrival()
    gate.open()
    threads = {client.response().body.split()[0] for client in clients}
    assert len(threads) == 4
    for client in clients:
        client.close()


def test_a_thread_of_an_application_outlives_its_request(visit, server, gate):
    assert visit(f"in_background?gate={gate.port}").body == b"started"
    assert gate.arrival() == "in the background"
    with Client(server.port) as client:
        assert client.exchange("/hello").body == b"hello"


@pytest.mark.beyond
def test_threads_may_read_the_input_together(visit):
    assert visit("reads_in_threads", "POST", body=b"x" * 200_000).body == b"200000"


@pytest.mark.beyond
def test_an_input_that_is_kept_gives_nothing_of_another_request(visit, server):
    for body in [b"secret one", b"x" * 100_000]:
        assert visit("keeps_input", "POST", body=body).body == b"kept"
        with Client(server.port) as client:
            answer = client.exchange("/uses_kept_input", "POST", body=b"of another").body
        assert b"of another" not in answer and b"keeps_input" in answer


@pytest.mark.parametrize("page, body", [
    ("runs_a_loop", b"from a coroutine"), ("collects", b"collected"), ("traces", b"True"),
    ("garbage", b"garbage")])
def test_python_works_as_anywhere(visit, page, body):
    for _ in range(3):
        assert visit(page).body == body


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_a_generator_that_another_thread_advances_harms_only_its_response(server):
    for _ in range(5):
        with Client(server.port) as client:
            client.request("/in_a_generator_of_another_thread", fields=[("Connection", "close")])
            assert client.rest().startswith(b"HTTP/1.1 ")
        with Client(server.port) as client:
            assert client.exchange("/hello").body == b"hello"
