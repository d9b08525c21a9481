"""The fixtures of the suite. `../conftest.py` has its option `--server`."""

import json
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent

sys.path.insert(0, str(HERE))

from gate import Gate
from servers import Server
from wire import PATIENCE, Client


def pytest_configure(config):
    for line in [
        "should: PEP 3333 recommends this behaviour; without a mark, it demands it",
        "beyond: PEP 3333 does not ask for this behaviour; other standards or safety do",
        "ours: only wsgi-rs is asked for this",
        "unwrapped: the application is not tested with wsgiref.validate around it",
    ]:
        config.addinivalue_line("markers", line)


# The outcome of each test: whether setup, call and teardown passed.
OUTCOMES = {}


def pytest_runtest_logreport(report):
    if report.when == "call" or report.failed:
        OUTCOMES[report.nodeid] = OUTCOMES.get(report.nodeid, True) and report.passed


def pytest_sessionfinish(session):
    path = session.config.getoption("--results")
    if path:
        rows = [
            {"id": item.nodeid, "passed": OUTCOMES.get(item.nodeid, False), "level": level(item)}
            for item in session.items
        ]
        Path(path).write_text(json.dumps(rows))


def level(item):
    """How much PEP 3333 wants a behaviour."""
    return next((name for name in ["beyond", "should"] if item.get_closest_marker(name)), "must")


def pytest_generate_tests(metafunc):
    """Runs each test with the application as it is, and again with the validator around it."""
    if "visit" in metafunc.fixturenames:
        ways = ["plain"]
        if metafunc.definition.get_closest_marker("unwrapped") is None:
            ways.append("validated")
        metafunc.parametrize("way", ways, indirect=True)


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
    if config.getoption("--server") != "wsgi-rs":
        others = [item for item in items if item.get_closest_marker("ours")]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture
def way(request):
    return "/validated" if request.param == "validated" else ""


@pytest.fixture(scope="module")
def running(request):
    """The holder of the server of a module. It starts again after a crash."""
    holder = []
    yield holder
    for server in holder:
        server.stop()


@pytest.fixture
def server(request, running):
    if not running or not running[-1].is_ready():
        for crashed in running:
            crashed.stop()
        target = f"{request.module.__name__}:pages"
        running.append(Server(request.config.getoption("--server"), target))
    server = running[-1]
    yield server
    assert server.is_ready(), f"the server crashed:\n{server.log()[-2000:]}"


@pytest.fixture
def client(server):
    with Client(server.port) as client:
        yield client


@pytest.fixture
def visit(client, way):
    """Requests a page of the module, and returns the response."""

    def visit(page, method="GET", **request):
        client.request(f"{way}/{page}", method, **request)
        if not client.buffer and not client.more():
            # A server may end a connection after any response.
            client.reconnect()
            client.request(f"{way}/{page}", method, **request)
        return client.response(method)

    visit.client = client
    visit.way = way
    return visit


@pytest.fixture
def notes(server):
    """Reads what an application of the module noted."""

    def notes(name):
        with Client(server.port) as client:
            return json.loads(client.exchange(f"/notes/{name}").body)

    return notes


@pytest.fixture
def logged(server):
    """Waits until the server's output since the start of the test has a text."""
    before = len(server.log())

    def logged(text, start=before):
        deadline = time.monotonic() + PATIENCE
        while text not in server.log()[start:]:
            assert time.monotonic() < deadline, f"{text!r} is not in {server.log()[start:]!r}"
            time.sleep(0.005)
        return server.log()[start:]

    return logged


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.close()
