"""Files in `wsgi.file_wrapper`."""

import gzip
import sys

import pytest
from launch import launched

SITE = r"""
import gzip, io, tempfile

class Own:
    # A file of the system, and a `read` of its own.
    def __init__(self):
        self.inner = open("text", "rb")
    def fileno(self):
        return self.inner.fileno()
    def tell(self):
        return self.inner.tell()
    def read(self, size):
        return self.inner.read(size).upper()
    def close(self):
        print("own is closed", file=__import__("sys").stderr, flush=True)
        self.inner.close()

class Around:
    # As `Own`, and the file is known by the name that temporary files have for theirs.
    def __init__(self):
        self.file = open("text", "rb")
    def read(self, size):
        return self.file.read(size).upper()

class Proxy:
    # As the files of Django.
    def __init__(self):
        self.file = open("text", "rb")
    read = property(lambda self: self.file.read)

def temporary():
    file = tempfile.NamedTemporaryFile()
    file.write(b"temporary")
    file.seek(4)
    return file

def moved():
    file = open("text", "rb")
    file.read(3)
    return file

def replaced():
    file = open("text", "rb")
    read = file.read
    file.read = lambda size: read(size).upper()
    return file

def temporary_replaced():
    file = temporary()
    read = file.read
    file.read = lambda size: read(size).upper()
    return file

def changed(file):
    # What was written here is in the buffer alone: `seek` has moved in what was read before.
    file.write(b"some text")
    file.seek(0)
    file.read(1)
    file.seek(0)
    file.write(b"SOME")
    file.seek(2)
    return file

def written():
    file = open("written", "wb", buffering=0)
    file.write(b"some text")
    return file

FILES = {
    "changed": lambda: changed(tempfile.TemporaryFile()),
    "temporary_changed": lambda: changed(tempfile.NamedTemporaryFile()),
    "written": written,
    "plain": lambda: open("text", "rb"),
    "unbuffered": lambda: open("text", "rb", buffering=0),
    "moved": moved,
    "temporary": temporary,
    "empty": lambda: open("empty", "rb"),
    "made": lambda: open("/proc/self/cmdline", "rb"),
    "shorter": lambda: open("/sys/devices/system/cpu/online", "rb"),
    "gzip": lambda: gzip.open("text.gz"),
    "memory": lambda: io.BytesIO(b"memory"),
    "own": Own,
    "around": Around,
    "proxy": Proxy,
    "replaced": replaced,
    "temporary_replaced": temporary_replaced,
}

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return environ["wsgi.file_wrapper"](FILES[environ["QUERY_STRING"]]())
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "text").write_bytes(b"some text\n")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text.gz").write_bytes(gzip.compress(b"inflated"))
    with launched(tmp_path, SITE) as site:
        yield site
        assert site.stop() == 0


@pytest.mark.parametrize("kind, content", [
    ("plain", b"some text\n"),
    ("unbuffered", b"some text\n"),
    ("moved", b"e text\n"),
    ("temporary", b"orary"),
    ("changed", b"ME text"),
    ("temporary_changed", b"ME text"),
    ("empty", b""),
    ("gzip", b"inflated"),
    ("memory", b"memory"),
    ("own", b"SOME TEXT\n"),
    ("around", b"SOME TEXT\n"),
    ("proxy", b"some text\n"),
    ("replaced", b"SOME TEXT\n"),
    ("temporary_replaced", b"ORARY"),
])
def test_a_file_has_what_its_read_gives(site, kind, content):
    assert site.get(f"/?{kind}") == (200, content)


def test_a_file_that_cannot_be_read_fails(site):
    assert site.get("/?written")[0] == 500
    site.wait_for("UnsupportedOperation: File not open for reading")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_file_that_the_system_makes_as_it_is_read_is_sent(site):
    status, content = site.get("/?made")
    assert status == 200 and b"python" in content


@pytest.mark.skipif(sys.platform != "linux", reason="needs /sys")
def test_a_file_that_is_shorter_than_the_system_says_is_sent(site):
    with open("/sys/devices/system/cpu/online", "rb") as shorter:
        assert site.get("/?shorter") == (200, shorter.read())


def test_a_file_is_closed(site):
    site.get("/?own")
    site.wait_for("own is closed")
