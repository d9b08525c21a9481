"""The help of the command."""

import argparse
import sys

from .options import OPTIONS


def show():
    """Prints the help, and ends the process."""
    _parser().print_help()
    sys.exit(0)


def _parser():
    """A parser of the library, which lays its help out well, and parses nothing here."""
    parser = argparse.ArgumentParser(
        prog="wsgi-rs",
        usage="wsgi-rs [OPTIONS] [APP]",
        description="Serves WSGI applications.",
        epilog="Each option can also be set by an environment variable, such as WSGI_RS_THREADS "
               "for --threads, and by a key of the file of --config, such as `threads = 8`. "
               "Several values in a variable are separated by commas, except in "
               "WSGI_RS_BASE_ENVIRON, which has one. A variable that begins with WSGI_RS_ and that "
               "no option has is refused. SECONDS may have a fraction. SIZE and BYTES may have a "
               "unit, as in 64KiB, 10MiB or 1GiB.",
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
            text = text.replace("%", "%%")  # the library formats it
            if option.value is None:
                group.add_argument(option.flag, dest=option.key, action="store_true", default=None,
                                   help=text)
            else:
                group.add_argument(option.flag, dest=option.key, metavar=option.value, help=text,
                                   action="append" if option.several else "store")
    return parser
