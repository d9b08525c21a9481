"""Each option refuses a value that it does not take, by one line that says what it takes."""

import asyncio
import os
from functools import partial, wraps
from types import MethodType

import pytest
from launch import run
from wsgi_rs.configuration import configure
from wsgi_rs.options import ALL, OptionError


NUMBER = "a number of at least 0"
ONE = "a number of at least 1"
SECONDS = "a number of seconds from 0 to 31536000, such as 30 or 0.5"
BYTES = "a number of bytes, such as 65536 or 10MiB"
ADDRESS = "a host and a port, such as 127.0.0.1:8080 or :80"
HOST = "an address with a host, such as 127.0.0.1:9100, or unix:PATH"

# What the options take, and values that they refuse.
WRONG = {
    "bind": ("an address such as 127.0.0.1:8000, :8000 or unix:/run/app.sock",
             ["", "8000", "localhost:http", "localhost:65536", "::1:80", "[::1:80", "unix:"]),
    "protocol": ("http, fastcgi, scgi or uwsgi", ["HTTP", "ajp", ""]),
    "socket-mode": ("permissions such as 660", ["rw", "888", "1777", "00660", ""]),
    "socket-owner": ("the name or the number of a user", ["no-such-user-here", ""]),
    "socket-group": ("the name or the number of a group", ["no-such-group-here", ""]),
    "mount": ("/prefix=module:app", ["blog=a:b", "/blog", "/blog="]),
    "static": ("/prefix=DIR", ["a=b", "/a", "/a="]),
    "threads": (ONE, ["0", "-1", "many", "", "1_0", "9" * 30]),
    "max-stuck-threads": (NUMBER, ["-1", "1.5", ""]),
    "max-waiting": (NUMBER, ["-1", ""]),
    "workers": (ONE, ["0", "auto"]),
    "max-requests": (ONE, ["0"]),
    "max-requests-jitter": (NUMBER, ["-1"]),
    "max-rss": (BYTES, ["-1", "1GB", "1.5MiB", "KiB", "1 Ki B"]),
    "metrics": (HOST, [":9100", "9100", ""]),
    "tls-client-auth": ("optional or required", ["never", ""]),
    "tls-min-version": ("1.2 or 1.3", ["1.1", "TLS1.3", ""]),
    "redirect-http": (ADDRESS, ["80", "unix:/a", "unix:80", ""]),
    "redirect-port": ("a number from 1 to 65535", ["0", "65536", "https", ""]),
    "trust-proxy": ("an IP address, a network such as 10.0.0.0/8, or unix",
                    ["", "localhost", "10.0.0.0/33", "10.0.0.0/255.0.0.0",
                     "10.0.0.0/", "fe80::1%eth0", "unix:/a"]),
    "forwarded-by": ("x-forwarded or forwarded", ["x"]),
    "trust-forwarded-host": ("yes or no", ["maybe"]),
    "trust-forwarded-prefix": ("yes or no", ["2"]),
    "access-log-format": ("common, combined, json or a format such as '%h %t \"%r\" %>s'",
                          ["apache"]),
    "max-connections": (ONE, ["0"]),
    "max-connections-per-address": (ONE, ["0"]),
    "max-requests-per-connection": (ONE, ["0"]),
    "min-rate": (BYTES, ["fast"]),
    "max-target-bytes": ("a number of bytes of at least 1, such as 8192 or 8KiB", ["0", ""]),
    "max-head-bytes": ("a number of bytes from 1 to 4294967295, such as 32768 or 32KiB",
                       ["0", "4GiB", "4294967296"]),
    "max-fields": ("a number from 1 to 256", ["0", "257", ""]),
    "max-params": ("a number from 1 to 1024", ["0", "1025"]),
    "max-interleaved": ("a number from 0 to 4294967295", ["-1", "4294967296"]),
    "max-body-bytes": (BYTES, ["-1", "1GB", f"{2**63}"]),
    "spool-bodies": ("yes or no", ["often"]),
    "spool-limit": (BYTES, ["some"]),
    "script-name": ("a path such as /demo", ["demo", ""]),
    "base-environ": ("NAME=VALUE, of which no name begins with wsgi.",
                     ["NAME", "=x", "", "wsgi.multithread=x"]),
    "server-software": ("a name without control characters", ["a\nb", "a\x7f"]),
}
TIMES = (SECONDS, ["", "-1", "5s", "nan", "inf", "1e3", "1_0", " 1", "31536001"])
WRONG.update({option.name: TIMES for option in ALL if option.value == "SECONDS"})
TIMEOUT = "a number of seconds above 0 and up to 31536000, such as 30 or 0.5"
WRONG.update({name: (TIMEOUT, ["0", "0.0", *TIMES[1]])
              for name in ("request-timeout", "response-timeout", "start-timeout",
                           "first-request-timeout", "handshake-timeout", "head-timeout",
                           "body-timeout", "write-timeout")})
PATHS = ("a path", [""])
WRONG.update({option.name: PATHS for option in ALL
              if option.value in ("FILE", "DIR") and option.name not in WRONG})


def test_every_option_with_a_value_is_tried():
    assert {option.name for option in ALL if option.value} == set(WRONG)


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_value_that_an_option_does_not_take_is_refused(name):
    takes, values = WRONG[name]
    for value in values:
        line = ["a:b", f"--{name}={value}"]
        with pytest.raises(OptionError) as refusal:
            configure(line, {})
        assert str(refusal.value) == f"--{name} takes {takes}, not {value!r}"


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_variable_with_such_a_value_is_refused(name):
    takes, values = WRONG[name]
    variable = "WSGI_RS_" + name.upper().replace("-", "_")
    with pytest.raises(OptionError) as refusal:
        configure(["a:b"], {variable: values[0]})
    assert str(refusal.value) == f"{variable} takes {takes}, not {values[0]!r}"


@pytest.mark.parametrize("line, sentence", [
    # TOML's 0o660 is the number 432, whose digits would be other permissions.
    ("socket-mode = 0o660", 'takes permissions in quotes, such as "660", not a number'),
    ("socket-mode = 660", 'takes permissions in quotes, such as "660", not a number'),
    ("socket-mode = true", "takes permissions such as 660, not 'yes'"),
    ("pid-file = ['a']", "takes a text or a number, not a list"),
    ("bind = [['127.0.0.1:80']]", "takes a text or a number, not a list"),
    ("static = { '/a' = { b = 1 } }", "takes a text or a number, not a table"),
    ("access-log = 2026-11-29", "takes a text or a number, not a date"),
    ("app = ['a:b']", "takes a text or a number, not a list"),
    ("threads = [3]", "takes a text or a number, not a list"),
])
def test_a_value_of_a_kind_that_an_option_does_not_take_is_refused(tmp_path, line, sentence):
    pytest.importorskip("tomllib", reason="it is in Python 3.11 and later")
    file = tmp_path / "all.toml"
    file.write_text(line)
    with pytest.raises(OptionError) as refusal:
        configure(["--config", str(file)], {})
    assert str(refusal.value) == f"{file}: {line.split()[0]} {sentence}"


def test_the_file_has_permissions_in_quotes(tmp_path):
    pytest.importorskip("tomllib", reason="it is in Python 3.11 and later")
    file = tmp_path / "all.toml"
    file.write_text('app = "a:b"\nbind = "unix:a"\nsocket-mode = "660"\n')
    assert configure(["--config", str(file)], {}).socket_mode == 0o660


@pytest.mark.parametrize("name, digits", [
    ("threads", "{}"), ("max-fields", "{}"), ("max-rss", "{}"), ("max-rss", "{}KiB"),
    ("max-head-bytes", "{}"), ("bind", "127.0.0.1:{}"), ("redirect-http", ":{}"),
    ("socket-owner", "{}"), ("socket-group", "{}"), ("request-timeout", "{}"),
])
def test_a_number_of_any_length_is_a_wrong_value(name, digits):
    for length in 30, 5000, 400_000:
        value = digits.format("9" * length)
        with pytest.raises(OptionError) as refusal:
            configure(["a:b", f"--{name}={value}"], {})
        assert str(refusal.value) == f"--{name} takes {WRONG[name][0]}, not {value!r}"


def test_zeros_before_a_number_mean_nothing():
    configuration = configure(["a:b", "--threads", "0" * 5000 + "7", "--max-waiting", "00"], {})
    assert (configuration.threads, configuration.max_waiting) == (7, 0)


def test_every_negative_number_is_a_wrong_value():
    for name, (takes, values) in WRONG.items():
        if "-1" in values:
            with pytest.raises(OptionError) as refusal:
                configure(["a:b", f"--{name}", "-1"], {})
            assert str(refusal.value) == f"--{name} takes {takes}, not '-1'"


@pytest.mark.parametrize("line, sentence", [
    ("--threads", "--threads needs a value"),
    ("--threads --reload", "--threads needs a value"),
    ("--reload=yes", "--reload takes no value"),
    ("now", "unexpected argument 'now'"),
    ("--thraeds 3", "unknown option '--thraeds'; did you mean --threads?"),
    ("--bidn=:1", "unknown option '--bidn'; did you mean --bind?"),
    ("--xyz", "unknown option '--xyz'"),
    ("--port 80", "unknown option '--port'; did you mean --bind?"),
    ("-w 4", "unknown option '-w'; did you mean --workers?"),
    ("--processes 4", "unknown option '--processes'; did you mean --workers?"),
    ("--certfile=a", "unknown option '--certfile'; did you mean --tls-cert?"),
])
def test_an_argument_that_is_unknown_or_incomplete_is_refused(line, sentence):
    with pytest.raises(OptionError) as refusal:
        configure(["a:b", *line.split()], {})
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name, meant", [
    ("WSGI_RS_THRAEDS", "; did you mean WSGI_RS_THREADS?"),
    ("WSGI_RS_MAX_BODY_BYTE", "; did you mean WSGI_RS_MAX_BODY_BYTES?"),
    ("WSGI_RS_PROCESSES", "; did you mean WSGI_RS_WORKERS?"),
    ("WSGI_RS_PORT", "; did you mean WSGI_RS_BIND?"), ("WSGI_RS_AP", "; did you mean WSGI_RS_APP?"),
    ("WSGI_RS_SETTINGS", "; did you mean WSGI_RS_CONFIG?"),
    # The command line alone has such options.
    *((name, "; unless it is meant for an option, its name must not begin with WSGI_RS_")
      for name in ("WSGI_RS_XYZ", "WSGI_RS_", "WSGI_RS_H", "WSGI_RS_HELP", "WSGI_RS_MANUAL",
                   "WSGI_RS_VERSIONS")),
])
def test_a_variable_that_no_option_has_is_refused(name, meant):
    with pytest.raises(OptionError) as refusal:
        configure(["a:b"], {name: "8000", "WSGI_RS_BIND": ":0", "WSGI_RSX": "", "WSGI_BIND": ""})
    assert str(refusal.value) == f"unknown variable {name}{meant}"


def test_variables_of_the_command_and_of_services_of_containers_are_left_alone():
    known = {"WSGI_RS_APP": "a:b", "WSGI_RS_CHECK_CONFIG": "yes", "WSGI_RS_NUMBERS": "/x",
             "WSGI_RS_VERSION": "0.1.0"}
    port = "WSGI_RS_PORT_8000_TCP"
    services = {"WSGI_RS_SERVICE_HOST": "10.0.0.11", "WSGI_RS_SERVICE_PORT": "8000",
                "WSGI_RS_SERVICE_PORT_HTTP": "8000", "WSGI_RS_PORT": "tcp://10.0.0.11:8000",
                port: "tcp://10.0.0.11:8000", f"{port}_PROTO": "tcp", f"{port}_PORT": "8000",
                f"{port}_ADDR": "10.0.0.11"}
    links = {f"{port}_START": "tcp://10.0.0.11:8000", f"{port}_PORT_START": "8000",
             f"{port}_PORT_END": "8009", "WSGI_RS_NAME": "/front/wsgi-rs",
             "WSGI_RS_ENV_PATH": "/bin"}
    assert configure([], {**known, **services, **links}).app == "a:b"


@pytest.mark.parametrize("name, value, meant", [
    ("WSGI_RS_BNID", "tcp://10.0.0.11:8000", "BIND"),
    ("WSGI_RS_SCRPIT_NAME", "/a/b", "SCRIPT_NAME"),
    ("WSGI_RS_REDIRECT_PROT", "8000", "REDIRECT_PORT"),
])
def test_a_misspelt_variable_with_the_value_of_a_service_is_refused(name, value, meant):
    with pytest.raises(OptionError) as refusal:
        configure(["a:b"], {name: value})
    assert str(refusal.value) == f"unknown variable {name}; did you mean WSGI_RS_{meant}?"


@pytest.mark.parametrize("key, meant", [
    ("thraeds", "; did you mean threads?"), ("ap", "; did you mean app?"),
    ("settings", ""), ("version", ""), ("config", ""), ("check_config", ""), ("help", ""),
])
def test_a_key_that_no_option_has_is_refused(tmp_path, key, meant):
    pytest.importorskip("tomllib", reason="it is in Python 3.11 and later")
    file = tmp_path / "all.toml"
    file.write_text(f"{key} = 1\n")
    with pytest.raises(OptionError) as refusal:
        configure(["--config", str(file)], {})
    assert str(refusal.value) == f"{file}: there is no option {key!r}{meant}"


def test_every_suggestion_is_an_option():
    from wsgi_rs.command_line import ELSEWHERE

    known = {"--config", *(option.flag for option in ALL)}
    assert set(ELSEWHERE) <= known
    assert not known & {other for others in ELSEWHERE.values() for other in others}


TLS = "--tls-cert or --tls-self-signed"

CONFLICTS = [
    ("--tls-cert a", "--tls-cert needs --tls-key: name the file with the private key of the "
     "certificate, or make one for development by --tls-self-signed alone"),
    ("--tls-key a", "--tls-key needs --tls-cert: name the file with the certificate for this key"),
    ("--tls-cert a --tls-cert b --tls-key a", "--tls-cert names 2 files, and --tls-key 1: name one "
     "key for each certificate, in the same order"),
    ("--tls-self-signed --tls-cert a --tls-key b",
     "--tls-self-signed and --tls-cert exclude each other: leave out one of them"),
    ("--reload --preload --workers 1",
     "--reload and --preload exclude each other: leave out one of them"),
    ("--bind 127.0.0.1:80 --metrics 127.0.0.1:80", "--bind and --metrics name the same address; "
     "choose another one for --metrics"),
    ("--tls-self-signed --bind :80 --redirect-http 127.0.0.1:80",
     "--bind :80 and --redirect-http 127.0.0.1:80 overlap: change or leave out one of them"),
    ("--tls-self-signed --redirect-http :80 --metrics 127.0.0.1:80",
     "--redirect-http :80 and --metrics 127.0.0.1:80 overlap: change or leave out one of them"),
    ("--bind :80 --bind 127.0.0.1:80",
     "--bind :80 and --bind 127.0.0.1:80 overlap: change or leave out one of them"),
    ("--bind 127.0.0.1:80 --bind 127.0.0.1:80", "--bind names 127.0.0.1:80 twice"),
    *((line, f"{line.split()[0]} needs --protocol http: with another protocol, the front server "
       f"has the certificate and speaks TLS with clients, so leave out {line.split()[0]} here")
      for line in ["--tls-self-signed --protocol fastcgi", "--tls-cert a --tls-key b "
                   "--protocol scgi", "--tls-cert a --tls-key b --protocol uwsgi"]),
    *((line, f"{line.split()[0]} needs {needed}: add that, or leave out {line.split()[0]}")
      for line, needed in [
          ("--tls-client-ca a", TLS), ("--tls-ticket-keys a", TLS), ("--tls-min-version 1.3", TLS),
          ("--redirect-http :80", TLS), ("--redirect-port 443", TLS),
          ("--tls-client-auth optional --tls-self-signed", "--tls-client-ca"),
          ("--proxy-protocol", "--trust-proxy"), ("--forwarded-by forwarded", "--trust-proxy"),
          ("--trust-forwarded-host no", "--trust-proxy"),
          ("--static-cache 9", "--static"), ("--access-log-format json", "--access-log"),
          ("--preload", "--workers"),
          ("--max-requests 9", "--workers"), ("--max-rss 1GiB", "--workers"),
          ("--max-requests-jitter 9 --workers 1", "--max-requests"),
          ("--socket-mode 660 --bind :80", "--bind unix:PATH"),
          ("--socket-owner 0", "--bind unix:PATH"), ("--socket-group 0", "--bind unix:PATH"),
      ]),
]


@pytest.mark.parametrize("line, sentence", CONFLICTS, ids=[row[0] for row in CONFLICTS])
def test_options_that_do_not_fit_together_are_refused(line, sentence):
    with pytest.raises(OptionError) as refusal:
        configure(["a:b", *line.split()], {})
    assert str(refusal.value) == sentence


def test_settings_of_a_program_that_do_not_fit_together_are_refused():
    from wsgi_rs import serve

    for settings, sentence in [
        ({"tls_cert": "a"}, "`tls_cert` needs `tls_key`: name the file"),
        ({"redirect_http": "127.0.0.1:0"}, "`redirect_http` needs `tls_cert` or `tls_self_signed`"),
        ({"proxy_protocol": True}, "`proxy_protocol` needs `trust_proxy`"),
        ({"socket_mode": 0o660}, "`socket_mode` needs `bind` unix:PATH"),
        ({"bind": "unix:/no/such/a.sock", "socket_mode": 660},
         "`socket_mode` is a number from 0 to 0o777, such as 0o660, not 660, which is 0o1224"),
        ({"protocol": "scgi", "tls_cert": "a", "tls_key": "b"},
         "`tls_cert` needs `protocol` http"),
        ({"protocol": None, "tls_cert": "/no/such", "tls_key": "/no/such"},
         "cannot read /no/such: "),
        ({"tls_self_signed": True, "tls_client_auth": "optional"},
         "`tls_client_auth` needs `tls_client_ca`"),
        ({"mount": {"/": print}}, "`mount` names the prefix / beside an application, which is "),
        ({"mount": {"/a": print, "a/": len}}, "`mount` names the prefix /a twice"),
        ({"static": {"": "."}}, "`static` names the prefix / beside an application"),
        ({"static": [("/a", "."), ("/a//", ".")]}, "`static` names the prefix /a twice"),
        ({"mount": {"/a": print}, "static": {"/a": "."}},
         "`mount` and `static` name the same prefix /a; choose another one for `static`"),
        ({"mount": {"/a/*": print}}, "the prefix \"/a/*\": a prefix has no parameters; "),
        ({"mount": {"/caf%C3%A9": print}}, "the prefix \"/caf%C3%A9\": "),
        ({"static": {"/a?b=c": "."}}, "the prefix \"/a?b=c\": "),
        ({"max_fields": 257}, "the setting `max_fields`: it is a number from 1 to 256, not 257"),
        ({"request_timeout": 0},
         "the setting `request_timeout`: it is a number of seconds above 0"),
        ({"first_request_timeout": 0},
         "the setting `first_request_timeout`: it is a number of seconds above 0"),
        ({"head_timeout": 0}, "the setting `head_timeout`: it is a number of seconds above 0"),
        ({"response_timeout": 0.0}, "the setting `response_timeout`: it is a number of seconds "),
        ({"base_environ": {"wsgi.multithread": "x"}},
         "the setting `base_environ`: wsgi.multithread is a variable of the server itself"),
        ({"protocol": "ajp"}, "the setting `protocol`: it is one of http, fastcgi, scgi, uwsgi"),
        ({"access_log": "-", "access_log_format": "apache"},
         "the setting `access_log_format`: it is one of common, combined, json"),
        ({"access_log": "-", "access_log_format": "%h %(r)s"},
         "the setting `access_log_format`: the directive %( of Apache's log formats"),
    ]:
        settings.setdefault("bind", "127.0.0.1:0")
        with pytest.raises((ValueError, OSError)) as refusal:
            serve(lambda environ, start_response: [], **settings)
        assert str(refusal.value).startswith(sentence)


async def coroutine(environ, start_response):
    return []


class Asynchronous:
    async def __call__(self, scope, receive, send):
        pass


def marked(environ, start_response):
    return coroutine(environ, start_response)


marked._is_coroutine_mark = object()  # by `inspect.markcoroutinefunction`


@wraps(coroutine)
def marked_wrapper(environ, start_response):
    return coroutine(environ, start_response)


marked_wrapper._is_coroutine_mark = object()


@wraps(print)
def marked_around_print(environ, start_response):
    return coroutine(environ, start_response)


marked_around_print._is_coroutine_mark = object()


@pytest.mark.parametrize("app", [coroutine, Asynchronous(), Asynchronous().__call__, marked,
                                 marked_wrapper, marked_around_print,
                                 partial(coroutine), partial(partial(coroutine), environ={}),
                                 partial(Asynchronous()), partial(Asynchronous().__call__)],
                         ids=["function", "object", "method", "mark", "marked wrapper",
                              "marked around C", "partial", "partial partial",
                              "partial object", "partial method"])
def test_serve_refuses_an_asynchronous_application(app):
    from wsgi_rs import serve

    for prefix, site in [("/", {"app": app}), ("/api", {"app": print, "mount": {"/api": app}})]:
        with pytest.raises(TypeError) as refusal:
            serve(bind="127.0.0.1:0", **site)
        assert str(refusal.value) == (f"the application at {prefix!r} is asynchronous, such as one "
                                      "of ASGI, and not one of WSGI")


class Answering:
    """An application that answers every attribute by itself."""

    def __getattr__(self, name):
        return self

    def __call__(self, environ, start_response):
        return []


class Standing:
    """An application that stands for another one, which is not there yet."""

    def __getattribute__(self, name):
        raise RuntimeError("it is too early")

    def __call__(self, environ, start_response):
        return []


class Synchronous:
    """A function that runs an asynchronous one, whose attributes it has."""

    __code__ = coroutine.__code__
    __class__ = property(lambda self: type(coroutine))

    def __call__(self, environ, start_response):
        return []


class Failing:
    """An application whose call cannot be looked at without an object."""

    class Call:
        def __get__(self, instance, owner):
            if instance is None:
                raise RuntimeError("an object is missing")
            return lambda environ, start_response: []

    __call__ = Call()


def around(environ, start_response):
    """A function that runs an asynchronous one."""
    return asyncio.run(coroutine(environ, start_response))


around.__wrapped__ = coroutine


@wraps(marked)  # which copies the mark
def around_marked(environ, start_response):
    """A function that runs one that is marked as asynchronous."""
    return asyncio.run(marked(environ, start_response))


@wraps(around_marked)
def around_twice(environ, start_response):
    return around_marked(environ, start_response)


@pytest.mark.parametrize("app", [around, partial(around), partial(print), print, partial,
                                 around_marked, partial(around_marked), around_twice],
                         ids=["wrapper", "partial wrapper", "partial", "built-in", "class",
                              "wrapper of a mark", "partial wrapper of a mark", "two wrappers"])
def test_an_application_that_may_be_synchronous_is_not_asynchronous(app):
    from wsgi_rs.asynchronous import is_asynchronous

    assert is_asynchronous(app) is False


@pytest.mark.parametrize("kind", [Answering, Standing, Synchronous, Failing])
def test_an_application_with_attributes_of_its_own_is_not_asynchronous(kind):
    from wsgi_rs.asynchronous import is_asynchronous

    app = kind()
    assert is_asynchronous(app) is False
    assert is_asynchronous(MethodType(app, object())) is False


FILES = [
    ("no certificate", ["--tls-cert", "no.pem", "--tls-key", "no.key"], "cannot read no.pem: No "
     "such file or directory (os error 2); create the file, or name another one by --tls-cert"),
    ("no authority", ["--tls-self-signed", "--tls-client-ca", "no.pem"],
     "; create the file, or name another one by --tls-client-ca"),
    ("no ticket keys", ["--tls-self-signed", "--tls-ticket-keys", "no"],
     "; create the file, or name another one by --tls-ticket-keys"),
    ("no PEM", ["--tls-self-signed", "--tls-client-ca", "site_of_a_test.py"],
     "; mend the file, or name another one by --tls-client-ca"),
    ("no PEM of two options",
     ["--tls-cert", "site_of_a_test.py", "--tls-key", "site_of_a_test.py"],
     "; mend the file, or name another one by --tls-cert or --tls-key"),
    ("no folder for bodies", ["--spool-dir", "/no/such"], "no file can be created in /no/such: "),
    ("no challenges", ["--tls-self-signed", "--acme-webroot", "/no/such"],
     "cannot read challenges in /no/such: No such file or directory (os error 2); create the "
     "folder, or correct --acme-webroot"),
    ("a host of no certificate", ["--tls-self-signed", "--bind", "b\u00fccher.example:0"],
     "cannot make a certificate for the host"),
    ("a proxy at no socket",
     ["--proxy-protocol", "--trust-proxy", "10.0.0.0/8", "--bind", "unix:a.sock"],
     "expects the PROXY protocol, but trusts no proxy there"),
]


@pytest.mark.parametrize("more", [[], ["--workers", "1"], ["--check-config"]],
                         ids=["alone", "workers", "check"])
@pytest.mark.parametrize("arguments, text", [row[1:] for row in FILES],
                         ids=[row[0] for row in FILES])
def test_a_file_that_cannot_be_used_ends_the_start(tmp_path, arguments, text, more):
    (tmp_path / "site_of_a_test.py").write_text("def app(environ, start_response): ...\n")
    bind = [] if "--bind" in arguments else ["--bind", "127.0.0.1:0"]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    code, log = run(tmp_path, "site_of_a_test:app", *bind, *arguments, *more, env=environment)
    assert code == 1, log
    errors = [line for line in log.splitlines() if line.startswith("wsgi-rs: error: ")]
    assert len(errors) == 1 and text in errors[0], log
    assert "serving on" not in log and "is valid" not in log
