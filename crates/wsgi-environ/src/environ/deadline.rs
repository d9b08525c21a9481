//! The deadline of a request.

use std::{sync::Arc, time::Instant};

use crate::{
    connection::Attached,
    deadline::Deadline,
    environ::{Environ, SharedHook, accessors::REQUEST_ID},
    hook::Hook,
};

/// The deadline of the request.
impl Environ {
    /// The moment at which the request has to be answered; `None` if it has no deadline.
    ///
    /// A server may set one for each request. An application that can give up by itself looks at
    /// it, or passes the time that is left to what it calls, such as the time-out of a query.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set_deadline(Instant::now() + Duration::from_secs(30));
    /// let left = environ.deadline().map(|at| at.saturating_duration_since(Instant::now()));
    /// assert!(left.unwrap() <= Duration::from_secs(30));
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline.as_ref()?.at()
    }

    /// Sets the moment at which the request has to be answered, earlier or later than before, or
    /// `None` for no deadline. The application or its middleware may do so during the call.
    ///
    /// From that moment on, reads of the [input](Self::input) fail with
    /// [`InputError::DeadlinePassed`](crate::InputError::DeadlinePassed), and writes of the
    /// response fail. If nothing of the response was sent, the client gets 504, and otherwise the
    /// response is cut. The deadline ends when the call has returned, and what is left of its body
    /// is bytes or a file. Once it has passed, it stays as it is. A server does not watch over one
    /// that is set after the call, in an environ that the application has kept.
    ///
    /// A server with several threads answers at the deadline, whatever the application does; its
    /// documentation says more. Where no other thread can answer, as in CGI or in a test, the
    /// client gets 504 when the application returns, or when it tries to read or write.
    ///
    /// ```
    /// use std::{io::Read, time::Instant};
    /// use wsgi_environ::{Environ, Input, InputError};
    ///
    /// let mut environ = Environ::new();
    /// environ.set_input(Input::from_bytes("too late"));
    /// environ.set_deadline(Instant::now());
    /// let error = environ.input().read(&mut [0; 8]).unwrap_err();
    /// assert_eq!(InputError::of(&error), Some(&InputError::DeadlinePassed));
    ///
    /// environ.set_deadline(None);
    /// assert_eq!(environ.deadline(), None);
    /// assert_eq!(environ.input().read(&mut [0; 8])?, 8);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline(never)] // requests without a deadline stay short
    pub fn set_deadline(&mut self, at: impl Into<Option<Instant>>) {
        let deadline = self.share_deadline().clone();
        let at = at.into();
        if at.is_some() && deadline.lacks_request() {
            deadline.keep(Box::new(self.copy()));
        }
        deadline.set(at);
        if let Some(connection) = &self.connection {
            connection.watch(&deadline);
        }
    }

    /// Sets the id of the request, which is the variable `UNIQUE_ID` and begins its entries in the
    /// log, also the entry of a server about a passed deadline.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set_request_id("7f-3");
    /// assert_eq!(environ.get("UNIQUE_ID").unwrap(), "7f-3");
    /// ```
    pub fn set_request_id(&mut self, id: impl AsRef<[u8]>) {
        let id = id.as_ref();
        if let Some(deadline) = &self.deadline {
            deadline.change(|request| request.set(REQUEST_ID, id));
        }
        self.set(REQUEST_ID, id);
    }

    /// Adds a hook that runs once, when the request is over for its client: as one of
    /// [`on_finished_shared`](Self::on_finished_shared) does, or earlier, when the deadline passes
    /// during the call. Like those, many requests can share it.
    ///
    /// At the deadline it runs on another thread, because the application still has the environ. It
    /// gets a copy instead: of the variables as they were when the deadline was set first, with the
    /// [id](Self::set_request_id), without input, [connection](Self::connection), extensions and
    /// other hooks. The variables of the connection stay. The outcome then is
    /// [`End::TimedOut`](crate::End::TimedOut), and its time begins when the deadline was set
    /// first.
    ///
    /// This is for logs and metrics, which tell what clients see.
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
    /// use std::time::{Duration, SystemTime};
    /// use wsgi_environ::{End, Environ, Outcome};
    ///
    /// let requests = Arc::new(AtomicU64::new(0));
    /// let hook = Arc::new({
    ///     let requests = requests.clone();
    ///     move |_: &Environ, _: &Outcome| {
    ///         requests.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// });
    /// let mut environ = Environ::new();
    /// environ.on_finished_or_overdue(hook);
    /// let outcome = Outcome::new(End::Complete, SystemTime::now(), Duration::ZERO);
    /// assert!(environ.run_hooks(&outcome).is_empty());
    /// assert_eq!(requests.load(Ordering::Relaxed), 1);
    /// ```
    pub fn on_finished_or_overdue(&mut self, hook: SharedHook) {
        let Some(deadline) = &self.deadline else {
            return self.hooks.push(Hook::FinishedOrOverdue(hook));
        };
        let runs_early =
            deadline.change(|request| request.hooks.push(Hook::FinishedOrOverdue(hook.clone())));
        // If the deadline passed before, nobody else runs it.
        self.hooks.push(match !runs_early && deadline.has_passed() {
            true => Hook::Shared(hook),
            false => Hook::FinishedOrOverdue(hook),
        });
    }
}

/// For servers and gateways.
impl Environ {
    /// The deadline that was set, or that the gateway [shares](Self::share_deadline).
    #[inline]
    #[must_use]
    pub fn shared_deadline(&self) -> Option<&Arc<Deadline<Self>>> {
        self.deadline.as_ref()
    }

    /// Shares the deadline before the call, so that one which is set during the call is obeyed by
    /// everything that the application writes. A gateway with a thread that
    /// [watches](crate::WatchedConnection::watch) need not.
    ///
    /// ```
    /// use std::{sync::Arc, time::Instant};
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// let shared = Arc::clone(environ.share_deadline());
    /// assert_eq!(shared.at(), None);
    /// let now = Instant::now();
    /// environ.set_deadline(now);
    /// assert_eq!(shared.at(), Some(now));
    /// ```
    #[inline(never)]
    pub fn share_deadline(&mut self) -> &Arc<Deadline<Self>> {
        self.deadline.get_or_insert_with(|| {
            let deadline = Arc::new(Deadline::new(self.call));
            self.input.obey(deadline.clone());
            deadline
        })
    }

    /// The request without what belongs to its call.
    fn copy(&self) -> Self {
        Self {
            changes: self.changes.clone(),
            request: self.request.clone(),
            connection: self.connection.as_ref().map(Attached::unwatched),
            base: self.base.clone(),
            url_scheme: self.url_scheme.clone(),
            multithread: self.multithread,
            multiprocess: self.multiprocess,
            run_once: self.run_once,
            hooks: self.hooks.iter().filter_map(Hook::for_deadline).collect(),
            ..Self::default()
        }
    }
}
