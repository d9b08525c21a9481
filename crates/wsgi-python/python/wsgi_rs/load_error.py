"""The error of an application that cannot be loaded."""


class LoadError(Exception):
    """An application cannot be loaded. The text is one line for the user."""
