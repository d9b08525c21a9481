"""Front servers and load balancers: who may connect, and who notices that the server ends."""

import os
import signal
import socket
import stat
import time

import pytest
from launch import PATIENCE, eventually, launched, run

APP = r"""
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]
"""

WORKERS = pytest.mark.parametrize("more", [[], ["--workers", "2"]], ids=["alone", "workers"])


def test_the_access_to_a_unix_socket_is_that_of_the_options(tmp_path):
    path = tmp_path / "site.sock"
    group = os.getgroups()[0] if os.getgroups() else os.getgid()
    options = ["--bind", f"unix:{path}", "--socket-mode", "0666", "--socket-owner",
               str(os.getuid()), "--socket-group", str(group)]
    with launched(tmp_path, APP, *options) as site:
        site.wait_for("serving on unix:")
        status = path.stat()
        assert stat.S_IMODE(status.st_mode) == 0o666
        assert (status.st_uid, status.st_gid) == (os.getuid(), group)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(path))
            client.sendall(b"GET /a HTTP/1.0\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
        assert site.stop() == 0


def test_nobody_else_may_connect_by_default(tmp_path):
    path = tmp_path / "site.sock"
    with launched(tmp_path, APP, "--bind", f"unix:{path}") as site:
        site.wait_for("serving on unix:")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("options, problem", [
    (["--socket-mode", "660"], "--socket-mode needs --bind unix:PATH"),
    (["--bind", "unix:a", "--socket-mode", "rw"], "--socket-mode takes permissions such as 660"),
    (["--bind", "unix:a", "--socket-mode", "8"], "--socket-mode takes permissions such as 660"),
    (["--bind", "unix:a", "--socket-group", "no such group"],
     "--socket-group takes the name or the number of a group"),
    (["--bind", "unix:a", "--socket-owner", ""],
     "--socket-owner takes the name or the number of a user"),
])
def test_a_wrong_access_is_one_line(tmp_path, options, problem):
    code, errors = run(tmp_path, "site_of_a_test:app", *options)
    assert code == 2 and errors.count("\n") == 1 and problem in errors, errors
    assert not (tmp_path / "a").exists()


@WORKERS
def test_a_load_balancer_has_the_time_of_the_delay_to_notice(tmp_path, more):
    # Nothing here takes as long as the delay. The second signal ends it.
    with launched(tmp_path, APP, "--health", "--drain-delay", "600", *more) as site:
        assert site.get("/livez") == (200, b"live\n")
        assert site.get("/readyz") == (200, b"ready\n")
        site.signal(signal.SIGTERM)
        eventually(lambda: site.get("/readyz")[0] == 503)
        assert site.get("/livez") == (200, b"live\n")
        assert site.get("/page") == (200, b"/page")
        site.signal(signal.SIGTERM)
        assert site.wait() == 1


@WORKERS
def test_the_end_comes_after_the_delay(tmp_path, more):
    with launched(tmp_path, APP, "--drain-delay", "1", *more) as site:
        assert site.get("/page")[0] == 200
        begin = time.monotonic()
        site.signal(signal.SIGTERM)
        assert site.wait() == 0
        assert time.monotonic() - begin >= 1


def test_without_the_option_the_paths_are_the_applications(tmp_path):
    with launched(tmp_path, APP) as site:
        assert site.get("/readyz") == (200, b"/readyz")
