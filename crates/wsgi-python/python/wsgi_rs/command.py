"""The command `wsgi-rs`."""

import argparse
import sys
import traceback

from .loading import LoadError, load
from .serving import DEFAULT_BIND, serve


def main(arguments=None):
    """Runs the command and returns its exit code: 0, 1 after an error, 2 for wrong arguments."""
    options = parser().parse_args(arguments)
    try:
        app = load(options.app)
    except LoadError as error:
        return fail(error)
    except Exception as error:
        traceback.print_exc()
        return fail(f"{options.app!r} cannot be imported: {type(error).__name__}: {error}")
    try:
        serve(app, options.bind or DEFAULT_BIND, threads=options.threads)
    except (OSError, ValueError) as error:
        return fail(error)
    return 0


def parser():
    parser = argparse.ArgumentParser(prog="wsgi-rs", description="Serves a WSGI application.")
    parser.add_argument("app", help="the application, such as module:app or module:factory()")
    parser.add_argument("--bind", action="append", metavar="ADDR", help="an address to listen on")
    parser.add_argument("--threads", type=int, metavar="N", help="calls at once; default: 32")
    return parser


def fail(problem):
    print(f"wsgi-rs: error: {problem}", file=sys.stderr)
    return 1
