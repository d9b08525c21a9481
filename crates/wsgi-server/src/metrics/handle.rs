//! The numbers of a server, for those who read them.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use crate::{
    counting::{recorder::Recorder, shard::Shard},
    loops::shared::Shared,
    metrics::snapshot::MetricsSnapshot,
};

/// The numbers of a server: how many requests it has answered, how long they took, and so on.
///
/// A server keeps numbers if its [builder](crate::Builder::metrics) is given such a value. They are
/// read as a [snapshot](Self::snapshot), or as a page: a value of this type is a
/// [`Source`](wsgi_metrics::Source). A clone stands for the same numbers. If several servers are
/// given clones, the numbers are those of all of them.
///
/// ```
/// use std::thread;
/// use wsgi_application::{Status, application};
/// use wsgi_server::{Metrics, Server};
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok("Hello world!\n".into())
/// });
/// let metrics = Metrics::new();
/// let server = Server::builder().bind("127.0.0.1:0")?.metrics(&metrics).build(app)?;
/// assert_eq!(metrics.snapshot().accepted_connections(), 0);
///
/// let text = wsgi_metrics::Page::of(&metrics).to_string();
/// assert!(text.contains("\nwsgi_server_accepted_connections_total 0\n"));
/// # drop(server);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// `MetricsPage` of [wsgi-middleware](https://docs.rs/wsgi-middleware) is an application that shows
/// the page. A reader of it learns how busy the server is and which errors it has, so it belongs on
/// an address that only the monitoring can reach: [`MonitoringServer`](crate::MonitoringServer)
/// serves it there.
///
/// # The families of the page
///
/// Names, labels and buckets are those of [OpenTelemetry's semantic
/// conventions](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/) where there are
/// some.
///
/// - `http_server_request_duration_seconds`, a histogram by `http_request_method`, `url_scheme`,
///   `http_response_status_code` and `error_type`
/// - `http_server_active_requests`, by `http_request_method` and `url_scheme`
/// - `wsgi_server_network_io_bytes_total`, by `network_io_direction`: `receive` or `transmit`
/// - `wsgi_server_refused_requests_total`, by `reason`, as
///   [`refused_requests`](MetricsSnapshot::refused_requests) lists them
/// - `wsgi_server_open_connections`
/// - `wsgi_server_accepted_connections_total`
/// - `wsgi_server_evicted_connections_total`
/// - `wsgi_server_refused_connections_total`, by `reason`, as
///   [`refused_connections`](MetricsSnapshot::refused_connections) lists them
/// - `wsgi_server_accept_errors_total`, by `error_type`, as
///   [`accept_errors`](MetricsSnapshot::accept_errors) lists them
/// - `wsgi_server_threads`, by `state`: `idle`, `busy` or `stuck`
/// - `wsgi_server_hand_overs_total`
/// - `wsgi_server_tls_handshakes_total`, by `tls_established`, `tls_protocol_version` and
///   `tls_resumed`
///
/// No label has a value that a client chooses. The methods are those of RFC 9110 and `PATCH`; all
/// others are `_OTHER`. Statuses are numbers from 200 to 999, chosen by the application. A request
/// whose client left before the head has no status. `error_type` is the status from 500 on;
/// `disconnected`, `timeout`, `failed` or `aborted` for a response that broke off; and absent
/// otherwise.
///
/// A request begins when the server takes it up: when its head and a small body are there, or are
/// refused. It ends when the last byte of its response is with the system, or when it is given up.
/// The refused ones are requests, too.
///
/// # Cost
///
/// A request costs about 200 instructions more, with two looks at the clock in place of one.
#[derive(Clone, Default)]
pub struct Metrics(Arc<State>);

#[derive(Default)]
struct State {
    /// By the number of the loop. They stay, so that no number goes backwards.
    shards: Mutex<Vec<Arc<Shard>>>,
    /// Every run of a server that is not over.
    runs: Mutex<Vec<Weak<Shared>>>,
}

impl Metrics {
    /// Numbers at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The numbers as they are now. It costs some microseconds a loop, and no thread of the server
    /// waits for it.
    ///
    /// Numbers that only grow are never smaller than in an earlier snapshot.
    #[must_use]
    pub fn snapshot(&self) -> MetricsSnapshot {
        let shards = lock(&self.0.shards).clone();
        let runs: Vec<_> = lock(&self.0.runs)
            .iter()
            .filter_map(Weak::upgrade)
            .collect();
        MetricsSnapshot::new(&shards, &runs)
    }

    /// The recorder of a loop.
    pub(crate) fn recorder(&self, index: usize) -> Recorder {
        let mut shards = lock(&self.0.shards);
        while shards.len() <= index {
            shards.push(Arc::new(Shard::new()));
        }
        Recorder::new(shards[index].clone())
    }

    /// Adds a run of a server.
    pub(crate) fn attach(&self, shared: &Arc<Shared>) {
        let mut runs = lock(&self.0.runs);
        runs.retain(|run| run.strong_count() > 0);
        runs.push(Arc::downgrade(shared));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// The numbers of a server, if it keeps some.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording(Option<Metrics>);

impl Recording {
    /// Keeps these numbers.
    pub(crate) fn of(metrics: &Metrics) -> Self {
        Self(Some(metrics.clone()))
    }

    pub(crate) fn metrics(&self) -> Option<&Metrics> {
        self.0.as_ref()
    }

    /// The recorder of a loop.
    pub(crate) fn recorder(&self, index: usize) -> Recorder {
        let recorder = self.0.as_ref().map(|metrics| metrics.recorder(index));
        recorder.unwrap_or_default()
    }

    /// Adds a run of the server.
    pub(crate) fn attach(&self, shared: &Arc<Shared>) {
        if let Some(metrics) = &self.0 {
            metrics.attach(shared);
        }
    }
}
