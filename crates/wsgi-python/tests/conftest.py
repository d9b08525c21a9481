"""Options of all test suites. `conformance/conftest.py` has the fixtures of its own."""

import pytest


def pytest_addoption(parser):
    parser.addoption("--server", default="wsgi-rs",
                     help="the server that `conformance` tests; by default wsgi-rs")
    parser.addoption("--results", help="a file for the outcomes of `conformance`, as JSON")


@pytest.hookimpl(tryfirst=True)  # before a server is started
def pytest_runtest_setup(item):
    """Fails a test whose group has no effect, as xdist itself does not tell."""
    group = item.get_closest_marker("xdist_group")
    is_grouped = group is None or item.nodeid.endswith(f"@{group.args[0]}")
    if item.config.getoption("loadgroup", False) and not is_grouped:
        pytest.fail("the group of this test has no effect: this pytest-xdist does not fit this "
                    "pytest (see `requirements.txt`)", pytrace=False)
