"""The applications of a test module, each at the path of its name.

    pages = Pages()

    @pages.page
    def hello(environ, start_response): ...

`/hello` calls it as it is, and `/validated/hello` with CPython's `wsgiref.validate` around it. A
server runs `test_module:pages`.
"""

import json
from urllib.parse import parse_qs
from wsgiref.validate import validator

TEXT = [("Content-Type", "text/plain")]


class Pages:
    """A WSGI application that dispatches to others by the first segment of the path."""

    def __init__(self):
        self.by_name = {}
        self.notes = {}

    def page(self, application):
        name = application.__name__
        self.by_name[name] = application
        self.by_name["validated/" + name] = validator(application)
        return application

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"].lstrip("/")
        if path.startswith("notes/"):
            return self.answer(start_response, json.dumps(self.notes.get(path[6:])))
        if path in self.by_name:
            return self.by_name[path](environ, start_response)
        # The rest of a path is for the page.
        first = path.split("/", 1)[0]
        return self.by_name[first](environ, start_response)

    def note(self, name, value):
        """Keeps a value that `/notes/NAME` answers as JSON."""
        self.notes[name] = value

    def answer(self, start_response, text, status="200 OK"):
        body = text.encode()
        start_response(status, TEXT + [("Content-Length", str(len(body)))])
        return [body]


def argument(environ, name, default=None):
    """An argument in the query string."""
    return parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True).get(name, [default])[0]


def ok(start_response, *fields, status="200 OK"):
    """Starts a plain response."""
    return start_response(status, TEXT + list(fields))
