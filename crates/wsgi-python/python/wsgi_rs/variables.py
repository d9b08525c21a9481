"""The environment variables of the command."""

from .command_line import suggestion
from .options import ALL, ENVIRONMENT_PREFIX, OptionError

APP = ENVIRONMENT_PREFIX + "APP"
CONFIG = ENVIRONMENT_PREFIX + "CONFIG"
CHECK_CONFIG = ENVIRONMENT_PREFIX + "CHECK_CONFIG"

# Names the socket of the numbers to programs that take over.
NUMBERS = ENVIRONMENT_PREFIX + "NUMBERS"


def refuse_unknown(environment):
    """Raises an `OptionError` if a variable that looks as if it were that of an option is none."""
    names = {name for name in environment if name.startswith(ENVIRONMENT_PREFIX)}
    names -= {APP, CONFIG, CHECK_CONFIG, NUMBERS, *(option.variable for option in ALL)}
    for name in sorted(names):
        if not _is_of_a_service(name, environment[name]):
            flag = "--" + name.removeprefix(ENVIRONMENT_PREFIX).lower().replace("_", "-")
            raise OptionError(f"unknown variable {name}{suggestion(flag, _variable)}")


def _variable(flag):
    return ENVIRONMENT_PREFIX + flag.removeprefix("--").replace("-", "_").upper()


def _is_of_a_service(name, value):
    """Whether Kubernetes sets such a variable, for a service whose name begins as the command's."""
    port, _, part = name.rpartition("_")
    is_part = part in ("PROTO", "PORT", "ADDR") and port.endswith(("_TCP", "_UDP", "_SCTP"))
    return (value.startswith(("tcp://", "udp://", "sctp://")) or is_part and "_PORT_" in port
            or name.endswith("_SERVICE_HOST") or "_SERVICE_PORT" in name)
