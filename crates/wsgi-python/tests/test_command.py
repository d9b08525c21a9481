"""The command: its options, and one readable line for each mistake."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from launch import PATIENCE, Program, launched, run

APP = r"""
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    names = environ["QUERY_STRING"].split(",")
    return ["|".join(str(environ.get(name)) for name in names).encode("latin-1")]

def factory():
    return app

not_callable = 7

class Asynchronous:
    async def __call__(self, scope, receive, send):
        pass

asynchronous = Asynchronous()

async def generator(environ, start_response):
    yield b""
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "site_of_a_test.py").write_text(APP)
    (tmp_path / "broken.py").write_text("import no_such_module_at_all\n")
    (tmp_path / "wrong.py").write_text("def app(:\n")
    (tmp_path / "exits.py").write_text("import sys; sys.exit(9)\n")
    (tmp_path / "project").mkdir()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "site.py").write_text(APP)
    (tmp_path / "options.toml").write_text('app = "site_of_a_test:app"\nthreads = "x"\n')
    (tmp_path / "unknown.toml").write_text('app = "site_of_a_test:app"\nthraeds = 3\n')
    (tmp_path / "latin-1.toml").write_bytes('server-software = "caf\u00e9"\n'.encode("latin-1"))
    return tmp_path


MISTAKES = [
    ("no application", [], 2, "name an application"),
    ("no module", ["nope:app"], 1, "there is no module 'nope'"),
    ("a file", ["site_of_a_test.py:app"], 1,
     "there is no module 'site_of_a_test.py'; did you mean 'site_of_a_test:app'?"),
    ("a file alone", ["site_of_a_test.py"], 1, "did you mean 'site_of_a_test'?"),
    ("a file in a folder", ["./shop/site.py:app"], 1, "did you mean 'shop.site:app'?"),
    ("a file that is not there", ["nope.py:app"], 1,
     "there is no module 'nope' (for 'nope.py:app')"),
    ("the present folder", ["."], 1, "there is no manage.py of a Django project in the folder '.'"),
    ("a relative module", [".site_of_a_test:app"], 1, "names no module; the form is module:app"),
    ("no attribute", ["site_of_a_test:nope"], 1, "the module 'site_of_a_test' has no 'nope'"),
    ("not callable", ["site_of_a_test:not_callable"], 1, "is not callable"),
    ("an application of ASGI", ["site_of_a_test:asynchronous"], 1, "is asynchronous, such as"),
    ("an asynchronous generator", ["site_of_a_test:generator"], 1, "is asynchronous, such as"),
    ("a module that fails", ["broken:app"], 1, "No module named 'no_such_module_at_all'"),
    ("a syntax error", ["wrong:app"], 1, "SyntaxError"),
    ("a module that exits", ["exits:app"], 1, "SystemExit: 9"),
    ("a wrong number", ["site_of_a_test:app", "--threads", "0"], 2,
     "--threads takes a number of at least 1, not '0'"),
    ("an unknown option", ["site_of_a_test:app", "--thread", "2"], 2,
     "unknown option '--thread'; did you mean --threads?"),
    ("a wrong address", ["site_of_a_test:app", "--bind", "nowhere"], 2, "--bind takes an address"),
    ("a host that is unknown", ["site_of_a_test:app", "--bind", "host.invalid:0"], 1,
     "cannot listen on host.invalid:0"),
    ("a certificate alone", ["site_of_a_test:app", "--tls-cert", "a.pem"], 2,
     "--tls-cert needs --tls-key: name the file"),
    ("no such certificate", ["site_of_a_test:app", "--tls-cert", "a.pem", "--tls-key", "a.pem"], 1,
     "a.pem"),
    ("a wrong network", ["site_of_a_test:app", "--trust-proxy", "10.0.0.1/8"], 2,
     "--trust-proxy takes a network by its first address, 10.0.0.0/8, not '10.0.0.1/8'"),
    ("an option that needs another", ["site_of_a_test:app", "--forwarded-by", "forwarded"], 2,
     "--forwarded-by needs --trust-proxy"),
    ("a folder without a project", ["project/"], 1,
     "there is no manage.py of a Django project in the folder 'project/'"),
    ("no folder of a project", ["nowhere/"], 1, "there is no folder 'nowhere/'"),
    ("no folder", ["site_of_a_test:app", "--static", "/a=/no/such/folder"], 1,
     "error: cannot serve /no/such/folder: No such file or directory"),
    ("no folder to change to", ["site_of_a_test:app", "--chdir", "no/such"], 1,
     "error: cannot change to the folder no/such: No such file or directory"),
    ("no folder for the log", ["site_of_a_test:app", "--access-log", "/no/such/folder/log"], 1,
     "error: cannot open the access log /no/such/folder/log: No such file or directory"),
    ("a wrong mount", ["--mount", "blog=site_of_a_test:app"], 2,
     "--mount takes /prefix=module:app"),
    ("two folders at a prefix", ["site_of_a_test:app", "--static", "/a=.", "--static", "/a/=.."], 2,
     "--static names the prefix /a twice"),
    ("two applications at a prefix", ["--mount", "/a=site_of_a_test", "--mount", "/a=wrong"], 2,
     "--mount names the prefix /a twice"),
    ("two applications at the root", ["site_of_a_test:app", "--mount", "/=site_of_a_test:app"], 2,
     "--mount names the prefix / beside an application"),
    ("a folder in place of the application", ["site_of_a_test:app", "--static", "/=."], 2,
     "--static names the prefix / beside an application"),
    ("an application and a folder at a prefix",
     ["--mount", "/a/=site_of_a_test:app", "--static", "/a=."], 2,
     "--mount and --static name the same prefix /a; choose another one for --static"),
    ("no file of options", ["--config", "nope.toml"], 1, "cannot read nope.toml"),
    ("a file of options that is not UTF-8", ["--config", "latin-1.toml"], 2,
     "latin-1.toml: 'utf-8' codec can't decode"),
    ("a wrong value in the file", ["--config", "options.toml"], 2,
     "options.toml: threads takes a number"),
    ("an unknown key in the file", ["--config", "unknown.toml"], 2,
     "there is no option 'thraeds'; did you mean threads?"),
]


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]], ids=["alone", "workers"])
@pytest.mark.parametrize("arguments, code, text", [row[1:] for row in MISTAKES],
                         ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_one_readable_line_and_an_exit_code(folder, arguments, code, text, workers):
    # A port of its own, as other programs may have the usual one.
    env = {**os.environ, "WSGI_RS_BIND": "127.0.0.1:0"}
    ended, log = run(folder, *arguments, *workers, env=env)
    assert ended == code, log
    errors = [line for line in log.splitlines() if line.startswith("wsgi-rs: error: ")]
    assert len(errors) == 1 and text in errors[0], log
    assert "serving on" not in log


def test_an_address_in_use_is_said(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        code, log = run(folder, "site_of_a_test:app", "--bind", address)
    assert (code, log) == (1, f"wsgi-rs: error: cannot listen on {address}: "
                              "Address already in use (os error 98)\n")


def test_a_configuration_is_checked_without_serving(folder):
    app = "site_of_a_test:app"
    assert run(folder, app, "--check-config") == (
        0, f"wsgi-rs: would serve {app} on 127.0.0.1:8000 by http, unless it inherits a socket\n"
           "wsgi-rs: the configuration is valid\n")
    more = ["--bind", "unix:a.sock", "--bind", ":8080", "--mount", "/b=site_of_a_test:factory()",
            "--workers", "3", "--access-log", "log", "--pid-file", "pid", "--metrics",
            "127.0.0.1:9100", "--protocol", "scgi"]
    code, text = run(folder, app, *more, "--check-config")
    assert (code, text.splitlines()) == (0, [
        f"wsgi-rs: would serve site_of_a_test:factory(), {app} on unix:a.sock, :8080 by SCGI",
        "wsgi-rs: workers: 3",
        "wsgi-rs: access log: log",
        "wsgi-rs: pid file: pid",
        "wsgi-rs: numbers: 127.0.0.1:9100",
        "wsgi-rs: the configuration is valid",
    ])
    assert not {"log", "pid", "a.sock"} & {path.name for path in folder.iterdir()}
    environment = {**os.environ, "WSGI_RS_CHECK_CONFIG": "yes"}
    assert run(folder, app, env=environment)[0] == 0


@pytest.mark.parametrize("more, problem", [
    (["--bind", "192.0.2.1:80"], "cannot listen on 192.0.2.1:80: Cannot assign requested address"),
    (["--bind", "host.invalid:80"], "cannot listen on host.invalid:80: "),
    (["--bind", "unix:no/a.sock"], "cannot listen on unix:no/a.sock: there is no folder no"),
    (["--bind", "unix:site_of_a_test.py"], "cannot listen on unix:site_of_a_test.py: it is not a "
     "socket and is not replaced"),
    (["--metrics", "192.0.2.1:80"], "cannot listen on 192.0.2.1:80: Cannot assign requested"),
    (["--bind", f"unix:{'a' * 200}"], f"cannot listen on unix:{'a' * 200}: the path has "),
    (["--metrics", f"unix:{'a' * 200}"], f"cannot listen on unix:{'a' * 200}: the path has "),
    (["--access-log", "no/log"], "cannot write the access log no/log: there is no folder no"),
    (["--pid-file", "."], "cannot write the pid file .: it is a folder"),
])
def test_a_check_finds_what_could_not_be_used(folder, more, problem):
    code, text = run(folder, "site_of_a_test:app", *more, "--check-config")
    assert code == 1 and text.startswith(f"wsgi-rs: error: {problem}"), text
    assert run(folder, "site_of_a_test:nope", "--check-config")[0] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs capabilities")
@pytest.mark.parametrize("more, problem", [
    (["--bind", "127.0.0.1:1"], "127.0.0.1:1: Permission denied"),
    (["--bind", ":1"], ":1: Permission denied"),
    (["--bind", "127.0.0.1:0", "--metrics", "127.0.0.1:1"], "127.0.0.1:1: Permission denied"),
    (["--bind", "unix:a.sock", "--socket-owner", "4242424"],
     "unix:a.sock: only root can make 4242424 its owner"),
    (["--bind", "unix:a.sock", "--socket-group", "4242424"],
     "unix:a.sock: this process is not in the group 4242424"),
])
def test_a_check_finds_what_only_root_may_do(folder, more, problem):
    if ":1:" in problem:
        first_free = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        if int(first_free.read_text()) <= 1:
            pytest.skip("every port is free to everybody")
    wrapper = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv")
        wrapper = ["setpriv", "--bounding-set", "-chown,-net_bind_service"]
    command = [*wrapper, sys.executable, "-m", "wsgi_rs", "site_of_a_test:app", *more]
    for arguments, said in [["--check-config"], problem], [[], "cannot listen on "]:
        done = subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True,
                              timeout=PATIENCE)
        assert done.returncode == 1 and said in done.stderr, done.stderr


def test_a_check_finds_a_service_manager_without_an_address(folder):
    environment = {**os.environ, "NOTIFY_SOCKET": "relative"}
    for more in [["--check-config"], ["--bind", "127.0.0.1:0"]]:
        code, text = run(folder, "site_of_a_test:app", *more, env=environment)
        assert code == 1 and "NOTIFY_SOCKET is neither" in text


def test_options_come_from_the_line_or_the_environment_or_the_file(folder):
    (folder / "all.toml").write_text(
        'app = "site_of_a_test:app"\nserver-software = "of-the-file"\nthreads = 1\n')
    environment = dict(os.environ, WSGI_RS_SERVER_SOFTWARE="of-the-environment")
    query = "/?SERVER_SOFTWARE,wsgi.multithread"
    with launched(folder, APP, "--config", "all.toml") as site:
        assert site.get(query)[1] == b"of-the-file|False"
    with launched(folder, APP, "--config", "all.toml", env=environment) as site:
        assert site.get(query)[1] == b"of-the-environment|False"
    line = ["--config", "all.toml", "--server-software", "of-the-line", "--threads", "2"]
    with launched(folder, APP, *line, env=environment) as site:
        assert site.get(query)[1] == b"of-the-line|True"


def test_a_stuck_call_beside_the_next_one_counts_as_a_thread(folder):
    query = "/?wsgi.multithread"
    with launched(folder, APP, "--threads", "1", "--request-timeout", "30") as site:
        assert site.get(query)[1] == b"True"
    with launched(folder, APP, "--threads", "1") as site:
        assert site.get(query)[1] == b"False"


def test_applications_and_folders_have_their_prefixes(folder):
    (folder / "files").mkdir()
    (folder / "files" / "a.css").write_text("body {}")
    arguments = ["--mount", "/blog=site_of_a_test:factory()", "--static", "/assets=files"]
    with launched(folder, APP, *arguments) as site:
        query = "?SCRIPT_NAME,PATH_INFO"
        assert site.get("/blog/x" + query)[1] == b"/blog|/x"
        assert site.get("/x" + query)[1] == b"|/x"
        assert site.get("/assets/a.css") == (200, b"body {}")
        assert site.get("/assets/b.css")[0] == 404
        assert site.stop() == 0


@pytest.mark.parametrize("more", [[], ["--workers", "1", "--preload"]], ids=["alone", "preloaded"])
def test_a_site_is_in_another_folder(folder, more):
    source = APP.replace("str(environ.get(name))", "__import__('os').getcwd()")
    (folder / "deployed").mkdir()
    (folder / "deployed" / "files").mkdir()
    (folder / "deployed" / "files" / "a.css").write_text("body {}")
    (folder / "deployed" / "another_site.py").write_text(source)
    (folder / "all.toml").write_text('app = "another_site:app"\nchdir = "deployed"\n')
    options = ["--config", "all.toml", "--static", "/a=files", "--pid-file", "pid"]
    arguments = ["-m", "wsgi_rs", "--bind", "127.0.0.1:0", *options, *more]
    with Program(arguments, folder) as site:
        assert site.get("/?x") == (200, str(folder / "deployed").encode())
        assert site.get("/a/a.css") == (200, b"body {}")
        assert int((folder / "deployed" / "pid").read_text()) == site.process.pid
        # The new program starts in the first folder, and changes it again.
        site.signal(signal.SIGUSR2)
        site.wait_for("restarted as process")
        assert site.get("/?x") == (200, str(folder / "deployed").encode())
        assert site.stop() == 0, site.log()
    code, log = run(folder, *options, "--check-config")
    assert (code, "is valid" in log) == (0, True), log


def test_browsers_keep_static_files(folder):
    (folder / "kept").mkdir()
    for name in "a.css", "app.3f9c2b1a.js":
        (folder / "kept" / name).write_text("x")

    def kept(site, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/assets/{name}") as response:
            return response.headers["Cache-Control"]

    static = ["--static", "/assets=kept"]
    with launched(folder, APP, *static, "--static-cache", "600") as site:
        assert kept(site, "a.css") == "max-age=600"
        assert kept(site, "app.3f9c2b1a.js") == "public, max-age=31536000, immutable"
    with launched(folder, APP, *static, "--static-cache", "0") as site:
        assert kept(site, "app.3f9c2b1a.js") == "no-cache"
    with launched(folder, APP, *static, "--static-cache", "0.5") as site:
        assert kept(site, "a.css") == "max-age=1"
    with launched(folder, APP, *static) as site:
        assert kept(site, "a.css") is None


def test_a_trusted_proxy_names_the_client(folder):
    forwarded = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    query = "/?REMOTE_ADDR,wsgi.url_scheme"
    with launched(folder, APP, "--trust-proxy", "127.0.0.1") as site:
        assert site.get(query, headers=forwarded)[1] == b"192.0.2.7|https"
    with launched(folder, APP) as site:
        assert site.get(query, headers=forwarded)[1] == b"127.0.0.1|http"


def test_a_host_and_a_prefix_of_a_trusted_proxy_count_only_if_they_shall(folder):
    forwarded = {"X-Forwarded-Host": "other.example", "X-Forwarded-Prefix": "/app"}
    query, trust = "/?HTTP_HOST,SCRIPT_NAME", ["--trust-proxy", "127.0.0.1"]
    with launched(folder, APP, *trust) as site:
        expected = f"127.0.0.1:{site.port}|".encode()
        assert site.get(query, headers=forwarded)[1] == expected
    trust += ["--trust-forwarded-host", "yes", "--trust-forwarded-prefix", "yes"]
    with launched(folder, APP, *trust) as site:
        assert site.get(query, headers=forwarded)[1] == b"other.example|/app"


def test_the_access_log_has_a_line_for_each_request(folder):
    arguments = ["--access-log", "access.log", "--access-log-format", "common"]
    with launched(folder, APP, *arguments) as site:
        site.get("/tea?a")
        assert site.stop() == 0
    assert '"GET /tea?a HTTP/1.1" 200 4' in (folder / "access.log").read_text()


def test_the_access_log_has_the_combined_format_unless_it_is_told_another_one(folder):
    with launched(folder, APP, "--access-log", "access.log") as site:
        site.get("/tea?a", headers={"User-Agent": "a kettle"})
        assert site.stop() == 0
    log = (folder / "access.log").read_text()
    assert log.endswith('"GET /tea?a HTTP/1.1" 200 4 "-" "a kettle"\n')


def test_the_access_log_has_a_format_in_the_notation_of_apache(folder):
    arguments = ["--access-log", "access.log", "--access-log-format", '%h "%r" %>s %{X-Shop}i']
    with launched(folder, APP, *arguments) as site:
        site.get("/tea?a", headers={"X-Shop": "tea"})
        assert site.stop() == 0
    line = '127.0.0.1 "GET /tea?a HTTP/1.1" 200 tea\n'
    assert (folder / "access.log").read_text() == line


def test_the_validator_finds_a_mistake(folder):
    source = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"of what type?"]
"""
    with launched(folder, source, "--validate") as site:
        assert site.get()[0] == 500
        site.wait_for("Content-Type")


def test_https_in_one_command(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=folder, check=True, capture_output=True)
    context = ssl.create_default_context(cafile=folder / "cert.pem")
    for workers in [], ["--workers", "1"]:
        arguments = ["--tls-cert", "cert.pem", "--tls-key", "key.pem", *workers]
        with launched(folder, APP, *arguments) as site:
            url = f"https://127.0.0.1:{site.port}/?wsgi.url_scheme"
            with urllib.request.urlopen(url, context=context, timeout=PATIENCE) as response:
                assert response.read() == b"https"
            assert site.stop() == 0


def test_a_unix_socket_is_served_and_removed(folder):
    with launched(folder, APP, "--bind", "unix:app.sock") as site:
        site.wait_for("serving on unix:")
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(folder / "app.sock"))
            client.sendall(b"GET /?PATH_INFO HTTP/1.0\r\n\r\n")
            assert client.makefile("rb").read().endswith(b"\r\n\r\n/")
        assert site.stop() == 0
    assert not (folder / "app.sock").exists()


def test_the_sockets_of_a_service_manager_are_served(folder):
    program = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); "
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
        "os.execv(sys.executable, [sys.executable, '-m', 'wsgi_rs', 'site_of_a_test:app'])"
    )
    with socket.create_server(("127.0.0.1", 0)) as passed:
        arguments = ["-c", program, str(passed.fileno())]
        with Program(arguments, folder, pass_fds=[passed.fileno()]) as site:
            assert site.port == passed.getsockname()[1]
            assert site.get("/?PATH_INFO") == (200, b"/")
            assert site.stop() == 0


def test_the_readme_has_every_option():
    from pathlib import Path

    from wsgi_rs.options import ALL

    readme = (Path(__file__).parent.parent / "README.md").read_text()
    for option in ALL:
        value = f" {option.value}" if option.value else ""
        row = f"| `{option.flag}{value.replace('|', '` or `')}` | {option.help} |"
        assert row in readme, row


def test_the_readme_tells_of_every_option_of_the_program_wsgi():
    import re
    from pathlib import Path

    from wsgi_rs.options import BY_KEY

    crate = Path(__file__).parent.parent
    sources = crate.parent / "wsgi-cli" / "src"
    files = ["command/site_options.rs", "command/static_files.rs", "command/visitors.rs",
             "command/configuration.rs", "serving_options/*.rs", "tls.rs", "proxies.rs", "logs.rs"]
    text = "".join(path.read_text() for name in files for path in sources.glob(name))
    options = {name.lower() for name in re.findall(r'env = "WSGI_(\w+)"', text)}
    assert {"bind", "listing", "tls_cert", "trust_proxy", "access_log", "spool_dir"} <= options
    readme = (crate / "README.md").read_text()
    table = readme.partition("## From the program wsgi\n")[2].partition("\n## ")[0]
    for key in options - BY_KEY.keys() - {"check_config"}:
        assert f"`--{key.replace('_', '-')}" in table, key


# What these cost, a server that does not need them saves.
COSTLY = {"argparse", "difflib", "ipaddress", "random", "re", "shutil", "socket", "ssl", "tempfile",
          "textwrap", "tomllib", "traceback"}

MODULES = r"""
import sys

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(sys.modules).encode()]
"""


def test_a_server_imports_no_module_that_it_does_not_need(tmp_path):
    bare = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"],
                          capture_output=True, text=True, check=True).stdout
    with launched(tmp_path, MODULES) as site:
        status, body = site.get()
    assert status == 200, body
    imported = body.decode()
    assert "wsgi_rs" in imported.split()
    assert (set(imported.split()) - set(bare.split())) & COSTLY == set()


def test_the_words_of_a_command_line_are_told_apart():
    from wsgi_rs.command_line import CommandLine

    given = CommandLine(["--bind=:1", "a:b", "--bind", ":2", "--access-log", "-", "--preload",
                         "--threads", "1", "--threads=2", "--check-config"])
    assert (given.app, given.check_config, given.version) == ("a:b", True, False)
    assert given.texts == {"bind": [":1", ":2"], "access_log": "-", "preload": True,
                           "threads": "2"}
    given = CommandLine(["--config", "c", "--", "--odd"])
    assert (given.app, given.config, given.texts) == ("--odd", "c", {})


def test_a_value_with_a_hyphen_is_told_from_an_option():
    from wsgi_rs.command_line import CommandLine
    from wsgi_rs.options import OptionError

    for text in "-my server", "--my server", "-", "-1", "-.5", "-1x":
        assert CommandLine(["--server-software", text]).texts == {"server_software": text}
    assert CommandLine(["--base-environ", "-x y=1"]).texts == {"base_environ": ["-x y=1"]}
    for text in "-x", "-.", "-.x", "--preload", "--bind=a b", "--config=a b", "--":
        with pytest.raises(OptionError, match="^--server-software needs a value$"):
            CommandLine(["--server-software", text])


@pytest.mark.parametrize("arguments", [
    ["--help"], ["-h"], ["--bogus", "--help"], ["a:b", "c:d", "-h"], ["--bind", "--help"],
])
def test_help_is_shown_also_beside_mistakes(arguments, capsys):
    from wsgi_rs.command_line import CommandLine

    with pytest.raises(SystemExit) as ended:
        CommandLine(arguments)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: wsgi-rs [OPTIONS] [APP]\n")


def test_help_takes_no_value():
    from wsgi_rs.command_line import CommandLine
    from wsgi_rs.options import OptionError

    for argument in "--help=1", "-h=1", "--help=":
        with pytest.raises(OptionError, match="takes no value$"):
            CommandLine([argument])
    assert CommandLine(["--", "--help"]).app == "--help"
