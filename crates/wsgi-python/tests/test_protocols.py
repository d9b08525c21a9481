"""What a front server speaks, by its protocols or the PROXY protocol, and says of the site."""

import os
import signal
import socket

import pytest
from front_server import exchange, fastcgi, scgi, uwsgi
from launch import Program, launched

APP = r"""
def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    names = environ["QUERY_STRING"].split(",")
    values = [str(environ.get(name)) for name in names] + [str(len(body))]
    return ["|".join(values).encode("latin-1")]
"""

QUERY = "SCRIPT_NAME,PATH_INFO,REMOTE_ADDR"

WAYS = pytest.mark.parametrize("more", [[], ["--workers", "1"]], ids=["alone", "workers"])

VARIABLES = {
    "CONTENT_LENGTH": "3", "SCGI": "1", "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/shop",
    "PATH_INFO": "/tea", "QUERY_STRING": f"{QUERY},wsgi.run_once", "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_NAME": "a", "SERVER_PORT": "80", "REMOTE_ADDR": "192.0.2.7",
    # The server's own value holds.
    "wsgi.run_once": "yes",
}

ANSWER = b"/shop|/tea|192.0.2.7|False|3"

SCGI = scgi(VARIABLES, b"abc")

UWSGI = uwsgi(VARIABLES, b"abc")

FASTCGI = fastcgi(VARIABLES, b"abc")


@WAYS
@pytest.mark.parametrize("protocol, name, request_bytes", [
    ("scgi", "SCGI", SCGI), ("uwsgi", "uwsgi", UWSGI), ("fastcgi", "FastCGI", FASTCGI),
], ids=["scgi", "uwsgi", "fastcgi"])
def test_a_front_server_speaks_another_protocol(tmp_path, protocol, name, request_bytes, more):
    with launched(tmp_path, APP, "--protocol", protocol, *more) as site:
        port = int(site.wait_for(f"serving on 127.0.0.1:(.*) over {name}$")[0][1])
        assert ANSWER in exchange(("127.0.0.1", port), request_bytes)
        assert site.stop() == 0, site.log()


@pytest.mark.parametrize("length", [127, 128, 255, 256, 10_000])
def test_a_long_parameter_of_fastcgi_arrives(tmp_path, length):
    value = "x" * length
    variables = VARIABLES | {"QUERY_STRING": "HTTP_X_LONG", "HTTP_X_LONG": value}
    with launched(tmp_path, APP, "--protocol", "fastcgi") as site:
        port = int(site.wait_for("serving on 127.0.0.1:(.*) over FastCGI$")[0][1])
        answer = exchange(("127.0.0.1", port), fastcgi(variables, b"abc"))
        assert f"\r\n{value}|3".encode() in answer, answer


FAILING = r"""
def app(environ, start_response):
    environ["wsgi.errors"].write("a line of the application\n")
    raise RuntimeError("on purpose")
"""


@WAYS
def test_the_front_server_has_the_whole_log_of_a_request_of_fastcgi(tmp_path, more):
    with launched(tmp_path, FAILING, "--protocol", "fastcgi", *more) as site:
        port = int(site.wait_for("serving on 127.0.0.1:(.*) over FastCGI$")[0][1])
        log = exchange(("127.0.0.1", port), FASTCGI)
        line, failure = b"a line of the application\n", b"RuntimeError: on purpose"
        assert -1 < log.find(line) < log.find(failure), log
        assert "a line" not in site.log()
        assert site.stop() == 0, site.log()


FLUSHING = r"""
import os

def app(environ, start_response):
    environ["wsgi.errors"].write("the last words\n")
    environ["wsgi.errors"].flush()
    os._exit(3)
"""


def test_errors_that_are_flushed_are_written_at_once_with_fastcgi(tmp_path):
    with launched(tmp_path, FLUSHING, "--protocol", "fastcgi") as site:
        port = int(site.wait_for("serving on 127.0.0.1:(.*) over FastCGI$")[0][1])
        answered(("127.0.0.1", port))
        assert site.wait() == 3
        site.wait_for("^the last words")


@WAYS
def test_a_front_server_passes_its_socket_as_standard_input(tmp_path, more):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    path = str(tmp_path / "fastcgi.sock")
    command = ["-m", "wsgi_rs", "site_of_a_test:app", *more]
    with socket.socket(socket.AF_UNIX) as passed:
        passed.bind(path)
        passed.listen()
        site = Program(command, tmp_path, stdin=passed)
    with site:
        assert site.wait_for("serving on")[0].string == (
            f"wsgi-rs: serving on unix:{path} over FastCGI")
        assert ANSWER in exchange(path, FASTCGI)
        assert site.stop() == 0, site.log()


def answered(address):
    try:
        return exchange(address, FASTCGI)
    except ConnectionError:  # it is closed
        return b""


@WAYS
@pytest.mark.parametrize("web_servers, is_served", [
    ("192.0.2.7,127.0.0.1", True), ("192.0.2.7", False),
], ids=["named", "other"])
def test_only_the_web_servers_of_the_environment_may_connect(
    tmp_path, web_servers, is_served, more
):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    command = ["-m", "wsgi_rs", "site_of_a_test:app", *more]
    environment = {**os.environ, "FCGI_WEB_SERVER_ADDRS": web_servers}
    with socket.create_server(("127.0.0.1", 0)) as passed:
        address = passed.getsockname()
        site = Program(command, tmp_path, environment, stdin=passed)
    with site:
        site.wait_for("serving on .* over FastCGI$")
        assert (ANSWER in answered(address)) == is_served
        site.signal(signal.SIGUSR2)
        site.wait_for("^wsgi-rs: restarted as process")
        assert (ANSWER in answered(address)) == is_served
        assert site.stop() == 0, site.log()


@WAYS
def test_a_proxy_names_the_client_by_its_own_protocol(tmp_path, more):
    request = (f"GET /tea?{QUERY},HTTP_X_FORWARDED_FOR HTTP/1.1\r\nHost: a\r\n"
               "X-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n")
    header = "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n"
    options = ["--proxy-protocol", "--trust-proxy", "127.0.0.1"]
    with launched(tmp_path, APP, *options, *more) as site:
        place = site.wait_for("serving on 127.0.0.1:(.*) over HTTP after the PROXY protocol$")
        address = ("127.0.0.1", int(place[0][1]))
        answer = exchange(address, (header + request).encode())
        assert answer.endswith(b"|/tea|192.0.2.7|None|0"), answer
        try:
            assert b"/tea" not in exchange(address, request.encode())
        except ConnectionResetError:
            pass  # it is cut
        assert site.stop() == 0, site.log()


def test_a_front_server_has_mounted_the_site(tmp_path):
    with launched(tmp_path, APP, "--script-name", "/shop") as site:
        assert site.get("/shop/tea?SCRIPT_NAME,PATH_INFO")[1] == b"/shop|/tea|0"


def test_variables_are_added_to_each_environ(tmp_path):
    added = ["SHOP=tea, and cups", "PATH_INFO=/other"]  # that of the request holds
    query = "/tea?SHOP,PATH_INFO"
    with launched(tmp_path, APP, *(f"--base-environ={one}" for one in added)) as site:
        assert site.get(query)[1] == b"tea, and cups|/tea|0"
    variable = {**os.environ, "WSGI_RS_BASE_ENVIRON": "SHOP=tea, and cups"}
    with launched(tmp_path, APP, env=variable) as site:
        assert site.get(query)[1] == b"tea, and cups|/tea|0"
    (tmp_path / "all.toml").write_text('base-environ = { SHOP = "tea, and cups", B = "1" }\n')
    with launched(tmp_path, APP, "--config", "all.toml") as site:
        assert site.get("/tea?SHOP,B")[1] == b"tea, and cups|1|0"


def test_large_bodies_are_received_before_the_call(tmp_path):
    bodies = tmp_path / "bodies"
    bodies.mkdir()
    options = ["--spool-bodies", "yes", "--spool-dir", str(bodies), "--spool-limit", "1MiB"]
    with launched(tmp_path, APP, *options) as site:
        assert site.get("/?PATH_INFO", "POST", b"x" * 900_000) == (200, b"/|900000")
        in_chunks = iter([b"x" * 450_000] * 2)
        assert site.get("/?CONTENT_LENGTH", "POST", in_chunks) == (200, b"900000|900000")
        request = (b"POST /?PATH_INFO HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n"
                   b"Expect: 100-continue\r\nConnection: close\r\n\r\n")
        assert exchange(("127.0.0.1", site.port), request).startswith(b"HTTP/1.1 413 ")
        assert site.stop() == 0, site.log()
