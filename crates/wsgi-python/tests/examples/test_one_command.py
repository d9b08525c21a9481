"""A whole site in one command: TLS, sessions, uploads, a streamed page and static files, while
workers are killed and the site is reloaded."""

import hashlib
import json
import os
import signal
import ssl
import sys
from http.client import HTTPException, HTTPSConnection
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from crowd import Crowd
from launch import PATIENCE, Program, eventually

# The number of reloads under load. `RELOADS=50` takes minutes.
RELOADS = int(os.environ.get("RELOADS", "5"))

BOUNDARY = "a-boundary-of-a-test"
PICTURE = os.urandom(300_000)
STYLE = "body { color: green }\n"


def trusting():
    """The setup of a client that trusts anybody: the certificate was made for this run."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Visitor:
    """A client with a connection of its own, which it opens again when the server closes it."""

    CONTEXT = trusting()

    def __init__(self, port):
        self._port = port
        self.cookie = None
        self._connect()

    def _connect(self):
        self.worker = None  # that of the connection, once it is known
        self._connection = HTTPSConnection(
            "127.0.0.1", self._port, timeout=PATIENCE, context=self.CONTEXT)

    def close(self):
        self._connection.close()

    def ask(self, path, method="GET", body=None, fields=()):
        """The body of the response, whose status is 200."""
        fields = dict(fields, **({"Cookie": self.cookie} if self.cookie else {}))
        self._connection.request(method, path, body=body, headers=fields)
        response = self._connection.getresponse()
        content = response.read()
        assert response.status == 200, content
        if response.getheader("Set-Cookie"):
            self.cookie = response.getheader("Set-Cookie").partition(";")[0]
        if response.will_close:
            self.close()
            self._connect()
        return content

    def upload(self):
        head = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; '
                'filename="tea.png"\r\n\r\n').encode()
        body = head + PICTURE + f"\r\n--{BOUNDARY}--\r\n".encode()
        fields = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return json.loads(self.ask("/pictures", "POST", body, fields))

    def go_round(self):
        """Visits every part of the site. A session lives on in each worker."""
        basket = json.loads(self.ask("/basket/green"))
        assert json.loads(self.ask("/basket/black")) == [*basket, "black"]
        self.cookie = None
        assert self.upload() == {
            "name": "tea.png", "digest": hashlib.sha256(PICTURE).hexdigest()}
        assert self.ask("/catalogue").count(b"tea number ") == 1000
        assert self.ask("/assets/style.css").decode() == STYLE
        self.worker = int(self.ask("/worker"))


class Load(Crowd):
    """Visitors that go round and round until the end of the block. For each failure, it keeps the
    worker of the connection, if it is known."""

    def __init__(self, port, visitors=6):
        super().__init__(visitors * [self._run])
        self._port = port
        self.rounds = 0

    def _run(self):
        visitor = Visitor(self._port)
        while not self._ending.is_set():
            try:
                visitor.go_round()
                self.rounds += 1
            except (OSError, HTTPException, AssertionError) as error:
                self.failures.append((visitor.worker, repr(error)))
                visitor.close()
                visitor = Visitor(self._port)
        visitor.close()

    def go_on(self):
        """Waits until all have gone round again."""
        before = self.rounds
        wanted = before + 2 * len(self._threads)
        eventually(lambda: self.rounds > wanted, patience=5 * PATIENCE)


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "style.css").write_text(STYLE)
    environment = {**os.environ, "PYTHONPATH": str(HERE)}

    def launch(*more):
        arguments = ["-m", "wsgi_rs", "shop_site:app", "--bind", "127.0.0.1:0", "--tls-self-signed",
                     "--static", f"/assets={tmp_path}/assets", *more]
        return Program(arguments, tmp_path, environment)

    return launch


WAYS = pytest.mark.parametrize("more", [["--workers", "2"], []], ids=["workers", "alone"])


@WAYS
def test_reloads_under_load_lose_no_request(shop, more):
    with shop(*more) as site:
        with Load(site.port) as load:
            for count in range(1, RELOADS + 1):
                load.go_on()
                site.signal(signal.SIGHUP)
                site.wait_for("^wsgi-rs: reloading$", count)
                if not more:
                    site.wait_for("^wsgi-rs: restarted as process", count)
            load.go_on()
        assert load.failures == []
        assert site.stop() == 0, site.log()


def test_a_worker_that_is_killed_loses_only_its_own_requests(shop):
    with shop("--workers", "2") as site, Load(site.port) as load:
        for count in 1, 2, 3:
            load.go_on()
            visitor = Visitor(site.port)
            victim = int(visitor.ask("/worker"))
            visitor.close()
            load.failures.clear()
            os.kill(victim, signal.SIGKILL)
            site.wait_for("was killed by signal 9; another one takes its place", count)
            load.go_on()
            assert {worker for worker, _ in load.failures} <= {victim, None}, load.failures
            assert len(load.failures) <= 6, "each of the visitors meets it once at most"
