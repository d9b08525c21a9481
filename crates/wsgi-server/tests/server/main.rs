//! A server and its clients, in this process.

#[path = "../support/mod.rs"]
mod support;

mod allowed_peers;
mod bad_bodies;
mod bad_heads;
mod chunks;
mod concurrency;
mod connections;
mod connections_per_address;
mod drain;
mod ending;
mod environ;
mod expectations;
mod fastcgi;
mod fastcgi_bad_input;
mod fastcgi_records;
mod fastcgi_streams;
mod files;
mod hooks;
mod idle_connections;
mod input;
mod late_input;
mod lingering;
mod monitoring;
mod overload;
mod places;
mod requests_per_connection;
mod response_timeout;
mod responses;
mod retire;
mod scgi;
mod serving;
mod shutdown;
mod slow_readers;
mod thread_ends;
mod turns;
mod unix_sockets;
mod uwsgi;
