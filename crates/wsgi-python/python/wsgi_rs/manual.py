"""The manual page, for man(1)."""

from ._wsgi_rs import VERSION
from .options import OPTIONS

BEGIN = f"""\
.TH WSGI-RS 1 "" "wsgi-rs {VERSION}" "User Commands"
.SH NAME
wsgi-rs \\- serve WSGI applications of Python
.SH SYNOPSIS
.B wsgi-rs
[\\fIOPTIONS\\fR] [\\fIAPP\\fR]
.SH DESCRIPTION
Serves a WSGI application: module:app, module:factory(), or the folder of a Django project. module
alone stands for module:application or module:app. The present folder is searched for modules first.
Without \\-\\-bind, it serves the sockets that are passed to it, and else 127.0.0.1:8000.
.SH OPTIONS
.TP
\\fB\\-\\-config\\fR \\fIFILE\\fR
read options from a TOML file
.TP
\\fB\\-\\-check\\-config\\fR
check the options, the files and the applications, and end
.TP
\\fB\\-\\-help\\fR
print the options, and end
.TP
\\fB\\-\\-manual\\fR
print this page, and end
.TP
\\fB\\-\\-version\\fR
print the version, and end
"""

END = """\
.PP
SECONDS may have a fraction. SIZE and BYTES may have a unit, as in 64KiB, 10MiB or 1GiB.
.SH ENVIRONMENT
Each option can also be set by an environment variable, such as WSGI_RS_THREADS for \\-\\-threads.
Several values in a variable are separated by commas, except in WSGI_RS_BASE_ENVIRON, which has one.
WSGI_RS_APP names the application. A variable that begins with WSGI_RS_ and that no option has is
refused, unless it is that of a service of Kubernetes or a link of Docker. The command line takes
precedence over the environment, and the environment over the file of \\-\\-config.
.SH FILES
Each option is a key of the file of \\-\\-config, such as threads = 8, and so is app.
.SH SIGNALS
.TP
SIGHUP
loads the applications anew without a lost request
.TP
SIGUSR1
opens the access log again, after a rotation
.TP
SIGUSR2
restarts the program without a lost request
.TP
SIGTERM, SIGINT
ends when all requests have been answered; the second of these ends at once
.SH EXIT STATUS
0 after the end that a signal asked for, 2 for options that are wrong or do not fit together, and 1
if a file, an address or an application cannot be used, or after the second signal.
"""


def page():
    """The page in the language of roff."""
    parts = [BEGIN]
    for title, options in OPTIONS.items():
        parts.append(f".SS {title}\n")
        for option in options:
            value = "" if option.value is None else f" \\fI{_escaped(option.value)}\\fR"
            default = "" if option.default is None else f"; default: {option.default}"
            parts.append(f".TP\n\\fB{_escaped(option.flag)}\\fR{value}\n"
                         f"{_escaped(option.help + default)}\n")
    return "".join(parts) + END


def _escaped(text):
    """Text with hyphens that can be searched for and copied. A dot at the begin of a line would be
    a command."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in (".", "'") else text
