//! A server and its clients, in this process.

#[path = "../support/mod.rs"]
mod support;

#[cfg(all(feature = "fastcgi", feature = "proxy-protocol", feature = "scgi"))]
mod allowed_peers;
mod bad_bodies;
mod bad_heads;
#[cfg(all(feature = "fastcgi", feature = "proxy-protocol", feature = "scgi"))]
mod chunks;
mod concurrency;
mod connections;
#[cfg(all(feature = "fastcgi", feature = "proxy-protocol", feature = "scgi"))]
mod connections_per_address;
mod drain;
#[cfg(all(feature = "fastcgi", feature = "proxy-protocol", feature = "scgi"))]
mod ending;
mod environ;
mod expectations;
#[cfg(feature = "fastcgi")]
mod fastcgi;
#[cfg(feature = "fastcgi")]
mod fastcgi_bad_input;
#[cfg(feature = "fastcgi")]
mod fastcgi_records;
#[cfg(feature = "fastcgi")]
mod fastcgi_streams;
mod files;
mod hooks;
mod idle_connections;
mod input;
mod late_input;
mod lingering;
mod monitoring;
#[cfg(all(feature = "fastcgi", feature = "proxy-protocol", feature = "scgi"))]
mod overload;
mod places;
#[cfg(all(feature = "fastcgi", feature = "proxy-protocol", feature = "scgi"))]
mod requests_per_connection;
#[cfg(all(feature = "fastcgi", feature = "proxy-protocol", feature = "scgi"))]
mod response_timeout;
mod responses;
mod retire;
#[cfg(feature = "scgi")]
mod scgi;
mod serving;
mod shutdown;
#[cfg(all(feature = "fastcgi", feature = "proxy-protocol", feature = "scgi"))]
mod slow_readers;
mod thread_ends;
mod thread_stacks;
mod turns;
mod unix_sockets;
#[cfg(feature = "uwsgi")]
mod uwsgi;
