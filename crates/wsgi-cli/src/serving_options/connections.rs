//! The options for the connections of a server.

use std::{num::NonZeroUsize, time::Duration};

use clap::Args;
use wsgi::server::Builder;

use super::set;
use crate::option_value::{number, seconds, timeout};

/// The options for connections.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Connections")]
pub(crate) struct Connections {
    /// Keep at most this number of connections; default: 65536
    ///
    /// A further client makes the server close an idle connection.
    #[arg(long, env = "WSGI_MAX_CONNECTIONS", value_name = "N", value_parser = number)]
    pub(crate) max_connections: Option<NonZeroUsize>,

    /// Keep at most this number of connections of one address; default: no limit
    ///
    /// Addresses of IPv6 count together if their first 64 bits are the same. A further connection
    /// is answered 503. Remember that many clients can share an address.
    #[arg(
        long,
        env = "WSGI_MAX_CONNECTIONS_PER_ADDRESS",
        value_name = "N",
        value_parser = number
    )]
    pub(crate) max_connections_per_address: Option<NonZeroUsize>,

    /// Answer at most this number of requests on a connection; default: no limit
    #[arg(
        long,
        env = "WSGI_MAX_REQUESTS_PER_CONNECTION",
        value_name = "N",
        value_parser = number
    )]
    pub(crate) max_requests_per_connection: Option<NonZeroUsize>,

    /// Close a new connection that sends no request for this time; more than 0; default: 60
    #[arg(
        long,
        env = "WSGI_FIRST_REQUEST_TIMEOUT",
        value_name = "SECONDS",
        value_parser = timeout
    )]
    pub(crate) first_request_timeout: Option<Duration>,

    /// Close a connection that is idle between two requests for this time; default: 75
    ///
    /// With 0, each connection ends with its first response.
    #[arg(long, env = "WSGI_KEEP_ALIVE", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) keep_alive: Option<Duration>,

    /// Close a connection whose TLS handshake takes longer than this; more than 0; default: 15
    #[arg(long, env = "WSGI_HANDSHAKE_TIMEOUT", value_name = "SECONDS", value_parser = timeout)]
    pub(crate) handshake_timeout: Option<Duration>,
}

impl Connections {
    pub(super) fn apply(&self, builder: Builder) -> Builder {
        let max_connections = self.max_connections.map(NonZeroUsize::get);
        let builder = set(builder, max_connections, Builder::max_connections);
        let per_address = self.max_connections_per_address.map(NonZeroUsize::get);
        let builder = set(builder, per_address, Builder::max_connections_per_address);
        let requests = self.max_requests_per_connection;
        let requests = requests.map(|requests| requests.get() as u64);
        let builder = set(builder, requests, Builder::max_requests_per_connection);
        let first_request = self.first_request_timeout;
        let builder = set(builder, first_request, Builder::first_request_timeout);
        let builder = set(builder, self.keep_alive, Builder::keep_alive);
        set(builder, self.handshake_timeout, Builder::handshake_timeout)
    }
}
