"""The shortest way from an application to a response."""

import re
import signal
import subprocess
import sys
import urllib.request

from launch import PATIENCE

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode("latin-1")]
"""


# A program that serves while it holds more descriptors than select() can wait for.
MANY_FILES = APP + """
import os, resource, wsgi_rs

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (2000, hard))
kept = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
wsgi_rs.serve(app, bind="127.0.0.1:0")
"""


def test_the_command_serves_where_it_says(tmp_path):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    arguments = ["-m", "wsgi_rs", "site_of_a_test:app", "--bind", "127.0.0.1:0"]
    assert_serves([sys.executable, *arguments], tmp_path)


def test_a_program_with_many_open_files_serves(tmp_path):
    assert_serves([sys.executable, "-c", MANY_FILES], tmp_path)


def assert_serves(command, tmp_path):
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+/", line)[0]
        with urllib.request.urlopen(url + "tea", timeout=PATIENCE) as response:
            assert response.read() == b"/tea"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
