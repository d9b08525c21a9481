"""The shortest way from an application to a response."""

import re
import signal
import subprocess
import sys
import urllib.request

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode("latin-1")]
"""


def test_the_command_serves_where_it_says(tmp_path):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    command = [sys.executable, "-m", "wsgi_rs", "site_of_a_test:app", "--bind", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+/", line)[0]
        with urllib.request.urlopen(url + "tea", timeout=10) as response:
            assert response.read() == b"/tea"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
