"""Requests of one thread that follow each other: each has variables of its own, however much the
server keeps for the next one.
"""

import json
import socket
from http.client import HTTPConnection

from launch import PATIENCE, launched

APP = """
import json

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    body = environ["wsgi.input"].read().decode()
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    return [json.dumps([texts, body]).encode()]
"""

# Requests, and the variables in which they differ. One that is None is left out.
REQUESTS = [
    ("GET", "/blog/a?b=c", None, {"Accept": "*/*", "X-Own": "1"},
     {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/blog", "PATH_INFO": "/a", "QUERY_STRING": "b=c",
      "HTTP_ACCEPT": "*/*", "HTTP_X_OWN": "1"}),
    ("GET", "/d", None, {},
     {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/d", "QUERY_STRING": ""}),
    ("POST", "/blog/", "tea", {"Content-Type": "text/plain", "Accept": "*/*"},
     {"REQUEST_METHOD": "POST", "SCRIPT_NAME": "/blog", "PATH_INFO": "/", "QUERY_STRING": "",
      "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "3", "HTTP_ACCEPT": "*/*"}),
    ("PUT", "/", "x" * 70, {"Content-Type": "a/" + "b" * 200, "X-Forwarded-Proto": "https"},
     {"REQUEST_METHOD": "PUT", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "",
      "CONTENT_TYPE": "a/" + "b" * 200, "CONTENT_LENGTH": "70", "HTTP_X_FORWARDED_PROTO": "https",
      "HTTPS": "on", "wsgi.url_scheme": "https"}),
    ("GET", "/", None, {"X-Forwarded-For": "192.0.2.7", "X-" + "n" * 100: "long"},
     {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "",
      "HTTP_X_FORWARDED_FOR": "192.0.2.7", "REMOTE_ADDR": "192.0.2.7", "REMOTE_PORT": None,
      "HTTP_X_" + "N" * 100: "long"}),
]


def test_a_request_has_nothing_of_those_before_it(tmp_path):
    arguments = ["--mount", "/blog=site_of_a_test:app", "--trust-proxy", "127.0.0.1"]
    with launched(tmp_path, APP, "--threads", "1", *arguments) as site:
        for round in range(3):
            connection = HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
            connection.connect()
            own = connection.sock.getsockname()[1]
            for method, target, body, fields, expected in REQUESTS:
                connection.request(method, target, body, fields)
                variables, read = json.loads(connection.getresponse().read())
                assert read == (body or "")
                all_expected = {
                    "HTTP_HOST": f"127.0.0.1:{site.port}",
                    "HTTP_ACCEPT_ENCODING": "identity",
                    "SERVER_NAME": "127.0.0.1",
                    "SERVER_PORT": str(site.port),
                    "SERVER_PROTOCOL": "HTTP/1.1",
                    "SERVER_SOFTWARE": variables["SERVER_SOFTWARE"],
                    "GATEWAY_INTERFACE": "CGI/1.1",
                    "REMOTE_ADDR": "127.0.0.1",
                    "REMOTE_PORT": str(own),
                    "REQUEST_URI": target,
                    "RAW_URI": target,
                    "wsgi.url_scheme": "http",
                    **expected,
                }
                present = {name: value for name, value in all_expected.items() if value is not None}
                assert variables == present, f"round {round}: {method} {target}"
            connection.close()


def test_a_request_without_a_host_has_not_that_of_the_one_before_it(tmp_path):
    requests = [
        (b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", "a.example"),
        (b"GET / HTTP/1.0\r\n\r\n", None),
    ]
    with launched(tmp_path, APP, "--threads", "1") as site:
        for request, host in requests * 2:
            with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as client:
                client.sendall(request)
                answer = b"".join(iter(lambda: client.recv(65536), b""))
            variables, _ = json.loads(answer.partition(b"\r\n\r\n")[2])
            assert variables.get("HTTP_HOST") == host
            assert variables["REMOTE_ADDR"] == "127.0.0.1"


HOSTILE = """
import json

kept = []

def app(environ, start_response):
    path, own = environ["PATH_INFO"], environ["wsgi.input"]
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    del texts["REQUEST_URI"], texts["RAW_URI"], texts["PATH_INFO"]
    flags = [environ["wsgi.version"], environ["wsgi.multithread"], environ["wsgi.run_once"]]
    former = [one["OWN"] for one, _ in kept], [stream.read().decode() for _, stream in kept]
    body = own.read().decode()
    if path == "/changes":
        environ.update({name: "changed" for name in environ})
    elif path == "/deletes":
        environ.clear()
    elif path == "/adds":
        environ.update({f"ADDED_{number}": "x" for number in range(1000)})
    environ["OWN"] = path
    kept.append((environ, own))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([texts, flags, body, former]).encode()]
"""


def test_a_request_is_unharmed_by_those_that_change_and_keep_their_environ(tmp_path):
    with launched(tmp_path, HOSTILE, "--threads", "1") as site:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)

        def visit(path, body):
            connection.request("POST" if body else "GET", path, body)
            return json.loads(connection.getresponse().read())

        paths = ["/", "/changes", "/deletes", "/adds"]
        for body in None, "tea":
            first = visit("/first", body)
            assert first[2] == (body or "") and first[0]["SERVER_NAME"] == "127.0.0.1"
            for path in 2 * paths:
                assert visit(path, body)[:3] == first[:3]
        _, _, _, (owns, rest) = visit("/", None)
        # Each kept its own, and nothing is left to read.
        assert owns == 2 * ["/first", *paths, *paths] and set(rest) == {""}
        connection.close()
        assert site.stop() == 0, site.log()
