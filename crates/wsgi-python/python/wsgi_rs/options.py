"""The options of the command: each a flag, an environment variable, and a key of the file."""

from collections import namedtuple

from . import values

ENVIRONMENT_PREFIX = "WSGI_RS_"


class OptionError(Exception):
    """A value that an option does not take. The text is one line for the user."""


class Option(namedtuple("Option", "name value help convert several default separated",
                        defaults=(values.path, False, None, True))):
    """An option of the command. `value` is what the help calls its value, which a switch does not
    have, and `default` is as the help names it. In an environment variable, several values are
    `separated` by commas, unless a value may have one."""

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


def _seconds(name, help, default):
    return Option(name, "SECONDS", help, values.seconds, default=default)


def _timeout(name, help, default):
    help += "; more than 0"
    return Option(name, "SECONDS", help, values.timeout, default=default)


def _switch(name, help):
    return Option(name, None, help, values.switch)


def _yes_or_no(name, help, default):
    return Option(name, "yes|no", help, values.switch, default=default)


OPTIONS = {
    "Sites": [
        Option("bind", "ADDR", "listen on an address; repeat it for several", values.address, True,
               "127.0.0.1:8000"),
        Option("protocol", "PROTOCOL", "speak this protocol: http, or with a front server fastcgi, "
               "scgi or uwsgi", values.choice("http", "fastcgi", "scgi", "uwsgi"), default="http"),
        Option("socket-mode", "MODE", "the permissions of Unix sockets, such as 660", values.mode,
               default="600"),
        Option("socket-owner", "USER", "the owner of Unix sockets, by name or number; needs root",
               values.user),
        Option("socket-group", "GROUP", "the group of Unix sockets, by name or number",
               values.group),
        Option("mount", "/PREFIX=APP", "serve another application at a prefix",
               values.pair("/prefix=module:app"), True),
        Option("static", "/PREFIX=DIR", "serve the files of a folder at a prefix, without Python",
               values.pair("/prefix=DIR"), True),
        _seconds("static-cache", "let browsers keep these files for this time without asking "
                 "again, and those with a fingerprint in their names for a year", "they ask again"),
        _switch("validate", "check that the applications keep the contract; for development"),
    ],
    "Calls": [
        Option("threads", "N", "calls of the applications at once", values.count, default="32"),
        _timeout("request-timeout", "the time of a request, after which the answer is 504",
                 "no limit"),
        Option("max-stuck-threads", "N", "calls past that time that do not count among --threads",
               values.number, default="64"),
        _switch("end-when-stuck", "end the process if there are more of them"),
        Option("max-waiting", "N", "requests that wait for a call; further ones are answered 503",
               values.number, default="1024"),
        _seconds("wait-timeout", "the longest wait for a call; with 0, none waits", "30"),
        _seconds("idle-thread-timeout", "the time after which a thread without a call ends", "600"),
        _seconds("shutdown-timeout", "the time that requests have to end after SIGTERM", "30"),
        _seconds("drain-delay", "the time before that in which the server goes on, so that a load "
                 "balancer notices", "none"),
        _switch("health", "answer /livez and /readyz for load balancers, without Python"),
    ],
    "Processes": [
        Option("workers", "N", "serve in this number of processes, which a parent watches over",
               values.count, default="none: one process, without a parent"),
        _switch("preload", "import the applications in the parent, before it forks"),
        Option("chdir", "DIR", "change to this folder before anything else is looked for, also "
               "what other options name", default="the present folder"),
        _timeout("start-timeout", "the time of a new process to start, after which it is ended",
                 "60"),
        Option("max-requests", "N", "replace a worker after this number of requests", values.count,
               default="no limit"),
        Option("max-requests-jitter", "N", "add up to this number at random for each worker",
               values.number, default="a tenth of --max-requests"),
        Option("max-rss", "SIZE", "replace a worker with more resident memory", values.size,
               default="no limit"),
        _switch("reload", "start the workers anew when a file of Python changes; for development"),
        Option("pid-file", "FILE", "write the id of the process into a file"),
    ],
    "Metrics": [
        Option("metrics", "ADDR", "show numbers for Prometheus at /metrics on this address, such "
               "as 127.0.0.1:9100 or unix:PATH", values.address_with_host),
        _switch("list-requests", "also list the requests that are running at /requests on that "
                "address"),
    ],
    "TLS": [
        Option("tls-cert", "FILE", "serve https with the certificates in a PEM file", several=True),
        Option("tls-key", "FILE", "the private key of the certificate in the same place",
               several=True),
        _switch("tls-self-signed",
                "serve https with a certificate that is made at the start; for development"),
        Option("tls-client-ca", "FILE", "ask clients for certificates that an authority in this "
               "PEM file has issued"),
        Option("tls-client-auth", "WHETHER", "say whether clients need one: optional or required",
               values.choice("optional", "required"), default="required"),
        Option("tls-ticket-keys", "FILE", "encrypt tickets of sessions with the keys in this file, "
               "for several machines"),
        Option("tls-min-version", "VERSION", "refuse older versions of TLS: 1.2 or 1.3",
               values.choice("1.2", "1.3"), default="1.2"),
        Option("redirect-http", "ADDR", "also listen for http on this address, such as :80, and "
               "redirect to https", values.tcp),
        Option("redirect-port", "PORT", "redirect to this port", values.within(1, 65535),
               default="that of the first https socket"),
        Option("acme-webroot", "DIR", "answer challenges for certificates from files below this "
               "folder, as certbot writes them"),
    ],
    "Proxies": [
        Option("trust-proxy", "NET", "believe the fields X-Forwarded-* of these proxies: "
               "an address, a network or unix", values.proxy, True),
        Option("forwarded-by", "FIELDS", "the fields of these proxies: x-forwarded or forwarded",
               values.choice("x-forwarded", "forwarded"), default="x-forwarded"),
        _yes_or_no("trust-forwarded-host", "believe the host and port in them", "no"),
        _yes_or_no("trust-forwarded-prefix", "believe the prefix in them", "no"),
        _switch("proxy-protocol",
                "expect the PROXY protocol on every connection, from these proxies alone"),
    ],
    "Access log": [
        Option("access-log", "FILE", "log a line for each request; - is standard error"),
        Option("access-log-format", "FORMAT", "common, combined, json, or directives of Apache's "
               "LogFormat, such as '%h %t \"%r\" %>s %D'", values.log_format, default="combined"),
    ],
    "Limits": [
        Option("max-connections", "N", "connections of a process", values.count, default="65536"),
        Option("max-connections-per-address", "N", "connections of an address", values.count,
               default="no limit"),
        Option("max-requests-per-connection", "N", "requests of a connection", values.count,
               default="no limit"),
        _seconds("keep-alive",
                 "the time between two requests of a connection; 0 means one request each", "75"),
        _timeout("first-request-timeout", "the time until a connection's first request", "60"),
        _timeout("handshake-timeout", "the time of a TLS handshake", "15"),
        _timeout("head-timeout", "the time of a request's head", "15"),
        _timeout("body-timeout", "the time of a request's body, more at --min-rate", "30"),
        _timeout("write-timeout", "the time of a client to take a response, more at --min-rate",
                 "30"),
        Option("min-rate", "BYTES", "the bytes that give a client another second", values.size,
               default="500"),
        _timeout("response-timeout", "the time of a response", "no limit"),
        Option("max-target-bytes", "SIZE", "the target of a request", values.target_size,
               default="8192"),
        Option("max-head-bytes", "SIZE", "the head of a request", values.head_size,
               default="32768, 65536 for FastCGI and SCGI, and 65535 for uwsgi"),
        Option("max-fields", "N", "the header fields of a request, at most 256",
               values.within(1, 256), default="100"),
        Option("max-params", "N", "the variables of a FastCGI, SCGI or uwsgi request, at most 1024",
               values.within(1, 1024), default="256"),
        Option("max-interleaved", "N", "the other records among those of a FastCGI request",
               values.within(0, 2**32 - 1), default="64"),
        Option("max-body-bytes", "SIZE", "the body of a request", values.size, default="1GiB"),
    ],
    "Large bodies": [
        _yes_or_no("spool-bodies", "receive large bodies completely, in temporary files, before a "
                   "call", "yes for FastCGI, SCGI and uwsgi, and for http while half of --threads "
                   "are busy"),
        Option("spool-limit", "SIZE", "the bytes of these files; further large bodies wait",
               values.size, default="1GiB"),
        Option("spool-dir", "DIR", "the folder of these files",
               default="the system's temporary folder"),
    ],
    "Environ": [
        Option("script-name", "PATH", "the path at which a front server has mounted the site, such "
               "as /shop", values.script_name, default="what it says"),
        Option("base-environ", "NAME=VALUE", "add a variable to the environ of each request; "
               "repeat it for several", values.variable, True, separated=False),
        Option("server-software", "NAME", "the server's name in SERVER_SOFTWARE and in the field "
               "Server, which an empty name leaves out", values.software),
    ],
}

ALL = [option for group in OPTIONS.values() for option in group]
BY_KEY = {option.key: option for option in ALL}


def with_flags(text):
    """A text about settings, such as `tls_cert`, that names them as options: --tls-cert."""
    for option in ALL:
        text = text.replace(f"`{option.key}`", option.flag)
    return text


# The options that the command itself obeys. The others are settings of the server.
OF_THE_COMMAND = {
    "bind", "socket_mode", "socket_owner", "socket_group", "mount", "workers", "preload",
    "start_timeout", "chdir", "max_requests", "max_requests_jitter", "max_rss", "reload",
    "pid_file", "metrics", "redirect_http",
}
