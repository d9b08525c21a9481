"""Pages of program files, which are given back when the server starts."""

import sys

import pytest
from launch import launched

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


@pytest.mark.parametrize("processes", [[], ["--workers", "1"]])
def test_the_start_gives_pages_of_files_back(tmp_path, processes):
    with launched(tmp_path, IMPORTED, *processes) as site:
        before, after = map(int, site.get()[1].split())
        if before == 0:
            pytest.skip("OpenSSL is not in a file of its own")
        assert after < before / 2
        assert site.stop() == 0, site.log()


def test_pages_that_were_changed_stay(tmp_path):
    with launched(tmp_path, CHANGED) as site:
        assert site.get() == (200, b"Kopyright")
        assert site.stop() == 0, site.log()
