"""The command line, with a line for each mistake.

The parser of the library would cost half a megabyte of memory, for as long as the server runs. Only
the help needs it.
"""

from .options import ALL, OptionError

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
    "--chdir": ["--working-dir"],
    "--socket-mode": ["--uds-permissions", "--umask"],
    "--max-target-bytes": ["--limit-request-line"],
    "--max-fields": ["--limit-request-fields"],
}


HELP = ["--help", "-h"]

# The options that are not settings, and whether they take a value.
BESIDE = {"--config": True, "--check-config": False, "--manual": False, "--version": False,
          **dict.fromkeys(HELP, False)}

SETTINGS = {option.flag: option for option in ALL}


class CommandLine:
    """What a command line says. Raises an `OptionError`, or ends the process after the help."""

    def __init__(self, arguments):
        self.app = None
        self.config = None
        self.check_config = self.manual = self.version = False
        # The texts of the options by their keys: a list if there may be several, and True for a
        # switch.
        self.texts = {}
        self._rest = list(arguments)
        self._show_help_if_asked()
        while self._rest:
            argument = self._rest.pop(0)
            if argument == "--":
                for name in self._rest:
                    self._set_app(name)
                return
            if argument.startswith("-") and argument != "-":
                self._set_option(*argument.partition("="))
            else:
                self._set_app(argument)

    def _show_help_if_asked(self):
        """Shows the help also beside mistakes, which are a reason to ask for it."""
        for argument in self._rest:
            if argument == "--":
                return
            if argument in HELP:
                from . import help  # the program needs it for nothing else

                help.show()

    def _set_app(self, name):
        if self.app is not None:
            raise OptionError(f"unexpected argument {name!r}")
        self.app = name

    def _set_option(self, flag, equals, text):
        option = SETTINGS.get(flag)
        if option is None and flag not in BESIDE:
            raise OptionError(f"unknown option {flag!r}{suggestion(flag, [*BESIDE, *SETTINGS])}")
        takes_value = BESIDE[flag] if option is None else option.value is not None
        if not takes_value:
            if equals:
                raise OptionError(f"{flag} takes no value")
            text = True
        elif not equals:
            text = self._value(flag)
        if option is None:
            setattr(self, flag[2:].replace("-", "_"), text)
        elif option.several:
            self.texts.setdefault(option.key, []).append(text)
        else:
            self.texts[option.key] = text

    def _value(self, flag):
        """The value of an option, which is the next argument, unless that is an option itself."""
        if not self._rest or (self._rest[0].startswith("-") and not _is_value(self._rest[0])):
            raise OptionError(f"{flag} needs a value")
        return self._rest.pop(0)


def _is_value(text):
    """Whether a text with a hyphen is a value: the hyphen alone, a number for the option to refuse,
    or several words, unless they are the value of an option."""
    if text == "-" or text[1:2].isdecimal() or (text[1:2] == "." and text[2:3].isdecimal()):
        return True
    flag = text.partition("=")[0]
    return " " in text and flag not in SETTINGS and flag not in BESIDE


def suggestion(flag, known, spelt=str):
    """The end of an error about an unknown option. `spelt` makes the name of the place at fault of
    the flag that was probably meant, which is one of the `known`."""
    meant = _similar(flag, known)
    return f"; did you mean {spelt(meant)}?" if meant else ""


def _similar(name, known):
    """The option that was probably meant."""
    for ours, others in ELSEWHERE.items():
        if name in others and ours in known:
            return ours
    from difflib import get_close_matches  # it costs memory

    return next(iter(get_close_matches(name, known, 1, 0.75)), None)
