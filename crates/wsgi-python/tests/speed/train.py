"""Visits servers as the visitors of sites do, so that a compiler learns which code runs often.

    python train.py

`maturin build --release --pgo` runs it with a wheel that counts. Code that no visit needs is
compiled for size, and put apart from the rest. So there is a visit here for each thing that a busy
site may do. How often hardly matters.
"""

import ssl
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

HERE = Path(__file__).parent

sys.path.insert(0, str(HERE.parent))

from front_server import exchange, fastcgi, scgi, uwsgi
from launch import PATIENCE, Program

CONNECTIONS = 16

# What a browser sends.
FIELDS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5", "Accept-Encoding": "gzip, deflate, br, zstd",
    "Cookie": "session=0123456789abcdef0123456789abcdef", "Upgrade-Insecure-Requests": "1",
    "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https",
}

VARIABLES = {
    "CONTENT_LENGTH": "3", "SCGI": "1", "REQUEST_METHOD": "POST", "SCRIPT_NAME": "",
    "PATH_INFO": "/post", "QUERY_STRING": "a=b", "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_NAME": "a", "SERVER_PORT": "80", "REMOTE_ADDR": "192.0.2.7",
    **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in FIELDS.items()},
}

# A method, a path, a body, a status, and the requests on each connection.
VISITS = [
    ("GET", "/hello", None, 200, 1000),
    ("GET", "/hello?query=a%20b", None, 200, 100),
    ("HEAD", "/hello", None, 200, 50),
    ("POST", "/post", b"x" * 10240, 200, 200),
    ("POST", "/post", b"x" * (1 << 20), 200, 1),
    ("GET", "/generator", None, 200, 200),
    ("GET", "/sleep", None, 200, 20),
    ("GET", "/body", None, 200, 1),
    ("GET", "/file", None, 200, 1),
    ("GET", "/static/page.css", None, 200, 50),
    ("GET", "/no%20such%20page", None, 500, 20),
]


def main():
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.css").write_text("p { color: red }\n" * 100)
        static = ["--static", f"/static={folder}"]
        visit_site(static)
        visit_site([*static, "--trust-proxy", "127.0.0.1", "--access-log", f"{folder}/log",
                    "--health", "--request-timeout", "60", "--metrics", "127.0.0.1:0"])
        visit_site([*static, "--tls-self-signed"], context=of_anyone())
    visit_behind("fastcgi", fastcgi(VARIABLES, b"abc"))
    visit_behind("scgi", scgi(VARIABLES, b"abc"))
    visit_behind("uwsgi", uwsgi(VARIABLES, b"abc"))


@contextmanager
def served(options):
    """A running server. Its counts are written when it ends."""
    arguments = ["-m", "wsgi_rs", "speed_site:app", "--bind", "127.0.0.1:0", *options]
    with Program(arguments, HERE) as site:
        yield site
        code = site.stop()
        assert code == 0, site.log()


def visit_site(options, context=None):
    """Visits a site as browsers do, by https if there is a context of TLS."""
    with served(options) as site:
        def connection():
            if context:
                return HTTPSConnection("127.0.0.1", site.port, timeout=PATIENCE, context=context)
            return HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)

        at_once(CONNECTIONS, lambda: stay(connection()))


def stay(client):
    """Makes all visits on one connection."""
    for method, path, body, status, count in VISITS:
        for _ in range(count):
            client.request(method, path, body=body, headers=FIELDS)
            response = client.getresponse()
            response.read()
            assert response.status == status, (path, response.status)
    client.close()


def visit_behind(protocol, request):
    """Visits a server as a front server does, with a connection for each request."""
    with served(["--protocol", protocol]) as site:
        port = int(site.wait_for(r"serving on 127\.0\.0\.1:(\d+) over")[0][1])

        def once():
            assert b"200" in exchange(("127.0.0.1", port), request)

        at_once(1000, once)


def at_once(count, call):
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(call) for _ in range(count)]:
            done.result()


def of_anyone():
    """The setup of a client that takes a certificate of anyone."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    main()
