"""The tests of Django with its live server replaced by ours.

    python live_django.py PATH/django/tests servers.tests.LiveServerViews ...
"""

import runpy
import sys
import threading

from embedded import start


class LiveServer(threading.Thread):
    """The thread that Django starts for a live server, with its interface."""

    def __init__(self, host, static_handler, connections_override=None, port=0):
        super().__init__()
        self.host, self.port, self.static_handler = host, port, static_handler
        self.connections_override = connections_override or {}
        self.is_ready = threading.Event()
        self.error = None
        self.server = None

    def run(self):
        from django.core.wsgi import WSGIHandler
        from django.test.testcases import _MediaFilesHandler

        try:
            self.handler = self.static_handler(_MediaFilesHandler(WSGIHandler()))
            self.server, self.port = start(self.application, self.port)
        except Exception as error:
            self.error = error
        self.is_ready.set()

    def application(self, environ, start_response):
        """Every thread of the server has the connections of the test."""
        from django.db import connections

        LiveServer.requests += 1
        for alias, connection in self.connections_override.items():
            connections[alias] = connection
        return self.handler(environ, start_response)

    def terminate(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.join()
        self.join()

    requests = 0


# Tests of Django's own server, by their names, and the reason for which ours differs.
DIFFERENT = {
    "LiveServerViews.test_closes_connection_without_content_length":
        "ours sends chunks and keeps the connection",
    "LiveServerViews.test_keep_alive_connection_clears_previous_request_data":
        "ours closes the connection if the client asks for it",
    "LiveServerViews.test_keep_alive_on_connection_with_content_length":
        "ours closes the connection if the client asks for it",
}


def leave_out(case):
    """Lets the tests above be skipped."""
    run = case.run

    def run_or_skip(self, result=None):
        name = ".".join(self.id().split(".")[-2:])
        if name in DIFFERENT:
            result.startTest(self)
            result.addSkip(self, DIFFERENT[name])
            result.stopTest(self)
            return None
        return run(self, result)

    case.run = run_or_skip


def main():
    tests, *labels = sys.argv[1:]
    sys.path.insert(0, tests)
    import django.test.testcases as testcases

    testcases.LiveServerThread = LiveServer
    testcases.LiveServerTestCase.server_thread_class = LiveServer
    leave_out(testcases.LiveServerTestCase)
    sys.argv = ["runtests.py", "--parallel=1", "--verbosity=1", *labels]
    try:
        runpy.run_path(f"{tests}/runtests.py", run_name="__main__")
    finally:
        print(f"{LiveServer.requests} requests went through the server")


if __name__ == "__main__":
    main()
