"""The environment variables of the command."""

from .command_line import suggestion
from .options import ALL, ENVIRONMENT_PREFIX as PREFIX, OptionError

APP = PREFIX + "APP"
CONFIG = PREFIX + "CONFIG"
CHECK_CONFIG = PREFIX + "CHECK_CONFIG"

# The version of the package, by which images of containers are built.
VERSION = PREFIX + "VERSION"

# Names the socket of the numbers to programs that take over.
NUMBERS = PREFIX + "NUMBERS"

# The ends of variables for the ports of services.
PROTOCOLS = ["TCP", "UDP", "SCTP"]
PARTS = ["PROTO", "PORT", "ADDR", "START", "END", "PORT_START", "PORT_END"]


def refuse_unknown(environment):
    """Raises an `OptionError` if a variable that looks as if it were that of an option is none."""
    names = {name for name in environment if name.startswith(PREFIX)}
    known = {APP, CONFIG, CHECK_CONFIG, *(option.variable for option in ALL)}
    for name in sorted(names - known - {VERSION, NUMBERS}):
        if not _is_of_a_service(name, environment[name]):
            meant = suggestion(_flag(name), [_flag(one) for one in known], _variable)
            remedy = f"; unless it is meant for an option, its name must not begin with {PREFIX}"
            raise OptionError(f"unknown variable {name}{meant or remedy}")


def _flag(variable):
    return "--" + variable.removeprefix(PREFIX).lower().replace("_", "-")


def _variable(flag):
    return PREFIX + flag.removeprefix("--").replace("-", "_").upper()


def _is_of_a_service(name, value):
    """Whether Kubernetes sets such a variable for a service, or Docker for a link to a container,
    whose name begins as the command's."""
    if name.endswith("_PORT") or "_PORT_" in name:
        if value.startswith(tuple(f"{protocol.lower()}://" for protocol in PROTOCOLS)):
            return True
        if name.endswith(tuple(f"_{protocol}_{part}" for protocol in PROTOCOLS for part in PARTS)):
            return True
    # As in WSGI_RS_NAME=/container/wsgi-rs.
    link = value.rpartition("/")[2].replace("-", "_").upper()
    return (name.endswith("_SERVICE_HOST") or "_SERVICE_PORT" in name or "_ENV_" in name
            or name == f"{link}_NAME" and value.startswith("/") and value.count("/") == 2)
