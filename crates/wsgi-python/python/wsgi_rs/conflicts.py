"""Settings that do not fit together, also those of `serve`."""


class Conflicts:
    """Looks for settings that do not fit together. `values` has those that are set. `name` gives
    the name of a key for messages, such as `--tls-cert` for `tls_cert`."""

    def __init__(self, values, name):
        self._values = values
        self._name = name

    def first(self):
        """A sentence about the first conflict, or `None`."""
        return next(self._all(), None)

    def _all(self):
        yield from self._certificates()
        value, name = self._values.get, self._name
        is_http = (value("protocol") or "http") == "http"
        has_unix = any(one.startswith("unix:") for one in self._texts("bind"))
        has_tls = bool(self._texts("tls_cert")) or bool(value("tls_self_signed"))
        for key in "tls_cert", "tls_self_signed":
            if self._is_set(key) and not is_http:
                option = name(key)
                yield (f"{option} needs {name('protocol')} http: with another protocol, the front "
                       f"server has the certificate and speaks TLS with clients, so leave out "
                       f"{option} here")
        needs = [
            (has_tls, f"{name('tls_cert')} or {name('tls_self_signed')}",
             ["tls_client_ca", "tls_client_auth", "tls_ticket_keys", "tls_min_version",
              "redirect_http", "redirect_port"]),
            (value("tls_client_ca"), name("tls_client_ca"), ["tls_client_auth"]),
            (value("trust_proxy"), name("trust_proxy"),
             ["proxy_protocol", "forwarded_by", "trust_forwarded_host", "trust_forwarded_prefix"]),
            (value("static"), name("static"), ["static_cache"]),
            (value("access_log"), name("access_log"), ["access_log_format"]),
            (value("workers"), name("workers"), ["preload", "max_requests", "max_rss"]),
            (value("max_requests"), name("max_requests"), ["max_requests_jitter"]),
            (has_unix, f"{name('bind')} unix:PATH",
             ["socket_mode", "socket_owner", "socket_group"]),
        ]
        for is_met, needed, keys in needs:
            for key in keys:
                if self._is_set(key) and not is_met:
                    option = name(key)
                    yield f"{option} needs {needed}: add that, or leave out {option}"
        # A process knows only its own requests.
        for one, other in [("tls_self_signed", "tls_cert"), ("reload", "preload"),
                           ("list_requests", "workers"), ("list_requests", "reload")]:
            if value(one) and value(other):
                yield f"{name(one)} and {name(other)} exclude each other: leave out one of them"
        yield from self._addresses()
        yield from self._prefixes()

    def _is_set(self, key):
        switches = ("preload", "proxy_protocol", "tls_self_signed")
        value = self._values.get(key)
        return bool(value) if key in switches else value is not None

    def _texts(self, key):
        value = self._values.get(key) or []
        return [value] if isinstance(value, (str, bytes)) or hasattr(value, "__fspath__") else value

    def _certificates(self):
        certificate, key = self._name("tls_cert"), self._name("tls_key")
        certificates, keys = len(self._texts("tls_cert")), len(self._texts("tls_key"))
        if certificates == keys:
            return
        if not keys:
            yield (f"{certificate} needs {key}: name the file with the private key of the "
                   f"certificate, or make one for development by "
                   f"{self._name('tls_self_signed')} alone")
        elif not certificates:
            yield f"{key} needs {certificate}: name the file with the certificate for this key"
        else:
            yield (f"{certificate} names {certificates} files, and {key} {keys}: name one key for "
                   f"each certificate, in the same order")

    def _addresses(self):
        """Finds an address that two sockets would need."""
        taken = []
        for key in "bind", "redirect_http", "metrics":
            for address in self._texts(key):
                for other_key, other in taken:
                    if _exclude(other, address):
                        one, two = self._name(other_key), self._name(key)
                        if one == two and other == address:
                            yield f"{one} names {address} twice"
                        elif other == address:
                            yield (f"{one} and {two} name the same address; choose another one "
                                   f"for {two}")
                        else:
                            yield (f"{one} {other} and {two} {address} overlap: change or leave "
                                   f"out one of them")
                taken.append((key, address))

    def _prefixes(self):
        """Finds a prefix with two applications or folders, of which one would not be served."""
        taken = {} if self._values.get("app") is None else {"/": None}
        for key in "mount", "static":
            name, sites = self._name(key), self._values.get(key) or ()
            for prefix, _ in sites.items() if hasattr(sites, "items") else sites:
                prefix = _mounted(prefix)
                if prefix not in taken:
                    taken[prefix] = name
                elif taken[prefix] is None:
                    yield f"{name} names the prefix / beside an application, which is served there"
                elif taken[prefix] == name:
                    yield f"{name} names the prefix {prefix} twice"
                else:
                    yield (f"{taken[prefix]} and {name} name the same prefix {prefix}; choose "
                           f"another one for {name}")


def _mounted(prefix):
    """A prefix as it is served: slashes at its end mean nothing, and the first may be missing."""
    prefix = prefix.rstrip("/")
    return prefix if prefix.startswith("/") else f"/{prefix}"


def _exclude(one, other):
    if one.startswith("unix:") or other.startswith("unix:"):
        return one == other
    (host, _, port), (other_host, _, other_port) = one.rpartition(":"), other.rpartition(":")
    is_same = host == other_host or not host or not other_host
    return is_same and port == other_port and port.strip("0") != ""
