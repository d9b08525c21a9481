"""TLS: client certificates, versions, tickets, redirects to https, and certificates made here."""

import base64
import hashlib
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys

import certificates
import pytest
from launch import PATIENCE, Program, eventually, launched, run

pytestmark = pytest.mark.xdist_group("tls")

APP = r"""
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    names = environ["QUERY_STRING"].split(",")
    return ["|".join(str(environ.get(name)) for name in names).encode("latin-1")]
"""

WAYS = pytest.mark.parametrize("more", [[], ["--workers", "2"]], ids=["alone", "workers"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    certificates.make(folder, "server")
    certificates.make(folder, "authority")
    certificates.make(folder, "client", "authority")
    certificates.make(folder, "stranger")
    return folder


TLS = ["--tls-cert", "server.pem", "--tls-key", "server.key"]


def get(site, context, path):
    """The body of a response by TLS."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1", site.port, timeout=PATIENCE, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


@WAYS
def test_a_client_needs_a_certificate(folder, more):
    with launched(folder, APP, *TLS, "--tls-client-ca", "authority.pem", *more) as site:
        query = "/?SSL_CLIENT_VERIFY,SSL_CLIENT_S_DN,HTTPS"
        known = certificates.client(folder, "server", "client")
        assert get(site, known, query) == b"SUCCESS|CN=client|on"
        for name in None, "stranger":
            with pytest.raises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
                get(site, certificates.client(folder, "server", name), query)
        assert site.stop() == 0, site.log()


def test_a_certificate_of_a_client_can_be_optional(folder):
    options = ["--tls-client-ca", "authority.pem", "--tls-client-auth", "optional"]
    with launched(folder, APP, *TLS, *options) as site:
        for name, verified in [(None, b"NONE"), ("client", b"SUCCESS")]:
            client = certificates.client(folder, "server", name)
            assert get(site, client, "/?SSL_CLIENT_VERIFY") == verified
        assert site.stop() == 0, site.log()


def test_older_versions_of_tls_are_refused(folder):
    old = certificates.client(folder, "server")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with launched(folder, APP, *TLS) as site:
        assert get(site, old, "/?SSL_PROTOCOL") == b"TLSv1.2"
    with launched(folder, APP, *TLS, "--tls-min-version", "1.3") as site:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            get(site, old, "/")
        assert get(site, certificates.client(folder, "server"), "/?SSL_PROTOCOL") == b"TLSv1.3"
        assert site.stop() == 0, site.log()


def test_a_server_with_the_same_ticket_keys_resumes_the_sessions_of_another(folder):
    (folder / "tickets").touch(0o600)
    (folder / "tickets").write_text(base64.b64encode(os.urandom(48)).decode() + "\n")
    client = certificates.client(folder, "server")
    client.maximum_version = ssl.TLSVersion.TLSv1_2  # its session is there after the handshake
    path = str(folder / "tls.sock")  # sessions belong to an address

    def session(former, *options):
        """The session of a connection to a new server, and whether it is the former one."""
        with launched(folder, APP, "--bind", f"unix:{path}", *TLS, *options) as site:
            site.wait_for("serving on unix:.* over HTTP with TLS")
            with socket.socket(socket.AF_UNIX) as plain:
                plain.settimeout(PATIENCE)
                plain.connect(path)
                with client.wrap_socket(plain, server_hostname="127.0.0.1",
                                        session=former) as secure:
                    result = secure.session, secure.session_reused
            assert site.stop() == 0, site.log()
            return result

    first, _ = session(None, "--tls-ticket-keys", "tickets")
    assert session(first, "--tls-ticket-keys", "tickets")[1]
    assert not session(first)[1], "it has keys of its own"


@WAYS
def test_http_is_redirected_to_https(folder, more):
    challenges = folder / ".well-known" / "acme-challenge"
    challenges.mkdir(parents=True, exist_ok=True)
    (challenges / "LoqXcYV8").write_text("LoqXcYV8.jxb1F7")
    options = ["--redirect-http", "127.0.0.1:0", "--acme-webroot", "."]
    with launched(folder, APP, *TLS, *options, *more) as site:
        served = site.wait_for("serving on https?://.*:(.*)/", 2)
        secure, plain = (int(match[1]) for match in served)
        client = certificates.client(folder, "server")
        assert get(site, client, "/?wsgi.url_scheme") == b"https"
        answers = []
        for path in "/a%20b?c", "/.well-known/acme-challenge/LoqXcYV8":
            connection = http.client.HTTPConnection("127.0.0.1", plain, timeout=PATIENCE)
            connection.request("GET", path)
            response = connection.getresponse()
            answers.append((response.status, response.getheader("Location"), response.read()))
            connection.close()
        assert answers[0][:2] == (308, f"https://127.0.0.1:{secure}/a%20b?c")
        assert answers[1] == (200, None, b"LoqXcYV8.jxb1F7")
        for scheme in "https", "http":
            assert site.log().count(f"serving on {scheme}://") == 1
        assert site.stop() == 0, site.log()


def test_a_redirect_can_name_another_port_and_stays_after_a_restart(folder):
    options = ["--redirect-http", "127.0.0.1:0", "--redirect-port", "8443"]
    with launched(folder, APP, *TLS, *options) as site:
        plain = int(site.wait_for("serving on http://.*:(.*)/")[0][1])

        def location():
            connection = http.client.HTTPConnection("127.0.0.1", plain, timeout=PATIENCE)
            connection.request("GET", "/", headers={"Connection": "close"})
            response = connection.getresponse()
            response.read()
            return response.getheader("Location")

        assert location() == "https://127.0.0.1:8443/"
        site.signal(signal.SIGUSR2)
        site.wait_for("restarted as process")
        eventually(lambda: location() == "https://127.0.0.1:8443/")
        assert get(site, certificates.client(folder, "server"), "/?wsgi.url_scheme") == b"https"
        assert site.stop() == 0, site.log()


def fingerprint(site):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", site.port), PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            der = secure.getpeercert(binary_form=True)
    digits = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digits[at:at + 2] for at in range(0, len(digits), 2))


@WAYS
def test_all_workers_have_the_certificate_that_was_made(tmp_path, more):
    with launched(tmp_path, APP, "--tls-self-signed", *more) as site:
        noted = site.wait_for("self-signed certificate for (.*); SHA-256 fingerprint (.*)")[0]
        assert noted[1] == "localhost, 127.0.0.1, ::1"
        assert {fingerprint(site) for _ in range(8)} == {noted[2]}
        assert site.stop() == 0, site.log()


@pytest.mark.parametrize("more, number", [
    ([], signal.SIGHUP), ([], signal.SIGUSR2), (["--workers", "1"], signal.SIGUSR2),
], ids=["alone-reload", "alone", "workers"])
def test_a_new_program_tells_of_its_own_certificate(tmp_path, more, number):
    with launched(tmp_path, APP, "--tls-self-signed", *more) as site:
        assert site.port
        site.signal(number)
        site.wait_for("restarted as process")
        first, second = (match[1] for match in site.wait_for("SHA-256 fingerprint (.*)", 2))
        assert first != second
        # The former one may take a client that has come meanwhile.
        eventually(lambda: fingerprint(site) == second)
        assert site.stop() == 0, site.log()


def test_a_certificate_that_was_made_is_checked(tmp_path):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    arguments = ["site_of_a_test:app", "--tls-self-signed", "--check-config"]
    code, text = run(tmp_path, *arguments)
    assert code == 0 and text.endswith("wsgi-rs: the configuration is valid\n")
    assert "by https" in text and "SHA-256 fingerprint" in text


@pytest.mark.parametrize("name, more, expected", [
    ("http", ["--tls-self-signed"], 1),
    ("http", ["--tls-self-signed", "--check-config"], 1),
    ("http", ["--check-config"], 0),
    ("http", ["--tls-self-signed", "--check-config", "--bind", ":0"], 0),
    ("https", ["--tls-self-signed", "--check-config"], 0),
    ("metrics", ["--tls-self-signed", "--check-config"], 0),
])
def test_a_socket_for_http_alone_is_refused_also_by_a_check(tmp_path, name, more, expected):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    program = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); "
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
        "os.environ.update(LISTEN_FDNAMES=sys.argv[2]); "
        "os.execv(sys.executable, [sys.executable, '-m', 'wsgi_rs', 'site_of_a_test:app', "
        "*sys.argv[3:]])"
    )
    with socket.create_server(("127.0.0.1", 0)) as passed:
        command = [sys.executable, "-c", program, str(passed.fileno()), name, *more]
        done = subprocess.run(command, cwd=tmp_path, pass_fds=[passed.fileno()], text=True,
                              capture_output=True, timeout=PATIENCE)
    problem = "wsgi-rs: error: cannot serve https: every inherited socket has the name http\n"
    assert done.returncode == expected, done.stderr
    assert done.stderr.endswith(problem if expected else "wsgi-rs: the configuration is valid\n")


def test_a_program_of_ones_own_serves_by_tls(tmp_path):
    source = APP + r"""
if __name__ == "__main__":
    import wsgi_rs
    wsgi_rs.serve(app, bind="127.0.0.1:0", tls_self_signed=True, redirect_http="127.0.0.1:0",
                  base_environ={"SHOP": "of tea"}, script_name="/shop")
"""
    (tmp_path / "own.py").write_text(source)
    with Program(["own.py"], tmp_path) as site:
        site.wait_for("self-signed certificate for")
        plain = site.wait_for("serving on http://127.0.0.1:(.*)/")[0][1]
        assert f"serving on https://127.0.0.1:{site.port}/" in site.log()
        assert int(plain) != site.port
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        assert get(site, context, "/shop/?SHOP,SCRIPT_NAME,PATH_INFO") == b"of tea|/shop|/"
        assert site.stop() == 0, site.log()
