"""The test clients of frameworks, through a real server.

A test client calls an application in the process, without a server. Here the call becomes a request
of HTTP to a server of this process, which calls the application on a thread of its own. What the
client put into the environ and no HTTP carries, such as a callable, is added there; the exception
of an application, which a test may expect, is raised again here.

It is a plugin of pytest: `BRIDGE=werkzeug pytest -p bridge`, or `BRIDGE=webob`.
"""

import http.client
import itertools
import os
import threading
from urllib.parse import quote, urlsplit

from embedded import start

MARK = "X-Bridge"

# Variables of the server that a request cannot choose, and of the client that must be kept.
OF_THE_CLIENT = ("REMOTE_ADDR", "REMOTE_PORT", "REMOTE_USER", "SERVER_NAME", "SERVER_PORT",
                 "SCRIPT_NAME", "PATH_INFO", "HTTPS")


class Bridge:
    """A server, and the calls that are under way."""

    def __init__(self):
        self.calls = {}
        self.numbers = itertools.count()
        self.requests = 0
        self.server, self.port = start(self.application)

    def application(self, environ, start_response):
        call = self.calls[environ.pop("HTTP_" + MARK.upper().replace("-", "_"))]
        return call.answer(environ, start_response)

    def request(self, application, environ):
        """The status, the fields and the body of the answer to a request."""
        number = str(next(self.numbers))
        self.calls[number] = call = Call(application, environ)
        try:
            answer = call.ask(self.port, number)
        finally:
            del self.calls[number]
        self.requests += 1
        if call.error is not None:
            raise call.error
        return answer


class Call:
    """One call of an application."""

    def __init__(self, application, environ):
        self.application, self.environ = application, environ
        self.error = None
        self.own_fields = None
        self.ended = threading.Event()

    def ask(self, port, number):
        """The side of the client."""
        environ = self.environ
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        target = target_of(environ)
        connection.putrequest(environ["REQUEST_METHOD"], target, skip_host=True,
                              skip_accept_encoding=True)
        connection.putheader(MARK, number)
        host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "localhost")
        connection.putheader("Host", host.encode("latin-1"))
        for name, value in environ.items():
            if name.startswith("HTTP_") and name not in ("HTTP_HOST", "HTTP_CONNECTION"):
                name = name[5:].replace("_", "-").title()
                if name not in ("Transfer-Encoding", "Expect", "Proxy"):
                    connection.putheader(name, value.encode("latin-1"))
        if environ.get("CONTENT_TYPE"):
            connection.putheader("Content-Type", environ["CONTENT_TYPE"].encode("latin-1"))
        body = self.body()
        if body or environ.get("CONTENT_LENGTH"):
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        try:
            content = response.read()
        except http.client.IncompleteRead as error:
            content = error.partial
        connection.close()
        self.ended.wait(30)
        own = self.own_fields or set()
        return f"{response.status} {response.reason}", self.fields(response, own), content

    def body(self):
        stream = self.environ.get("wsgi.input")
        length = self.environ.get("CONTENT_LENGTH")
        if stream is None or not (length or self.environ.get("wsgi.input_terminated")):
            return b""
        position = stream.tell() if hasattr(stream, "tell") else None
        body = stream.read(int(length)) if length else stream.read()
        if position is not None:
            stream.seek(position)  # for a client that repeats the request after a redirect
        return body

    def fields(self, response, own):
        """The fields of the response, without those that the server added."""
        added = {"date", "server", "connection", "content-length", "transfer-encoding"} - own
        return [(name, value) for name, value in response.getheaders() if name.lower() not in added]

    def answer(self, environ, start_response):
        """The side of the application, on a thread of the server."""
        def start(status, headers, exc_info=None):
            if exc_info:
                self.error = exc_info[1] if len(exc_info) == 3 else None
            if isinstance(status, bytes):  # as applications of WebTest's tests give it
                status = status.decode("latin-1")
            self.own_fields = {name.lower() for name, _ in headers}
            return start_response(status, headers, exc_info)

        try:
            for name, value in self.environ.items():
                if name not in environ or name in OF_THE_CLIENT:
                    environ[name] = value
            environ["wsgi.errors"] = self.environ.get("wsgi.errors", environ["wsgi.errors"])
            environ["wsgi.url_scheme"] = self.environ.get("wsgi.url_scheme", "http")
            result = self.application(environ, start)
        except BaseException as error:
            self.error = error
            self.ended.set()
            raise
        return Result(self, result)


def target_of(environ):
    """The target of a request line: as the client gives it, or from the parts of the path."""
    target = environ.get("REQUEST_URI")
    if not target:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        target = quote(path, safe="/:;=@,~!$&'()*+", encoding="latin-1")
        if environ.get("QUERY_STRING"):
            target += "?" + environ["QUERY_STRING"]
    return quote("/" + target.lstrip("/"), safe="/%?:;=@,~!$&'()*+[]", encoding="latin-1")


class Result:
    """The body of an application. It keeps the exception of a step."""

    def __init__(self, call, result):
        self.call, self.result = call, result

    def __iter__(self):
        try:
            yield from self.result
        except Exception as error:
            self.call.error = error
            raise

    def close(self):
        try:
            if hasattr(self.result, "close"):
                self.result.close()
        except BaseException as error:
            self.call.error = error
        finally:
            self.call.ended.set()


_bridge = None


def bridge():
    global _bridge
    if _bridge is None:
        _bridge = Bridge()
    return _bridge


def through_werkzeug():
    """Werkzeug's test client, which is also Flask's."""
    from werkzeug.datastructures import Headers
    from werkzeug.test import Client
    from werkzeug.wsgi import get_current_url

    def run_wsgi_app(self, environ, buffered=False):
        self._add_cookies_to_wsgi(environ)
        status, fields, body = bridge().request(self.application, environ.copy())
        answer = iter([body]), status, Headers(fields)
        url = urlsplit(get_current_url(environ))
        self._update_cookies_from_response(
            url.hostname or "localhost", url.path, answer[2].getlist("Set-Cookie"))
        return answer

    Client.run_wsgi_app = run_wsgi_app


def through_webob():
    """WebOb's requests, which WebTest sends."""
    import webob.request

    def call_application(self, application, catch_exc_info=False):
        if self.is_body_seekable:
            self.body_file_raw.seek(0)
        status, fields, body = bridge().request(application, self.environ)
        answer = status, fields, [body]
        return (*answer, None) if catch_exc_info else answer

    webob.request.BaseRequest.call_application = call_application


def pytest_configure(config):
    {"werkzeug": through_werkzeug, "webob": through_webob}[os.environ["BRIDGE"]]()


def pytest_terminal_summary(terminalreporter):
    count = _bridge.requests if _bridge else 0
    terminalreporter.write_line(f"{count} requests went through the server")
