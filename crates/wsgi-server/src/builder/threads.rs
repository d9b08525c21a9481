//! The builder's settings of threads, and of what runs on them.

use std::{sync::Arc, time::Duration};

use super::Builder;
use crate::{options::LONGEST, thread_end::ThreadEnd};

impl Builder {
    /// Sets the number of event loops, at least 1; by default one per core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads.max(1);
        self
    }

    /// Limits the number of threads, those of the event loops included; by default 256. There are
    /// at least two per event loop, also if this number is smaller. This many requests, less one
    /// per loop, can block at once, and further ones wait. Threads are started when they are
    /// needed, and end when they are not. The thread that calls `serve_forever` does not count,
    /// since it only watches over the others, and neither do those that are
    /// [stuck](Self::max_stuck_threads).
    pub fn max_threads(mut self, threads: usize) -> Self {
        self.options.max_threads = threads;
        self
    }

    /// Limits how long a thread that has nothing to do waits before it ends; by default 10 seconds.
    /// A longer time suits applications that keep something expensive in each thread, such as a
    /// connection to a database. With 0, it ends at once. At most 365 days.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_server::Server;
    ///
    /// let builder = Server::builder().idle_thread_timeout(Duration::from_secs(60));
    /// assert!(format!("{builder:?}").contains("idle_thread_timeout: 60s"));
    /// ```
    pub fn idle_thread_timeout(mut self, timeout: Duration) -> Self {
        self.options.idle_thread_timeout = timeout.min(LONGEST);
        self
    }

    /// Sets the bytes of stack of each thread that the server starts for the application, its
    /// bodies or hooks; by default those that Rust gives a thread, which are 2 MiB. The system
    /// gives memory only to those that are used. A thread that needs more aborts the process, so an
    /// application that calls itself to a great depth, such as an interpreter, needs more.
    ///
    /// ```
    /// use wsgi_server::Server;
    ///
    /// let builder = Server::builder().thread_stack_size(8 << 20);
    /// assert!(format!("{builder:?}").contains("thread_stack_size: Some(8388608)"));
    /// ```
    pub fn thread_stack_size(mut self, bytes: usize) -> Self {
        self.options.thread_stack_size = Some(bytes);
        self
    }

    /// Has the thread that called the application also make all chunks of an iterator
    /// ([`Body::chunks`](wsgi_application::Body::chunks)). It waits for slow clients, so that they
    /// hold threads; by default they do not. It suits iterators that use variables of their thread.
    ///
    /// ```
    /// use wsgi_server::Server;
    ///
    /// let builder = Server::builder().bodies_keep_thread(true);
    /// assert!(format!("{builder:?}").contains("bodies_keep_thread: true"));
    /// ```
    pub fn bodies_keep_thread(mut self, keep: bool) -> Self {
        self.options.bodies_keep_thread = keep;
        self
    }

    /// Says that calls of the application exclude each other while they compute, as those of an
    /// interpreter with a global lock do; by default they do not.
    ///
    /// Then it is of little use that another thread runs the loop while a call computes: that call
    /// may hold up the loop for 10 milliseconds, instead of 1 or 2. A call that waits, such as for
    /// a database, holds up the loop for 1 or 2 milliseconds, and the first such call after a while
    /// for at most 8. Only Linux tells whether a thread waits; elsewhere, every call counts as one
    /// that does. A wait for the lock itself counts as computing if the application tells of it
    /// ([`LockWait`](crate::LockWait)).
    ///
    /// And a request has to wait for all that are answered before it. A connection is slow if the
    /// requests of its last turn, which are those that it had sent at once, computed for more than
    /// 300 microseconds together. The loop serves only one slow connection before it looks for
    /// requests of the others.
    ///
    /// ```
    /// use wsgi_server::Server;
    ///
    /// let builder = Server::builder().calls_share_lock(true);
    /// assert!(format!("{builder:?}").contains("calls_share_lock: true"));
    /// ```
    pub fn calls_share_lock(mut self, share: bool) -> Self {
        self.options.calls_share_lock = share;
        self
    }

    /// Sets a function that runs on each thread that may have run the application, its bodies or
    /// hooks, before the thread ends. [`serve_forever`](crate::Server::serve_forever) returns after
    /// these functions have, except those of threads that are still inside the application.
    ///
    /// It suits what must end before the program does, where the destructor of a thread's variable
    /// would run at any time. A panic of the function is ignored.
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
    /// use wsgi_application::{Body, application};
    /// use wsgi_server::Server;
    ///
    /// let ended = Arc::new(AtomicU32::new(0));
    /// let count = ended.clone();
    /// let app = application(|_environ, _start_response| Ok(Body::empty()));
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .threads(1)
    ///     .on_thread_end(move || { count.fetch_add(1, Ordering::Relaxed); })
    ///     .build(app)?;
    /// server.handle().shutdown();
    /// server.serve_forever()?;
    /// assert!(ended.load(Ordering::Relaxed) > 0, "the thread of the loop has ended");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_thread_end(mut self, end: impl Fn() + Send + Sync + 'static) -> Self {
        self.thread_end = ThreadEnd::new(Arc::new(end));
        self
    }
}
