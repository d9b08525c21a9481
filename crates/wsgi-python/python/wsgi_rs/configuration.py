"""The values of the options: of the command line, else of the environment, else of the file."""

import os
import sys

from .command_line import SETTINGS, CommandLine, suggestion
from .conflicts import Conflicts
from .options import ALL, BY_KEY, Option, OptionError
from .values import mode, switch
from .variables import APP, CHECK_CONFIG, CONFIG, refuse_unknown


class Configuration:
    """What the command was told."""

    def __init__(self, app, values, check_only=False):
        self.app = app
        self.values = values
        self.check_only = check_only

    def __getattr__(self, key):
        if key in BY_KEY:
            return self.values.get(key)
        raise AttributeError(key)


def configure(arguments, environment=os.environ):
    """The configuration of a command line and its environment.

    Raises an `OptionError`, or an `OSError` if the file cannot be read, or ends the process after
    the help.
    """
    given = CommandLine(sys.argv[1:] if arguments is None else arguments)
    if given.version or given.manual:
        return given
    refuse_unknown(environment)
    file = given.config or environment.get(CONFIG)
    values = _of_file(file) if file else {}
    app = given.app or environment.get(APP) or values.pop("app", None)
    values.pop("app", None)
    values.update(_of_environment(environment))
    for key, text in given.texts.items():
        option = BY_KEY[key]
        values[key] = _of_texts(option, text, option.flag)
    if app is None and "mount" not in values:
        raise OptionError("name an application, such as module:app; --help says more")
    conflict = Conflicts({**values, "app": app}, lambda key: BY_KEY[key].flag).first()
    if conflict is not None:
        raise OptionError(conflict)
    check = Option("check-config", None, None, switch)
    check_only = given.check_config or check.parse(environment.get(CHECK_CONFIG, ""), CHECK_CONFIG)
    return Configuration(app, values, check_only)


def _of_texts(option, text, source):
    if text is True:
        return True
    if option.several:
        return [option.parse(one, source) for one in text]
    return option.parse(text, source)


def _of_environment(environment):
    values = {}
    for option in ALL:
        text = environment.get(option.variable)
        if text is None:
            continue
        texts = text
        if option.several:
            texts = text.split(",") if option.separated else [text]
        values[option.key] = _of_texts(option, texts, option.variable)
    return values


def _of_file(path):
    try:
        import tomllib
    except ModuleNotFoundError:  # before Python 3.11
        try:
            import tomli as tomllib
        except ModuleNotFoundError:
            problem = "--config needs Python 3.11 or later, or the package tomli"
            raise OptionError(problem) from None
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise OSError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:  # of TOML, or of UTF-8
        raise OptionError(f"{path}: {error}") from None
    values = {}
    for key, value in content.items():
        source = f"{path}: {key}"
        if key == "app":
            values["app"] = _single(value, source)
            continue
        option = BY_KEY.get(key.replace("-", "_"))
        if option is None:
            flag = "--" + key.replace("_", "-")
            meant = suggestion(flag, ["--app", *SETTINGS], lambda flag: flag[2:])
            raise OptionError(f"{path}: there is no option {key!r}{meant}")
        values[option.key] = _of_toml(option, value, source)
    return values


def _of_toml(option, value, source):
    if option.several:
        if isinstance(value, dict):  # of prefixes
            value = [f"{prefix}={_single(target, source)}" for prefix, target in value.items()]
        one_by_one = value if isinstance(value, list) else [value]
        return [option.parse(_text(option, one, source), source) for one in one_by_one]
    return option.parse(_text(option, value, source), source)


def _text(option, value, source):
    """The text of the command line for a value of the file."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)) and option.convert is mode:
        # 660 and 0o660 are different numbers in TOML, which does not say how one was written.
        raise OptionError(f'{source} takes permissions in quotes, such as "660", not a number')
    return _single(value, source)


def _single(value, source):
    """The text of a value that is no list, no table and no date."""
    if isinstance(value, (str, int, float)):
        return str(value)
    kind = {list: "a list", dict: "a table"}.get(type(value), "a date")
    raise OptionError(f"{source} takes a text or a number, not {kind}")
