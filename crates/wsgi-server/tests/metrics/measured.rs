//! A server that keeps numbers.

use wsgi_application::Application;
use wsgi_exposition::Exposition;
use wsgi_metrics::Page;
use wsgi_server::{Builder, Metrics, MetricsSnapshot};

use crate::support::{Running, eventually};

/// The family of the requests' durations.
const DURATIONS: &str = "http_server_request_duration_seconds";

/// A server that keeps numbers.
pub(crate) struct Measured {
    pub(crate) running: Running,
    pub(crate) metrics: Metrics,
}

impl Measured {
    pub(crate) fn new(application: impl Application + 'static) -> Self {
        Self::with(|builder| builder, application)
    }

    pub(crate) fn with(
        options: impl FnOnce(Builder) -> Builder,
        application: impl Application + 'static,
    ) -> Self {
        let metrics = Metrics::new();
        let options = |builder: Builder| options(builder.metrics(&metrics));
        Self {
            running: Running::with(options, application),
            metrics,
        }
    }

    pub(crate) fn snapshot(&self) -> MetricsSnapshot {
        self.metrics.snapshot()
    }

    /// The page, as a strict reader sees it.
    #[track_caller]
    pub(crate) fn page(&self) -> Exposition {
        let text = Page::of(&self.metrics).to_string();
        Exposition::read(&text).unwrap_or_else(|problem| panic!("{problem} in:\n{text}"))
    }

    /// Waits until this number of requests have ended and none is active, and returns the page. A
    /// client may have its response before the server notes the end.
    #[track_caller]
    pub(crate) fn after(&self, requests: u64) -> Exposition {
        let count = || self.snapshot().ended_requests();
        eventually("the requests have ended", || count() >= requests);
        let snapshot = self.snapshot();
        assert_eq!(snapshot.ended_requests(), requests, "{snapshot:?}");
        assert_eq!(snapshot.active_requests(), 0);
        self.page()
    }

    /// Asserts that exactly these requests have ended: method, status and type of error, each empty
    /// if there is none, and their number.
    #[track_caller]
    pub(crate) fn assert_requests(&self, scheme: &str, expected: &[(&str, &str, &str, u64)]) {
        let page = self.after(expected.iter().map(|(.., count)| count).sum());
        for (method, status, error, count) in expected {
            let labels = [
                ("http_request_method", *method),
                ("url_scheme", scheme),
                ("http_response_status_code", *status),
                ("error_type", *error),
            ];
            let labels: Vec<_> = labels
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect();
            let found = page.value(&format!("{DURATIONS}_count"), &labels);
            let family = page.family(DURATIONS);
            assert_eq!(found, Some(*count as f64), "{labels:?} in {family:?}");
        }
    }
}

/// The value of a counter by the value of its label.
pub(crate) fn count(counts: impl Iterator<Item = (&'static str, u64)>, label: &str) -> u64 {
    let mut counts = counts.filter(|(name, _)| *name == label);
    counts.next().expect("a label").1
}
