//! The numbers of a server at one time.

use std::{collections::BTreeMap, sync::Arc};

use wsgi_metrics::{Counter, Durations};

use crate::{
    counting::{
        method::METHODS,
        reason::{ACCEPT_ERRORS, ConnectionReason, RequestReason},
        series::{ENDS, Labels, Pair, SCHEMES},
        shard::{Shard, VERSIONS},
    },
    loops::shared::Shared,
};

/// The numbers of a server at one time. [`Metrics`](crate::Metrics) has the meaning of each.
///
/// ```
/// use std::{io::{self, Write}, net::TcpStream, thread};
/// use wsgi_application::{Status, application};
/// use wsgi_server::{Metrics, Server};
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok("Hello world!\n".into())
/// });
/// let metrics = Metrics::new();
/// let server = Server::builder().bind("127.0.0.1:0")?.metrics(&metrics).build(app)?;
/// let (address, handle) = (server.local_addr().clone(), server.handle());
/// let serving = thread::spawn(move || server.serve_forever());
/// let mut client = TcpStream::connect(&address)?;
/// client.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
/// let response = io::read_to_string(client)?;
/// handle.shutdown();
/// serving.join().unwrap()?;
///
/// let snapshot = metrics.snapshot();
/// assert_eq!((snapshot.accepted_connections(), snapshot.open_connections()), (1, 0));
/// assert_eq!((snapshot.ended_requests(), snapshot.active_requests()), (1, 0));
/// assert_eq!(snapshot.received_bytes(), 18);
/// assert_eq!(snapshot.sent_bytes(), response.len() as u64);
/// assert_eq!((snapshot.evicted_connections(), snapshot.failed_tls_handshakes()), (0, 0));
/// assert_eq!((snapshot.busy_threads(), snapshot.stuck_threads()), (0, 0));
/// let all_zero = |mut counts: Box<dyn Iterator<Item = (&str, u64)> + '_>| counts.all(|(_, n)| n == 0);
/// assert!(all_zero(Box::new(snapshot.refused_connections())));
/// assert!(all_zero(Box::new(snapshot.refused_requests())));
/// assert!(all_zero(Box::new(snapshot.accept_errors())));
/// println!("{} idle threads, {} hand-overs", snapshot.idle_threads(), snapshot.hand_overs());
///
/// let series: Vec<_> = snapshot.requests().collect();
/// assert_eq!((series[0].method(), series[0].scheme()), ("GET", "http"));
/// assert_eq!((series[0].status_code(), series[0].break_off()), (Some(200), None));
/// assert_eq!(series[0].durations().count(), 1);
/// # Ok::<(), io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MetricsSnapshot {
    durations: BTreeMap<Labels, Durations>,
    begun: [u64; Pair::COUNT],
    received_bytes: u64,
    sent_bytes: u64,
    open_connections: usize,
    accepted_connections: u64,
    evicted_connections: u64,
    refused_connections: [u64; ConnectionReason::LABELS.len()],
    refused_requests: [u64; RequestReason::LABELS.len()],
    accept_errors: [u64; ACCEPT_ERRORS.len()],
    idle_threads: usize,
    busy_threads: usize,
    stuck_threads: usize,
    hand_overs: u64,
    handshakes: [[u64; 2]; VERSIONS.len()],
    failed_handshakes: u64,
}

/// The requests with the same labels.
///
/// ```
/// use wsgi_server::Metrics;
///
/// /// The number of requests that failed.
/// fn failures(metrics: &Metrics) -> u64 {
///     let snapshot = metrics.snapshot();
///     let failed = snapshot.requests().filter(|series| series.status_code() >= Some(500));
///     failed.map(|series| series.durations().count()).sum()
/// }
///
/// assert_eq!(failures(&Metrics::new()), 0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestSeries<'a> {
    labels: Labels,
    durations: &'a Durations,
}

/// The TLS handshakes that succeeded in the same way.
///
/// ```
/// use wsgi_server::Metrics;
///
/// /// The number of handshakes that went on with an earlier session of TLS 1.3.
/// fn resumed(metrics: &Metrics) -> u64 {
///     let snapshot = metrics.snapshot();
///     let resumed = snapshot.tls_handshakes().filter(|h| h.is_resumed() && h.version() == "1.3");
///     resumed.map(|handshakes| handshakes.count()).sum()
/// }
///
/// assert_eq!(resumed(&Metrics::new()), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsHandshakes {
    version: &'static str,
    is_resumed: bool,
    count: u64,
}

impl MetricsSnapshot {
    pub(super) fn new(shards: &[Arc<Shard>], runs: &[Arc<Shared>]) -> Self {
        // Ends are read before beginnings, so that no request has ended and not begun.
        let mut durations = BTreeMap::<_, Durations>::new();
        for (labels, histogram) in shards.iter().flat_map(|shard| shard.ended.all()) {
            *durations.entry(labels).or_default() += &histogram.durations();
        }
        let sum = |counter: fn(&Shard) -> &Counter| {
            let values = shards.iter().map(|shard| counter(shard).value());
            values.sum()
        };
        let connections = runs.iter().map(|run| run.connections());
        let calls: usize = runs.iter().map(|run| run.calls()).sum();
        let stuck_threads = runs.iter().map(|run| run.spares.stuck()).sum();
        let threads: usize = runs.iter().map(|run| run.spares.threads()).sum();
        Self {
            durations,
            begun: sums(shards, |shard| &shard.begun),
            received_bytes: sum(|shard| &shard.received),
            sent_bytes: sum(|shard| &shard.sent),
            open_connections: connections.sum(),
            accepted_connections: sum(|shard| &shard.accepted),
            evicted_connections: sum(|shard| &shard.evicted),
            refused_connections: sums(shards, |shard| &shard.refused_connections),
            refused_requests: sums(shards, |shard| &shard.refused_requests),
            accept_errors: sums(shards, |shard| &shard.accept_errors),
            idle_threads: threads.saturating_sub(calls),
            busy_threads: calls.saturating_sub(stuck_threads),
            stuck_threads,
            hand_overs: sum(|shard| &shard.hand_overs),
            handshakes: sums2(shards, |shard| &shard.handshakes),
            failed_handshakes: sum(|shard| &shard.failed_handshakes),
        }
    }

    /// The requests that have ended, by their labels.
    pub fn requests(&self) -> impl Iterator<Item = RequestSeries<'_>> {
        let series = self.durations.iter();
        series.map(|(labels, durations)| RequestSeries {
            labels: *labels,
            durations,
        })
    }

    /// The number of requests that have ended.
    #[must_use]
    pub fn ended_requests(&self) -> u64 {
        self.durations.values().map(Durations::count).sum()
    }

    /// The number of requests that have begun and not ended.
    #[must_use]
    pub fn active_requests(&self) -> u64 {
        self.active().map(|(_, _, count)| count).sum()
    }

    /// The requests that have begun and not ended, by method and scheme, where there ever were any.
    pub(super) fn active(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let pairs = self.begun.iter().enumerate();
        let pairs = pairs.filter(|(_, begun)| **begun > 0);
        pairs.map(|(pair, begun)| {
            let (method, scheme) = (pair / SCHEMES.len(), pair % SCHEMES.len());
            let series = self.durations.iter();
            let series =
                series.filter(|(labels, _)| (labels.method, labels.scheme) == (method, scheme));
            let ended: u64 = series.map(|(_, durations)| durations.count()).sum();
            (
                METHODS[method],
                SCHEMES[scheme],
                begun.saturating_sub(ended),
            )
        })
    }

    /// The bytes of requests that came from clients: heads and bodies as they were received,
    /// without what TLS adds.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.received_bytes
    }

    /// The bytes of responses that the system has taken: heads and bodies as they were sent,
    /// without what TLS adds.
    #[must_use]
    pub fn sent_bytes(&self) -> u64 {
        self.sent_bytes
    }

    /// The number of connections that are open.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.open_connections
    }

    /// The number of connections that were accepted, including those that were refused then.
    #[must_use]
    pub fn accepted_connections(&self) -> u64 {
        self.accepted_connections
    }

    /// The number of idle connections that were closed for new clients.
    #[must_use]
    pub fn evicted_connections(&self) -> u64 {
        self.evicted_connections
    }

    /// The connections that were refused, by reason:
    ///
    /// | reason | meaning |
    /// |---|---|
    /// | `address_limit` | the client's address had too many connections |
    /// | `not_allowed` | the socket does not [allow](crate::Listener::allow) the peer's address |
    /// | `proxy_protocol` | no header of a trusted proxy, or none in time |
    /// | `overload` | no thread for the handshake in time |
    pub fn refused_connections(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ConnectionReason::LABELS
            .into_iter()
            .zip(self.refused_connections)
    }

    /// The requests that never reached the application, by reason. Each is also among
    /// [`requests`](Self::requests), with the status of its answer.
    ///
    /// | reason | meaning |
    /// |---|---|
    /// | `invalid` | it breaks the protocol, or exceeds a limit of it |
    /// | `not_tls` | it came in clear where TLS is spoken |
    /// | `timeout` | it did not come in time |
    /// | `truncated` | the client ended too early |
    /// | `connect` | it asks for a tunnel |
    /// | `misdirected` | it asks for a scheme that the server does not speak |
    /// | `variables` | the variables of a front server are not a request |
    /// | `too_large` | the body is larger than all room for bodies |
    /// | `no_room` | there was no room for the body in time |
    /// | `overload` | there was no thread in time |
    /// | `storage` | the body could not be written to a file |
    pub fn refused_requests(&self) -> impl Iterator<Item = (&'static str, u64)> {
        RequestReason::LABELS.into_iter().zip(self.refused_requests)
    }

    /// The errors of accepting, by type: `descriptors` (the process or the system has none left),
    /// `memory`, `connection` (the client failed before its turn) or `other`.
    pub fn accept_errors(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ACCEPT_ERRORS.into_iter().zip(self.accept_errors)
    }

    /// The number of threads that run a loop or wait for work.
    #[must_use]
    pub fn idle_threads(&self) -> usize {
        self.idle_threads
    }

    /// The number of threads that are in the application, a hook or the like.
    #[must_use]
    pub fn busy_threads(&self) -> usize {
        self.busy_threads
    }

    /// The number of threads whose request has passed its deadline. They are not among the
    /// [busy](Self::busy_threads) ones.
    #[must_use]
    pub fn stuck_threads(&self) -> usize {
        self.stuck_threads
    }

    /// The number of times that a thread has taken a loop over from one that was blocked.
    #[must_use]
    pub fn hand_overs(&self) -> u64 {
        self.hand_overs
    }

    /// The TLS handshakes that succeeded.
    pub fn tls_handshakes(&self) -> impl Iterator<Item = TlsHandshakes> {
        let versions = VERSIONS.into_iter().zip(self.handshakes);
        versions.flat_map(|(version, counts)| {
            [false, true]
                .into_iter()
                .zip(counts)
                .map(move |(is_resumed, count)| TlsHandshakes {
                    version,
                    is_resumed,
                    count,
                })
        })
    }

    /// The number of TLS handshakes that a client began and that failed.
    #[must_use]
    pub fn failed_tls_handshakes(&self) -> u64 {
        self.failed_handshakes
    }
}

impl<'a> RequestSeries<'a> {
    /// The method: one of RFC 9110, `PATCH` or `_OTHER`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        METHODS[self.labels.method]
    }

    /// The scheme: `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        SCHEMES[self.labels.scheme]
    }

    /// The status; `None` if no head was sent.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        self.labels.status
    }

    /// The reason why the responses broke off: `disconnected`, `timeout`, `failed` or `aborted`;
    /// `None` if they are complete.
    #[must_use]
    pub fn break_off(&self) -> Option<&'static str> {
        (self.labels.end > 0).then_some(ENDS[self.labels.end])
    }

    /// The durations of the requests.
    #[must_use]
    pub fn durations(&self) -> &'a Durations {
        self.durations
    }
}

impl TlsHandshakes {
    /// The version of TLS: `1.2` or `1.3`.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// Whether they went on with an earlier session.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// Their number.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// The sums of the same counters of all shards.
fn sums<const N: usize>(
    shards: &[Arc<Shard>],
    counters: impl Fn(&Shard) -> &[Counter; N],
) -> [u64; N] {
    std::array::from_fn(|index| {
        let values = shards.iter().map(|shard| counters(shard)[index].value());
        values.sum()
    })
}

/// The same for a table of counters.
fn sums2<const N: usize, const M: usize>(
    shards: &[Arc<Shard>],
    counters: impl Fn(&Shard) -> &[[Counter; M]; N],
) -> [[u64; M]; N] {
    std::array::from_fn(|row| sums(shards, |shard| &counters(shard)[row]))
}
