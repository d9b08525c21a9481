"""The options of the command: each a flag, an environment variable, and a key of the file."""

import grp
import pwd
from collections import namedtuple

ENVIRONMENT_PREFIX = "WSGI_RS_"


class OptionError(Exception):
    """A value that an option does not take. The text is one line for the user."""


class Option(namedtuple("Option", "name value help convert several default",
                        defaults=(str, False, None))):
    """An option of the command. `value` is what the help calls its value, which a switch does not
    have, and `default` is as the help names it."""

    __slots__ = ()

    @property
    def flag(self):
        return "--" + self.name

    @property
    def key(self):
        return self.name.replace("-", "_")

    @property
    def variable(self):
        return ENVIRONMENT_PREFIX + self.key.upper()

    def parse(self, text, source):
        """The value that a text stands for. `source` names the place of the text in an error."""
        try:
            return self.convert(text)
        except ValueError as error:
            raise OptionError(f"{source} takes {error}, not {text!r}") from None


def _number(text):
    if text.isascii() and text.isdecimal():
        return int(text)
    raise ValueError("a number, 0 or more")


def _count(text):
    if text.isascii() and text.isdecimal() and int(text):
        return int(text)
    raise ValueError("a number, 1 or more")


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if 0 <= seconds < 1e10:
        return seconds
    raise ValueError("a number of seconds, 0 or more")


_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def _size(text):
    digits = text.rstrip("KMGiB ")
    unit = text[len(digits):].strip()
    if digits.isascii() and digits.isdecimal() and unit in _UNITS:
        return int(digits) * _UNITS[unit]
    raise ValueError("a number of bytes, such as 65536 or 10MiB")


def switch(text):
    """What a switch is turned to by an environment variable."""
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("", "0", "false", "no", "off"):
        return False
    raise ValueError("yes or no")


def _choice(*names):
    def convert(text):
        if text in names:
            return text
        raise ValueError(" or ".join(names))

    return convert


def _pair(form):
    def convert(text):
        prefix, equals, target = text.partition("=")
        if prefix.startswith("/") and equals and target:
            return prefix, target
        raise ValueError(form)

    return convert


def _address(text):
    if text.startswith("unix:") and len(text) > 5:
        return text
    host, colon, port = text.rpartition(":")
    if colon and port.isascii() and port.isdecimal() and int(port) < 65536:
        return text
    raise ValueError("an address such as 127.0.0.1:8000, :8000 or unix:/run/app.sock")


def _mode(text):
    if len(text) <= 4 and text.isascii() and text.isdecimal() and set(text) <= set("01234567"):
        return int(text, 8) & 0o777
    raise ValueError("permissions such as 660")


def _account(find, what):
    def convert(text):
        if text.isascii() and text.isdecimal() and int(text) < 2**32 - 1:
            return int(text)
        try:
            return find(text)
        except KeyError:
            raise ValueError(f"the name or the number of a {what}") from None

    return convert


def _private_address(text):
    if text.startswith(":"):
        raise ValueError("an address with a host, such as 127.0.0.1:9100, or unix:PATH")
    return _address(text)


OPTIONS = {
    "Sites": [
        Option("bind", "ADDR", "listen on an address; repeat it for several", _address, True,
               "127.0.0.1:8000"),
        Option("socket-mode", "MODE", "the permissions of Unix sockets, such as 660", _mode,
               default="600"),
        Option("socket-owner", "USER", "the owner of Unix sockets, by name or number; needs root",
               _account(lambda name: pwd.getpwnam(name).pw_uid, "user")),
        Option("socket-group", "GROUP", "the group of Unix sockets, by name or number",
               _account(lambda name: grp.getgrnam(name).gr_gid, "group")),
        Option("mount", "/PREFIX=APP", "serve another application at a prefix",
               _pair("/prefix=module:app"), True),
        Option("static", "/PREFIX=DIR", "serve the files of a folder at a prefix, without Python",
               _pair("/prefix=DIR"), True),
        Option("validate", None, "check that the applications keep the contract; for development",
               switch),
    ],
    "Calls": [
        Option("threads", "N", "calls of the applications at once", _count, default="32"),
        Option("request-timeout", "SECONDS", "the time of a request, after which the answer is 504",
               _seconds, default="no limit"),
        Option("max-stuck-threads", "N", "calls past that time that do not count among --threads",
               _number, default="64"),
        Option("end-when-stuck", None, "end the process if there are more of them", switch),
        Option("max-waiting", "N", "requests that wait for a call; further ones are answered 503",
               _number, default="1024"),
        Option("wait-timeout", "SECONDS", "the longest wait for a call", _seconds, default="30"),
        Option("shutdown-timeout", "SECONDS", "the time that requests have to end after SIGTERM",
               _seconds, default="30"),
        Option("drain-delay", "SECONDS", "the time before that in which the server goes on, so "
               "that a load balancer notices", _seconds, default="none"),
        Option("health", None, "answer /livez and /readyz for load balancers, without Python",
               switch),
    ],
    "Processes": [
        Option("workers", "N", "serve in this number of processes, which a parent watches over",
               _count, default="none: one process, without a parent"),
        Option("preload", None, "import the applications in the parent, before it forks", switch),
        Option("max-requests", "N", "replace a worker after this number of requests", _count,
               default="no limit"),
        Option("max-requests-jitter", "N", "add up to this number at random for each worker",
               _number, default="a tenth of --max-requests"),
        Option("max-rss", "SIZE", "replace a worker with more resident memory", _size,
               default="no limit"),
        Option("reload", None, "start the workers anew when a file of Python changes; "
               "for development", switch),
        Option("pid-file", "FILE", "write the id of the process into a file"),
    ],
    "Metrics": [
        Option("metrics", "ADDR", "show numbers for Prometheus at /metrics on this address, such "
               "as 127.0.0.1:9100 or unix:PATH", _private_address),
    ],
    "TLS": [
        Option("tls-cert", "FILE", "serve https with the certificates in a PEM file", several=True),
        Option("tls-key", "FILE", "the private key of the certificate in the same place",
               several=True),
    ],
    "Proxies": [
        Option("trust-proxy", "NET", "believe the fields X-Forwarded-* of these proxies: "
               "an address, a network or unix", several=True),
        Option("forwarded-by", "FIELDS", "the fields of these proxies: x-forwarded or forwarded",
               _choice("x-forwarded", "forwarded"), default="x-forwarded"),
        Option("trust-forwarded-host", "yes|no", "believe the host and port in them", switch,
               default="yes"),
        Option("trust-forwarded-prefix", "yes|no", "believe the prefix in them", switch,
               default="yes"),
    ],
    "Access log": [
        Option("access-log", "FILE", "log a line for each request; - is standard error"),
        Option("access-log-format", "FORMAT", "common, combined or json",
               _choice("common", "combined", "json"), default="combined"),
    ],
    "Limits": [
        Option("max-connections", "N", "connections of a process", _count, default="65536"),
        Option("max-connections-per-address", "N", "connections of an address", _count,
               default="no limit"),
        Option("max-requests-per-connection", "N", "requests of a connection", _count,
               default="no limit"),
        Option("keep-alive", "SECONDS", "the time between two requests of a connection", _seconds,
               default="75"),
        Option("first-request-timeout", "SECONDS", "the time until a connection's first request",
               _seconds, default="60"),
        Option("handshake-timeout", "SECONDS", "the time of a TLS handshake", _seconds,
               default="15"),
        Option("head-timeout", "SECONDS", "the time of a request's head", _seconds, default="15"),
        Option("body-timeout", "SECONDS", "the time of a request's body, more at --min-rate",
               _seconds, default="30"),
        Option("write-timeout", "SECONDS", "the time of a client to take a response, more at "
               "--min-rate", _seconds, default="30"),
        Option("min-rate", "BYTES", "the bytes that give a client another second", _size,
               default="500"),
        Option("response-timeout", "SECONDS", "the time of a response", _seconds,
               default="no limit"),
        Option("max-target-bytes", "SIZE", "the target of a request", _size, default="8192"),
        Option("max-head-bytes", "SIZE", "the head of a request", _size, default="32768"),
        Option("max-fields", "N", "the header fields of a request", _count, default="100"),
        Option("max-body-bytes", "SIZE", "the body of a request", _size, default="1GiB"),
        Option("server-software", "NAME", "the server's name in the field Server"),
    ],
}

ALL = [option for group in OPTIONS.values() for option in group]
BY_KEY = {option.key: option for option in ALL}

# The options that the command itself obeys. The others are settings of the server.
OF_THE_COMMAND = {
    "bind", "socket_mode", "socket_owner", "socket_group", "mount", "workers", "preload",
    "max_requests", "max_requests_jitter", "max_rss", "reload", "pid_file", "metrics",
}
