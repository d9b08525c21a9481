//! A request that is running.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wsgi_environ::{Environ, Value};

use crate::target_path::path_of;

/// The most bytes that are kept of a text of the request.
const MAX_BYTES: usize = 1024;

/// A request that was running when it was listed.
///
/// Its texts are those that the request had when the application was called, without what is beyond
/// 1,024 bytes. What is not UTF-8 is replaced.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{RunningHandle, RunningRequests};
/// use wsgi_testing::Request;
///
/// let app = application(|environ, start_response| {
///     let running = environ.extension::<RunningHandle>().ok_or("no handle")?.requests();
///     let [request] = &running[..] else { panic!("one request is running") };
///     assert_eq!((request.method(), request.path()), ("GET", "/tea%20and%20cake"));
///     assert_eq!((request.client(), request.id()), (Some("192.0.2.7"), Some("4bf92f")));
///     assert!(request.is_in_application() && request.thread().is_some());
///     start_response.start(Status::NO_CONTENT, ())?;
///     Ok(().into())
/// });
/// let site = RunningRequests::new(app);
/// let request = Request::get("/tea%20and%20cake?sugar=2").extension(site.handle());
/// let request = request.variable("REMOTE_ADDR", "192.0.2.7").variable("UNIQUE_ID", "4bf92f");
/// assert_eq!(request.call(&site).status().code(), 204);
/// ```
#[derive(Clone, Debug)]
pub struct RunningRequest {
    start: Instant,
    method: String,
    path: String,
    client: Option<String>,
    id: Option<String>,
    thread: Option<Arc<str>>,
}

impl RunningRequest {
    /// The request of an environ, as its application is called.
    pub(super) fn of(environ: &Environ) -> Self {
        Self {
            start: Instant::now(),
            method: text(environ.request_method()),
            path: path(environ),
            client: environ.remote_addr().map(text),
            id: environ.request_id().map(text),
            thread: None,
        }
    }

    /// This request, while `thread` runs the application's code for it.
    pub(super) fn at(&self, thread: Option<Arc<str>>) -> Self {
        Self {
            thread,
            ..self.clone()
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path of the target as the client sent it, without the host and the query. A gateway that
    /// does not know it (`REQUEST_URI`) has the decoded one.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The address of the client (`REMOTE_ADDR`).
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// The id of the request (`UNIQUE_ID`), which is also in the log.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The thread that ran the application's code for the request, if one did: its name and the
    /// system's number, as the server's log has them. A debugger, or `top -H`, shows what
    /// `wsgi-loop-0 (4711)` does. Systems other than Linux do not say the number.
    #[must_use]
    pub fn thread(&self) -> Option<&str> {
        self.thread.as_deref()
    }

    /// The time since the application was called, up to now.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Whether the application's code was running: its call, its body while it made a chunk or was
    /// closed, or its hooks at the end of the request. Otherwise the response was being sent. That
    /// holds, too, while a file or another reader was read.
    #[must_use]
    pub fn is_in_application(&self) -> bool {
        self.thread.is_some()
    }
}

fn text(value: Value<'_>) -> String {
    let bytes = value.as_bytes();
    String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_BYTES)]).into_owned()
}

fn path(environ: &Environ) -> String {
    let Some(target) = environ.request_uri() else {
        let names = [environ.script_name(), environ.path_info()];
        return text(Value::from(&names.map(Value::as_bytes).concat()));
    };
    text(Value::from(path_of(target.as_bytes())))
}
