//! The requests that are running, for those who look after a server.

mod page;
mod place;
mod running_request;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use wsgi_application::{Application, Environ, Result, StartResponse};

pub use self::running_request::RunningRequest;
use self::{
    page::RunningPage,
    place::{Chunks, Place},
};

/// Middleware that knows which requests are running, and since when. So it can be seen what a
/// server is busy with, and which calls hang.
///
/// A request is running from the call of the application until its hooks have run, after its
/// response has left. If its client leaves, or its deadline passes, it still runs until the
/// application's code returns. [`handle`](Self::handle) lists the requests at any time. A page of
/// the list ([`RunningHandle::page`]) needs a place that stays reachable when all threads are busy:
/// a server of its own, such as `MonitoringServer` of
/// [wsgi-server](https://docs.rs/wsgi-server), which can show metrics, too.
///
/// Inside `Cascade` and `InternalRedirects` a request can be listed several times, so put it around
/// them. [`RequestId`](crate::RequestId) around it gives the requests ids, and
/// [`TrustedProxies`](crate::TrustedProxies) the addresses of clients.
///
/// ```
/// use wsgi_application::{Environ, Result, StartResponse, Status};
/// use wsgi_middleware::{RunningHandle, RunningRequest, RunningRequests};
/// use wsgi_testing::Request;
///
/// fn report(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     let running = environ.extension::<RunningHandle>().ok_or("no handle")?;
///     let called = running.requests().into_iter().filter(RunningRequest::is_in_application);
///     let called: Vec<_> = called.map(|one| format!("{} {}", one.method(), one.path())).collect();
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(called.join("\n").into())
/// }
///
/// let site = RunningRequests::new(report);
/// let running = site.handle();
/// let response = Request::get("/report?secret=7").extension(running.clone()).call(&site);
/// assert_eq!(response.text(), "GET /report");
/// assert!(running.requests().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct RunningRequests<A> {
    application: A,
    running: RunningHandle,
}

impl<A: Application> RunningRequests<A> {
    /// Lists the requests of an application.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            running: RunningHandle::default(),
        }
    }

    /// The list, for other threads, and for a page.
    #[must_use]
    pub fn handle(&self) -> RunningHandle {
        self.running.clone()
    }
}

impl<A: Application> Application for RunningRequests<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let place = Place::default();
        let stay = place.enter();
        let listed = self.running.0.add(RunningRequest::of(environ), &place);
        let hooks = place.clone();
        environ.on_finished(move |_environ, _outcome| hooks.enter().forever());
        let result = self.application.call(environ, start_response);
        drop(stay);
        // After the application's hooks, which may hang. Dropped with the environ, it also goes if
        // a gateway runs no hooks.
        environ.on_finished(move |_environ, _outcome| drop(listed));
        Ok(Chunks::of(result?.into_content(), place).into())
    }
}

/// The list of the requests that are running, of [`RunningRequests`]. A clone stands for the same
/// list.
#[derive(Clone, Debug, Default)]
pub struct RunningHandle(Arc<Table>);

impl RunningHandle {
    /// The requests that are running now, with those first that began first.
    #[must_use]
    pub fn requests(&self) -> Vec<RunningRequest> {
        let requests = self.0.requests();
        let seen = |(request, place): &(RunningRequest, Place)| request.at(place.thread());
        requests.values().map(seen).collect()
    }

    /// An application that shows the list as plain text, with a line for each request.
    ///
    /// It answers GET and HEAD at whatever path it is mounted, and other methods with 405 or 501. A
    /// reader learns who asks for what, so the page belongs on an address that only the makers of
    /// the site can reach, or behind a password. It shows no queries, which may have secrets.
    ///
    /// ```
    /// use wsgi_middleware::{Mounts, RunningRequests};
    /// use wsgi_testing::Request;
    ///
    /// let site = RunningRequests::new(Mounts::new());
    /// let page = site.handle().page(); // for a second server on 127.0.0.1
    /// assert_eq!(Request::get("/").call(&page).text(), "0 requests\n");
    /// ```
    #[must_use]
    pub fn page(&self) -> impl Application + 'static {
        RunningPage(self.clone())
    }
}

type Requests = BTreeMap<u64, (RunningRequest, Place)>;

/// The requests by the order of their beginnings.
#[derive(Debug, Default)]
struct Table {
    next: AtomicU64,
    requests: Mutex<Requests>,
}

impl Table {
    fn add(self: &Arc<Self>, request: RunningRequest, place: &Place) -> Listed {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.requests().insert(number, (request, place.clone()));
        Listed {
            table: self.clone(),
            number,
        }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in the list, until it is dropped.
struct Listed {
    table: Arc<Table>,
    number: u64,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.table.requests().remove(&self.number);
    }
}
