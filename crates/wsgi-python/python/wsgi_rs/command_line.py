"""The parser of the command line, with a line for each mistake."""

import argparse

from .options import ALL, OPTIONS, OptionError

# What other servers call our options, and what the program `wsgi` does.
ELSEWHERE = {
    "--bind": ["--address", "--host", "--listen", "--port", "--uds", "-a", "-b", "-p"],
    "--config": ["--settings", "-c"],
    "--workers": ["--processes", "--worker", "-w"],
    "--threads": ["--blocking-threads", "--max-threads"],
    "--request-timeout": ["--timeout", "-t"],
    "--shutdown-timeout": ["--graceful-timeout", "--workers-kill-timeout"],
    "--max-rss": ["--workers-max-rss"],
    "--pid-file": ["--pid", "--pidfile"],
    "--tls-cert": ["--cert", "--certfile", "--certificate", "--ssl-certificate"],
    "--tls-key": ["--key", "--keyfile", "--ssl-keyfile"],
    "--tls-client-ca": ["--ca-certs", "--ssl-ca"],
    "--tls-min-version": ["--ssl-protocol-min", "--ssl-version"],
    "--trust-proxy": ["--forwarded-allow-ips", "--proxy-allow-from"],
    "--access-log": ["--access-logfile"],
    "--access-log-format": ["--access-log-fmt", "--access-logformat"],
    "--script-name": ["--root-path", "--url-path-prefix"],
    "--static": ["--static-path-mount"],
    "--static-cache": ["--cache", "--static-path-expires"],
    "--socket-mode": ["--uds-permissions", "--umask"],
    "--max-target-bytes": ["--limit-request-line"],
    "--max-fields": ["--limit-request-fields"],
}


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        """Raises an `OptionError` for what argparse says."""
        name, _, problem = message.removeprefix("argument ").partition(": ")
        if problem.startswith("expected "):
            message = f"{name} needs a value"
        elif problem.startswith("ignored explicit argument "):
            message = f"{name} takes no value"
        raise OptionError(message)


def parse(arguments):
    """What a command line says. Raises an `OptionError`, or ends the process after the help."""
    given, unknown = _parser().parse_known_args(arguments)
    if not unknown:
        return given
    first = unknown[0]
    if not first.startswith("-"):
        raise OptionError(f"unexpected argument {first!r}")
    name = first.partition("=")[0]
    similar = _similar(name)
    raise OptionError(f"unknown option {name!r}" + (f"; did you mean {similar}?" if similar else ""))


def _similar(name):
    """The option that was probably meant."""
    for ours, others in ELSEWHERE.items():
        if name in others:
            return ours
    from difflib import get_close_matches  # it costs memory

    known = ["--check-config", "--config", "--help", "--manual", "--version", *(one.flag for one in ALL)]
    return next(iter(get_close_matches(name, known, 1, 0.75)), None)


def _parser():
    parser = _Parser(
        prog="wsgi-rs",
        usage="wsgi-rs [OPTIONS] [APP]",
        description="Serves WSGI applications.",
        epilog="Each option can also be set by an environment variable, such as WSGI_RS_THREADS "
               "for --threads, and by a key of the file of --config, such as `threads = 8`. "
               "Several values in a variable are separated by commas, except in "
               "WSGI_RS_BASE_ENVIRON, which has one. SECONDS may have a fraction. "
               "SIZE and BYTES may have a unit, as in 64KiB, 10MiB or 1GiB.",
        allow_abbrev=False,
    )
    parser.add_argument("app", nargs="?", metavar="APP", help=(
        "the application: module:app, module:factory(), or the folder of a Django project"))
    parser.add_argument("--config", metavar="FILE", help="read options from a TOML file")
    parser.add_argument("--check-config", action="store_true",
                        help="check the options, the files and the applications, and end")
    parser.add_argument("--manual", action="store_true",
                        help="print the manual page, as for `man -l -`, and end")
    parser.add_argument("--version", action="store_true", help="print the version, and end")
    for title, options in OPTIONS.items():
        group = parser.add_argument_group(title)
        for option in options:
            text = option.help + (f"; default: {option.default}" if option.default else "")
            if option.value is None:
                group.add_argument(option.flag, dest=option.key, action="store_true", default=None,
                                   help=text)
            else:
                group.add_argument(option.flag, dest=option.key, metavar=option.value, help=text,
                                   action="append" if option.several else "store")
    return parser
