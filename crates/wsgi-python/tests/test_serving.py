"""The shortest way from an application to a response."""

from launch import Program, launched

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
    assert_serves(launched(tmp_path, APP))


def test_a_program_with_many_open_files_serves(tmp_path):
    assert_serves(Program(["-c", MANY_FILES], tmp_path))


def assert_serves(program):
    with program:
        assert program.get("/tea") == (200, b"/tea")
        assert program.stop() == 0
