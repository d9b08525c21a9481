"""Requests of one thread that follow each other: each has variables of its own, however much the
server keeps for the next one.
"""

import json
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
