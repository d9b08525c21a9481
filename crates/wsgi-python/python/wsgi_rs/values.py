"""The values of options, from their texts. Each function refuses a text by naming what the option
takes."""

import grp
import pwd

# The longest time, in seconds: a year. The server takes it for a longer one, too.
LONGEST = 365 * 24 * 3600

# The greatest number that the server can count to on every machine.
GREATEST = 2**63 - 1


def number(text):
    return _between(text, 0, GREATEST, "a number of at least 0")


def count(text):
    return _between(text, 1, GREATEST, "a number of at least 1")


def within(least, most):
    """A number in this range."""
    return lambda text: _between(text, least, most, f"a number from {least} to {most}")


def _between(text, least, most, takes):
    number = _number(text)
    if number is not None and least <= number <= most:
        return number
    raise ValueError(takes)


def _number(text):
    """The number of these digits. `None` for other texts, and for numbers that no option takes:
    Python refuses very long ones."""
    if text.isascii() and text.isdecimal() and len(text.lstrip("0")) <= len(str(GREATEST)):
        return int(text.lstrip("0") or "0")
    return None


def seconds(text):
    digits = text.replace(".", "", 1)
    if digits.isascii() and digits.isdecimal() and float(text) <= LONGEST:
        return float(text)
    raise ValueError(f"a number of seconds from 0 to {LONGEST}, such as 30 or 0.5")


def timeout(text):
    """Seconds after which something fails that takes time: with none, it would always fail."""
    takes = f"a number of seconds above 0 and up to {LONGEST}, such as 30 or 0.5"
    try:
        time = seconds(text)
    except ValueError:
        raise ValueError(takes) from None
    if time:
        return time
    raise ValueError(takes)


_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def size(text):
    return _size(text, 0, GREATEST, "a number of bytes, such as 65536 or 10MiB")


def target_size(text):
    return _size(text, 1, GREATEST, "a number of bytes of at least 1, such as 8192 or 8KiB")


def head_size(text):
    return _size(text, 1, 2**32 - 1,
                 "a number of bytes from 1 to 4294967295, such as 32768 or 32KiB")


def _size(text, least, most, takes):
    digits = text.rstrip("KMGiB ")
    unit = text[len(digits):].strip(" ")
    number = _number(digits)
    if number is not None and unit in _UNITS:
        bytes = number * _UNITS[unit]
        if least <= bytes <= most:
            return bytes
    raise ValueError(takes)


def switch(text):
    """What a switch is turned to by an environment variable."""
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("", "0", "false", "no", "off"):
        return False
    raise ValueError("yes or no")


def choice(*names):
    def convert(text):
        if text in names:
            return text
        raise ValueError(f"{', '.join(names[:-1])} or {names[-1]}")

    return convert


def log_format(text):
    """The name of a format, or one in the notation of Apache, of which the server knows more."""
    if text in ("common", "combined", "json") or "%" in text:
        return text
    raise ValueError("common, combined, json or a format such as '%h %t \"%r\" %>s'")


def path(text):
    if text:
        return text
    raise ValueError("a path")


def pair(form):
    """A prefix and what is there."""

    def convert(text):
        prefix, equals, target = text.partition("=")
        if prefix.startswith("/") and equals and target:
            return prefix, target
        raise ValueError(form)

    return convert


def variable(text):
    name, equals, value = text.partition("=")
    if name and equals and not name.startswith("wsgi."):
        return name, value
    raise ValueError("NAME=VALUE, of which no name begins with wsgi.")


def script_name(text):
    if text.startswith("/"):
        return text
    raise ValueError("a path such as /demo")


def software(text):
    if not any(character < " " or "\x7f" <= character <= "\x9f" for character in text):
        return text
    raise ValueError("a name without control characters")


def _is_tcp(text):
    host, colon, port = text.rpartition(":")
    number = _number(port)
    if not colon or number is None or number >= 65536:
        return False
    # Without brackets the port could be part of the address.
    return ":" not in host or (host.startswith("[") and host.endswith("]"))


def address(text):
    if text.startswith("unix:") and len(text) > 5 or _is_tcp(text):
        return text
    raise ValueError("an address such as 127.0.0.1:8000, :8000 or unix:/run/app.sock")


def address_with_host(text):
    if not text.startswith(":"):
        try:
            return address(text)
        except ValueError:
            pass
    raise ValueError("an address with a host, such as 127.0.0.1:9100, or unix:PATH")


def tcp(text):
    if _is_tcp(text) and not text.startswith("unix:"):
        return text
    raise ValueError("a host and a port, such as 127.0.0.1:8080 or :80")


def proxy(text):
    takes = ValueError("an IP address, a network such as 10.0.0.0/8, or unix")
    if text == "unix":
        return text
    from ipaddress import ip_network  # it costs memory, and few need it

    place, _, bits = text.partition("/")
    if "%" in place or not (bits or "0").isdecimal() or text.endswith("/"):
        raise takes
    try:
        ip_network(text)
    except ValueError:
        pass
    else:
        return text
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise takes from None
    raise ValueError(f"a network by its first address, {network}")


def mode(text):
    """Permissions in octal digits, as `chmod` takes them."""
    if 1 <= len(text) <= 4 and set(text) <= set("01234567") and int(text, 8) <= 0o777:
        return int(text, 8)
    raise ValueError("permissions such as 660")


def user(text):
    return _account(text, lambda name: pwd.getpwnam(name).pw_uid, "user")


def group(text):
    return _account(text, lambda name: grp.getgrnam(name).gr_gid, "group")


def _account(text, find, what):
    number = _number(text)
    if number is not None and number < 2**32 - 1:
        return number
    try:
        return find(text)
    except KeyError:
        raise ValueError(f"the name or the number of a {what}") from None
