//! A page of numbers in Prometheus' text format.

use std::fmt;

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_metrics::{Page, Source};

use crate::refused_method::refuse;

/// An application that shows numbers in Prometheus' text format, version 0.0.4.
///
/// It answers GET and HEAD at whatever path it is mounted, and other methods with 405 or 501. Its
/// sources are asked in each request. A reader of the page learns how busy a program is and which
/// errors it has, so the page belongs on an address that only the monitoring can reach, or behind a
/// password.
///
/// ```
/// use wsgi_metrics::{Kind, Page};
/// use wsgi_middleware::MetricsPage;
/// use wsgi_testing::Request;
///
/// let page = MetricsPage::new().source(|page: &mut Page| {
///     page.family("answer", Kind::Gauge, "The answer.").sample(&[], 42u64);
/// });
/// let response = Request::get("/").call(&page);
/// let media_type = response.headers().get("Content-Type").unwrap();
/// assert_eq!(media_type, "text/plain; version=0.0.4; charset=utf-8");
/// assert!(response.text().ends_with("\nanswer 42\n"));
/// ```
///
/// Sources are `Metrics` of [wsgi-server](https://docs.rs/wsgi-server), `StoreMetrics` of
/// [wsgi-sessions](https://docs.rs/wsgi-sessions), [`LogHandle`](crate::LogHandle), and everything
/// of one's own that implements [`Source`].
#[derive(Default)]
pub struct MetricsPage {
    sources: Vec<Box<dyn Source>>,
}

impl MetricsPage {
    /// A page without numbers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source. Several may add to the same family.
    #[must_use]
    pub fn source(mut self, source: impl Source + 'static) -> Self {
        self.sources.push(Box::new(source));
        self
    }
}

impl Application for MetricsPage {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let method = environ.request_method().as_bytes();
        if !matches!(method, b"GET" | b"HEAD") {
            return refuse(method, start_response);
        }
        let mut page = Page::new();
        for source in &self.sources {
            source.write_to(&mut page);
        }
        let headers = [
            ("Content-Type", Page::CONTENT_TYPE),
            ("Cache-Control", "no-store"),
        ];
        start_response.start(Status::OK, headers)?;
        Ok(page.to_string().into())
    }
}

impl fmt::Debug for MetricsPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsPage")
            .field("sources", &self.sources.len())
            .finish()
    }
}
