//! The builder's limits of the load that clients can put on a server.

use super::Builder;

impl Builder {
    /// Limits the number of requests on a connection; by default there is no limit. The last
    /// response says that the connection ends: over HTTP by `Connection: close`, over FastCGI by
    /// its end, even if the front server asked to keep it. With 1, or 0, each connection ends with
    /// its first response.
    ///
    /// The limit spreads clients that never reconnect over the servers behind a load balancer.
    pub fn max_requests_per_connection(mut self, requests: u64) -> Self {
        self.options.max_requests_per_connection = requests.max(1);
        self
    }
}
