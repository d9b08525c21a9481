"""Django projects, named by their folder."""

import os
import sys

from .load_error import LoadError

SETTINGS = "DJANGO_SETTINGS_MODULE"


def is_project(folder):
    """Whether a folder holds a Django project: there is a file `manage.py` in it."""
    return os.path.isfile(os.path.join(folder, "manage.py"))


def load_project(folder):
    """The application of a project, with the settings that `manage.py` or the environment names."""
    import re  # it costs memory

    folder = os.path.abspath(folder)
    with open(os.path.join(folder, "manage.py"), encoding="utf-8") as file:
        named = re.search(rf"['\"]{SETTINGS}['\"]\s*,\s*['\"]([\w.]+)['\"]", file.read())
    if SETTINGS not in os.environ:
        if named is None:
            raise LoadError(f"{folder}/manage.py names no settings; set {SETTINGS}")
        os.environ[SETTINGS] = named[1]
    sys.path.insert(0, folder)
    try:
        from django.core.wsgi import get_wsgi_application
    except ModuleNotFoundError:
        raise LoadError("the package django is not installed") from None
    return get_wsgi_application()
