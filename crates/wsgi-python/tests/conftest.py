"""Options of all test suites. `conformance/conftest.py` has the fixtures of its own."""


def pytest_addoption(parser):
    parser.addoption("--server", default="wsgi-rs",
                     help="the server that `conformance` tests; by default wsgi-rs")
    parser.addoption("--results", help="a file for the outcomes of `conformance`, as JSON")
