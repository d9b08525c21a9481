"""Pages of program files, which the command gives back before its server starts."""

import sys

import pytest
from launch import Program, launched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="they stay on other systems")

# OpenSSL is needed by its import, and by no request.
IMPORTED = r"""
import re, ssl
from pathlib import Path

def resident():
    maps = Path("/proc/self/smaps").read_text()
    sizes = re.findall(r"^\S+ r.xp .*/libcrypto\b.*\n(?:\w+: .*\n)*?Rss: +(\d+) kB", maps, re.M)
    return sum(map(int, sizes))

BEFORE = resident()

def app(environ, start_response):
    start_response("200 OK", [])
    return [b"%d %d" % (BEFORE, resident())]
"""

# Another thread may change a page after the look at it.
THREADED = IMPORTED + """
import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
"""

# Its process goes on with other things, perhaps.
EMBEDDED = IMPORTED + """
import wsgi_rs

wsgi_rs.serve(app, "127.0.0.1:0")
"""

# Python's copyright is in a part of its file that nothing writes to.
CHANGED = """
import ctypes, mmap

copyright = ctypes.pythonapi.Py_GetCopyright
copyright.restype = ctypes.c_void_p
protect = ctypes.CDLL(None).mprotect
protect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
page = copyright() // mmap.PAGESIZE * mmap.PAGESIZE
assert protect(page, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE) == 0
ctypes.memmove(copyright(), b"K", 1)
assert protect(page, mmap.PAGESIZE, mmap.PROT_READ) == 0

def app(environ, start_response):
    start_response("200 OK", [])
    return [ctypes.string_at(copyright(), 9)]
"""


def share_that_stays(site):
    """The resident part of OpenSSL's code, by that of before the start."""
    before, after = map(int, site.get()[1].split())
    assert site.stop() == 0, site.log()
    if before == 0:
        pytest.skip("OpenSSL is not in a file of its own")
    return after / before


@pytest.mark.parametrize("options", [[], ["--workers", "1"], ["--access-log", "-"]])
def test_the_start_gives_pages_of_files_back(tmp_path, options):
    with launched(tmp_path, IMPORTED, *options) as site:
        assert share_that_stays(site) < 0.5


@pytest.mark.parametrize("processes", [[], ["--workers", "1"]])
def test_the_pages_of_a_process_with_threads_stay(tmp_path, processes):
    with launched(tmp_path, THREADED, *processes) as site:
        assert share_that_stays(site) > 0.5


def test_the_pages_of_a_process_stay_in_which_a_function_serves(tmp_path):
    with Program(["-c", EMBEDDED], tmp_path) as site:
        assert share_that_stays(site) > 0.5


def test_pages_that_were_changed_stay(tmp_path):
    with launched(tmp_path, CHANGED) as site:
        assert site.get() == (200, b"Kopyright")
        assert site.stop() == 0, site.log()
