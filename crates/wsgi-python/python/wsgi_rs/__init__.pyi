"""A fast, strict server for WSGI applications (PEP 3333)."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, final

from _typeshed.wsgi import WSGIApplication

_Path: TypeAlias = str | os.PathLike[str]

__all__ = ["ClientDisconnected", "FileWrapper", "InputError", "serve"]

def serve(
    app: WSGIApplication,
    bind: str | Sequence[str] = ...,
    *,
    protocol: Literal["http", "fastcgi", "scgi", "uwsgi"] | None = ...,
    socket_mode: int | None = ...,
    socket_owner: int | None = ...,
    socket_group: int | None = ...,
    mount: Mapping[str, WSGIApplication] | None = ...,
    static: Mapping[str, _Path] | None = ...,
    static_cache: float | None = ...,
    validate: bool | None = ...,
    threads: int | None = ...,
    request_timeout: float | None = ...,
    max_stuck_threads: int | None = ...,
    end_when_stuck: bool | None = ...,
    max_waiting: int | None = ...,
    wait_timeout: float | None = ...,
    idle_thread_timeout: float | None = ...,
    shutdown_timeout: float | None = ...,
    drain_delay: float | None = ...,
    health: bool | None = ...,
    metrics: str | None = ...,
    list_requests: bool | None = ...,
    tls_cert: _Path | Sequence[_Path] | None = ...,
    tls_key: _Path | Sequence[_Path] | None = ...,
    tls_self_signed: bool | None = ...,
    tls_client_ca: _Path | None = ...,
    tls_client_auth: Literal["optional", "required"] | None = ...,
    tls_ticket_keys: _Path | None = ...,
    tls_min_version: Literal["1.2", "1.3"] | None = ...,
    redirect_http: str | None = ...,
    redirect_port: int | None = ...,
    acme_webroot: _Path | None = ...,
    trust_proxy: str | Sequence[str] | None = ...,
    forwarded_by: Literal["x-forwarded", "forwarded"] | None = ...,
    trust_forwarded_host: bool | None = ...,
    trust_forwarded_prefix: bool | None = ...,
    proxy_protocol: bool | None = ...,
    access_log: str | None = ...,
    access_log_format: str | None = ...,
    max_connections: int | None = ...,
    max_connections_per_address: int | None = ...,
    max_requests_per_connection: int | None = ...,
    keep_alive: float | None = ...,
    first_request_timeout: float | None = ...,
    handshake_timeout: float | None = ...,
    head_timeout: float | None = ...,
    body_timeout: float | None = ...,
    write_timeout: float | None = ...,
    min_rate: int | None = ...,
    response_timeout: float | None = ...,
    max_target_bytes: int | None = ...,
    max_head_bytes: int | None = ...,
    max_fields: int | None = ...,
    max_params: int | None = ...,
    max_interleaved: int | None = ...,
    max_body_bytes: int | None = ...,
    spool_bodies: bool | None = ...,
    spool_limit: int | None = ...,
    spool_dir: _Path | None = ...,
    script_name: str | None = ...,
    base_environ: Mapping[str, str] | None = ...,
    server_software: str | None = ...,
) -> None:
    """Serves an application until SIGINT or SIGTERM."""

class InputError(OSError):
    """The request's body cannot be read to its end."""

    status: int

class ClientDisconnected(OSError):
    """The client went away while the response was written."""

@final
class FileWrapper:
    """A file that a response sends (`wsgi.file_wrapper`)."""

    def __init__(self, filelike: Any, block_size: int = ...) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...
    def close(self) -> None: ...
