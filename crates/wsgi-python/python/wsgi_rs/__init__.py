"""A fast, strict server for WSGI applications (PEP 3333)."""

from ._wsgi_rs import ClientDisconnected, FileWrapper, InputError
from .serving import serve

__all__ = ["ClientDisconnected", "FileWrapper", "InputError", "serve"]
