"""A small site of each framework: pages, forms with files, streams, files, cookies, failures."""

import json
from pathlib import Path

import pytest

from servers import Server
from wire import Client

pytestmark = pytest.mark.xdist_group("examples")

HERE = Path(__file__).parent

SITES = {
    "bottle": "bottle_site:app",
    "django": "django_site:application",
    "flask": "flask_site:app",
    "pyramid": "pyramid_site:main()",
}

BOUNDARY = "a-boundary-of-a-test"

FORM = "".join([
    f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\ntea & milk\r\n",
    f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n",
    "Content-Type: application/octet-stream\r\n\r\n", "x" * 300_000, f"\r\n--{BOUNDARY}--\r\n",
]).encode()


@pytest.fixture(scope="module", params=list(SITES))
def site(request):
    server = Server("wsgi-rs", SITES[request.param], folder=HERE)
    server.source = HERE / f"{request.param}_site.py"
    yield server
    server.stop()


@pytest.fixture
def client(site):
    with Client(site.port) as client:
        yield client


def test_a_page_is_served(client):
    for name in ["Ada", "Grace"]:
        response = client.exchange(f"/hello/{name}")
        assert (response.status, response.body) == (200, f"Hello {name}!\n".encode())


def test_a_path_is_decoded_once(client):
    assert client.exchange("/hello/caf%C3%A9%2520").body == "Hello caf\u00e9%20!\n".encode()


def test_a_form_with_a_file_arrives(client):
    fields = [("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")]
    response = client.exchange("/form", "POST", fields=fields, body=FORM)
    assert json.loads(response.body) == {"text": "tea & milk", "file": 300_000}
    assert response.field("Set-Cookie").startswith(b"seen=yes")


def test_a_form_in_chunks_arrives(client):
    fields = [("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
              ("Transfer-Encoding", "chunked")]
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FORM), FORM)
    response = client.exchange("/form", "POST", fields=fields, body=body)
    # A framework may refuse a body without a length, but the connection goes on in step.
    assert response.status in (200, 400, 411, 413, 500)
    if response.status == 200:
        assert json.loads(response.body)["file"] == 300_000


def test_a_stream_arrives(client):
    response = client.exchange("/stream")
    assert response.is_chunked and response.body == b"line 0\nline 1\nline 2\n"


def test_a_file_arrives(site, client):
    for method in ["GET", "HEAD"]:
        response = client.exchange("/file", method)
        expected = site.source.read_bytes()
        assert response.field("Content-Length") == str(len(expected)).encode()
        assert response.body == (expected if method == "GET" else b"")


def test_a_page_that_does_not_exist_is_a_404(client):
    assert client.exchange("/nowhere").status == 404


def test_a_failure_is_logged_and_hidden(site, client):
    response = client.exchange("/fails")
    assert response.status == 500 and b"on purpose" not in response.body
    assert client.exchange("/hello/again").status == 200
