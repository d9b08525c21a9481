//! The numbers of a server on a page.

use wsgi_metrics::{Kind, Page, Source};

use crate::metrics::{
    handle::Metrics,
    snapshot::{MetricsSnapshot, RequestSeries},
};

impl Source for Metrics {
    fn write_to(&self, page: &mut Page) {
        self.snapshot().write_to(page);
    }
}

impl Source for MetricsSnapshot {
    fn write_to(&self, page: &mut Page) {
        requests(self, page);
        connections(self, page);
        threads(self, page);
        handshakes(self, page);
    }
}

fn requests(snapshot: &MetricsSnapshot, page: &mut Page) {
    let mut durations = page.family(
        "http_server_request_duration_seconds",
        Kind::Histogram,
        "Duration of HTTP server requests.",
    );
    for series in snapshot.requests() {
        let status = series.status_code().map(|status| status.to_string());
        let status = status.unwrap_or_default();
        let mut labels = vec![
            ("http_request_method", series.method()),
            ("url_scheme", series.scheme()),
        ];
        if !status.is_empty() {
            labels.push(("http_response_status_code", &status));
        }
        if let Some(error) = error_type(&series, &status) {
            labels.push(("error_type", error));
        }
        durations.histogram(&labels, series.durations());
    }
    let help = "Number of active HTTP server requests.";
    let mut active = page.family("http_server_active_requests", Kind::Gauge, help);
    for (method, scheme, count) in snapshot.active() {
        let labels = [("http_request_method", method), ("url_scheme", scheme)];
        active.sample(&labels, count);
    }
    page.family(
        "wsgi_server_network_io_bytes_total",
        Kind::Counter,
        "Bytes of requests that were received and of responses that were sent.",
    )
    .sample(
        &[("network_io_direction", "receive")],
        snapshot.received_bytes(),
    )
    .sample(
        &[("network_io_direction", "transmit")],
        snapshot.sent_bytes(),
    );
    counters(
        page,
        "wsgi_server_refused_requests_total",
        "Requests that never reached the application.",
        "reason",
        snapshot.refused_requests(),
    );
}

/// The kind of error that requests have met, if any: OpenTelemetry's `error.type`.
fn error_type<'a>(series: &RequestSeries<'_>, status: &'a str) -> Option<&'a str> {
    let is_error = series.status_code().is_some_and(|status| status >= 500);
    series.break_off().or(is_error.then_some(status))
}

fn connections(snapshot: &MetricsSnapshot, page: &mut Page) {
    let help = "Connections that are open.";
    page.family("wsgi_server_open_connections", Kind::Gauge, help)
        .sample(&[], snapshot.open_connections());
    for (name, help, count) in [
        (
            "wsgi_server_accepted_connections_total",
            "Connections that were accepted.",
            snapshot.accepted_connections(),
        ),
        (
            "wsgi_server_evicted_connections_total",
            "Idle connections that were closed for new clients.",
            snapshot.evicted_connections(),
        ),
    ] {
        page.family(name, Kind::Counter, help).sample(&[], count);
    }
    counters(
        page,
        "wsgi_server_refused_connections_total",
        "Connections that were accepted and refused.",
        "reason",
        snapshot.refused_connections(),
    );
    counters(
        page,
        "wsgi_server_accept_errors_total",
        "Errors of accepting connections.",
        "error_type",
        snapshot.accept_errors(),
    );
}

fn threads(snapshot: &MetricsSnapshot, page: &mut Page) {
    let mut threads = page.family(
        "wsgi_server_threads",
        Kind::Gauge,
        "Threads that wait or run a loop, are in the application, or are stuck there.",
    );
    for (state, count) in [
        ("idle", snapshot.idle_threads()),
        ("busy", snapshot.busy_threads()),
        ("stuck", snapshot.stuck_threads()),
    ] {
        threads.sample(&[("state", state)], count);
    }
    let help = "Loops that another thread took over because theirs was blocked.";
    page.family("wsgi_server_hand_overs_total", Kind::Counter, help)
        .sample(&[], snapshot.hand_overs());
}

fn handshakes(snapshot: &MetricsSnapshot, page: &mut Page) {
    let help = "TLS handshakes.";
    let mut handshakes = page.family("wsgi_server_tls_handshakes_total", Kind::Counter, help);
    for done in snapshot.tls_handshakes() {
        let resumed = if done.is_resumed() { "true" } else { "false" };
        let labels = [
            ("tls_established", "true"),
            ("tls_protocol_version", done.version()),
            ("tls_resumed", resumed),
        ];
        handshakes.sample(&labels, done.count());
    }
    let failed = snapshot.failed_tls_handshakes();
    handshakes.sample(&[("tls_established", "false")], failed);
}

/// Adds counters with one label.
fn counters(
    page: &mut Page,
    name: &str,
    help: &str,
    label: &str,
    counts: impl Iterator<Item = (&'static str, u64)>,
) {
    let mut family = page.family(name, Kind::Counter, help);
    for (value, count) in counts {
        family.sample(&[(label, value)], count);
    }
}
