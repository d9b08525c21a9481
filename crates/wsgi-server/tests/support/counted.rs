//! A server that counts the calls of its application.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use wsgi_application::{Environ, Result, StartResponse};
use wsgi_server::Limits;

use super::{Running, echo, get};

/// A server that counts the calls of its application.
pub(crate) struct Counted {
    pub(crate) running: Running,
    pub(crate) calls: Arc<AtomicUsize>,
}

impl Counted {
    pub(crate) fn new() -> Self {
        Self::with(Limits::new())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = calls.clone();
        let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            counter.fetch_add(1, Relaxed);
            echo(environ, start_response)
        };
        Self {
            running: Running::with(|builder| builder.limits(limits), app),
            calls,
        }
    }

    /// Asserts that a request is refused with a status: its connection ends, the application is not
    /// called, and the next connection is served.
    #[track_caller]
    pub(crate) fn refuses(&self, name: &str, request: impl AsRef<[u8]>, status: u16) {
        let before = self.calls.load(Relaxed);
        let mut client = self.running.connect();
        let response = client.ask(request);
        assert_eq!(response.status, status, "{name}");
        assert_eq!(response.header("Connection"), Some("close"), "{name}");
        assert!(response.complete, "{name}");
        client.assert_closed();
        assert_eq!(self.calls.load(Relaxed), before, "{name}");
        let response = self.running.connect().ask(get("/next"));
        assert_eq!(response.text(), "GET /next\n", "{name}");
    }

    /// Asserts that a request is answered 200.
    #[track_caller]
    pub(crate) fn accepts(&self, name: &str, request: impl AsRef<[u8]>) {
        let response = self.running.connect().ask(request);
        assert_eq!(response.status, 200, "{name}");
    }
}

/// A head with these lines after the request line and the Host field.
pub(crate) fn with_fields(lines: &str) -> String {
    format!("PUT / HTTP/1.1\r\nHost: test\r\n{lines}\r\n")
}
