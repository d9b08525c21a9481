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


# A program whose settings are mappings, but no dictionaries.
MAPPINGS = APP + """
import os, types, wsgi_rs

def named(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PLACE"].encode("latin-1")]

os.environ["PLACE"] = "/of-the-environment"
wsgi_rs.serve(app, bind="127.0.0.1:0", mount=types.MappingProxyType({"/named": named}),
              static=types.MappingProxyType({"/files": "."}), base_environ=os.environ)
"""


def test_settings_can_be_any_mappings(tmp_path):
    (tmp_path / "a.txt").write_text("a file")
    with Program(["-c", MAPPINGS], tmp_path) as program:
        assert program.get("/tea") == (200, b"/tea")
        assert program.get("/named") == (200, b"/of-the-environment")
        assert program.get("/files/a.txt") == (200, b"a file")
        assert program.stop() == 0


def assert_serves(program):
    with program:
        assert program.get("/tea") == (200, b"/tea")
        assert program.stop() == 0
