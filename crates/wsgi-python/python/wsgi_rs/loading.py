"""Applications by their names."""

import importlib
import os
import sys

from . import django_project
from .asynchronous import is_asynchronous
from .load_error import LoadError


def load(name):
    """The application of a name such as `module:app`, `package.module:app`, `module`, which stands
    for `module:application` or `module:app`, or `module:factory()`, which is called once.

    Modules are looked for in the present folder first. The name may also be the folder of a Django
    project.
    """
    if os.path.isdir(name):
        if django_project.is_project(name):
            return django_project.load_project(name)
        if os.sep in name or name in (os.curdir, os.pardir):  # otherwise it may be a package
            raise LoadError(f"there is no manage.py of a Django project in the folder {name!r}")
    elif name.endswith(os.sep):
        raise LoadError(f"there is no folder {name!r}")
    module_name, _, attribute = name.partition(":")
    meant = _module_of_file(module_name)
    if meant is not None:
        meant += name[len(module_name):]
        raise LoadError(f"there is no module {module_name!r}; did you mean {meant!r}?")
    if not module_name or module_name.startswith("."):
        raise LoadError(f"{name!r} names no module; the form is module:app")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            raise LoadError(f"there is no module {error.name!r} (for {name!r})") from None
        raise
    app = _attribute(module, attribute)
    if not callable(app):
        raise LoadError(f"{name!r} is not callable, so it is not a WSGI application")
    if is_asynchronous(app):
        raise LoadError(
            f"{name!r} is asynchronous, such as an application of ASGI, and not one of WSGI")
    return app


def _module_of_file(path):
    """The name of the module in a file below the present folder, or `None`."""
    if not path.endswith(".py") or not os.path.isfile(path):
        return None
    parts = os.path.normpath(path).removesuffix(".py").split(os.sep)
    return ".".join(parts) if all(map(str.isidentifier, parts)) else None


def _attribute(module, expression):
    if not expression:
        for attribute in ("application", "app"):
            if hasattr(module, attribute):
                return getattr(module, attribute)
        raise LoadError(f"the module {module.__name__!r} has no `application` and no `app`")
    path, call, rest = expression.partition("()")
    if rest:
        raise LoadError(f"{expression!r} is neither a name nor a call without arguments")
    found = module
    for attribute in path.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise LoadError(f"the module {module.__name__!r} has no {path!r}") from None
    if not call:
        return found
    if not callable(found):
        raise LoadError(f"{path!r} of the module {module.__name__!r} is not callable")
    return found()
