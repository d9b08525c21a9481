//! The options for the threads of a server.

use std::{num::NonZeroUsize, time::Duration};

use clap::Args;
use wsgi::server::Builder;

use super::set;
use crate::option_value::{count, number, seconds, switch};

/// The options for threads, and for requests that wait for one.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Threads")]
pub(crate) struct Threads {
    /// Run this number of event loops; default: one per core
    #[arg(long, env = "WSGI_THREADS", value_name = "N", value_parser = number)]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Run at most this number of threads for event loops and requests; default: 256
    ///
    /// Each event loop has a thread, and needs another one to go on while a request blocks. So
    /// there are at least two per event loop, also if the number is smaller: with --threads 4, at
    /// least 8. Threads of --max-stuck-threads are not among them.
    #[arg(long, env = "WSGI_MAX_THREADS", value_name = "N", value_parser = number)]
    pub(crate) max_threads: Option<NonZeroUsize>,

    /// Let at most this number of requests wait for a thread; default: 1024
    ///
    /// Further requests are answered 503.
    #[arg(long, env = "WSGI_MAX_WAITING", value_name = "N", value_parser = count)]
    pub(crate) max_waiting: Option<usize>,

    /// Let a request wait for a thread at most this time; default: 30
    ///
    /// A request that has waited so long is answered 503. With 0, no request waits.
    #[arg(long, env = "WSGI_WAIT_TIMEOUT", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) wait_timeout: Option<Duration>,

    /// End a thread that has had nothing to do for this time; default: 10
    #[arg(long, env = "WSGI_IDLE_THREAD_TIMEOUT", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) idle_thread_timeout: Option<Duration>,

    /// Let requests run for this time after SIGINT or SIGTERM, and then cut them; default: 30
    #[arg(long, env = "WSGI_SHUTDOWN_TIMEOUT", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) shutdown_timeout: Option<Duration>,

    /// Replace at most this number of stuck threads by others; default: 64
    ///
    /// A thread is stuck while the site does not return after --request-timeout. Further stuck
    /// threads are not replaced: they count among --max-threads, and /readyz of --health is
    /// answered 503.
    #[arg(long, env = "WSGI_MAX_STUCK_THREADS", value_name = "N", value_parser = count)]
    pub(crate) max_stuck_threads: Option<usize>,

    /// End the program if more threads than --max-stuck-threads are stuck
    ///
    /// The exit code is then 3, for a supervisor that starts the program again.
    #[arg(long, env = "WSGI_END_WHEN_STUCK", value_parser = switch)]
    pub(crate) end_when_stuck: bool,

    /// Go on serving for this time after SIGINT or SIGTERM; default: none
    ///
    /// Meanwhile /readyz of --health is answered 503, so that load balancers can notice.
    #[arg(long, env = "WSGI_DRAIN_DELAY", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) drain_delay: Option<Duration>,
}

impl Threads {
    pub(super) fn apply(&self, builder: Builder) -> Builder {
        let builder = set(
            builder,
            self.threads.map(NonZeroUsize::get),
            Builder::threads,
        );
        let max_threads = self.max_threads.map(NonZeroUsize::get);
        let builder = set(builder, max_threads, Builder::max_threads);
        let builder = set(builder, self.max_waiting, Builder::max_waiting);
        let builder = set(builder, self.wait_timeout, Builder::wait_timeout);
        let idle = self.idle_thread_timeout;
        let builder = set(builder, idle, Builder::idle_thread_timeout);
        let builder = set(builder, self.max_stuck_threads, Builder::max_stuck_threads);
        let builder = builder.end_when_stuck(self.end_when_stuck);
        set(builder, self.shutdown_timeout, Builder::shutdown_timeout)
    }
}
