// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(
    any(
        not(doctest),
        all(
            feature = "fastcgi",
            feature = "metrics",
            feature = "proxy-protocol",
            feature = "restart",
            feature = "run",
            feature = "scgi",
            feature = "tls",
            feature = "uwsgi"
        )
    ),
    doc = include_str!("../README.md")
)]
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bases;
mod builder;
mod config;
mod connections;
#[cfg(feature = "metrics")]
mod counting;
#[cfg(not(feature = "metrics"))]
#[path = "no_counting.rs"]
mod counting;
mod demo_app;
#[cfg(all(
    test,
    feature = "fastcgi",
    feature = "proxy-protocol",
    feature = "scgi",
    feature = "uwsgi"
))]
mod documented_defaults;
mod event_queue;
#[cfg(feature = "fastcgi")]
mod fastcgi;
#[cfg(not(feature = "fastcgi"))]
#[path = "no_fastcgi.rs"]
mod fastcgi;
#[cfg(feature = "signals")]
mod file_size_limit;
mod gate;
mod guarded;
mod handle;
mod instant;
mod listeners;
mod loops;
mod make_server;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "no_metrics.rs"]
mod metrics;
mod monitoring_server;
mod new_thread;
#[cfg(feature = "notify")]
mod notify;
mod options;
mod peers;
mod processor_time;
mod protocol;
mod refusals;
mod requests;
mod responses;
#[cfg(feature = "restart")]
mod restart;
mod retry;
#[cfg(feature = "run")]
mod run;
#[cfg(feature = "scgi")]
mod scgi;
mod served_application;
mod server;
#[cfg(feature = "signals")]
mod signals;
mod stuck_threads;
mod sys;
mod thread_end;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "uwsgi")]
mod uwsgi;
mod workers;

pub use builder::Builder;
pub use demo_app::demo_app;
#[cfg(feature = "signals")]
pub use file_size_limit::survive_file_size_limit;
pub use handle::Handle;
#[cfg(feature = "proxy-protocol")]
pub use listeners::proxy_protocol::ProxyProtocol;
pub use listeners::{address::Address, listener::Listener, socket_access::SocketAccess};
pub use loops::lock_wait::LockWait;
pub use make_server::make_server;
#[cfg(feature = "metrics")]
pub use metrics::{
    handle::Metrics,
    snapshot::{MetricsSnapshot, RequestSeries, TlsHandshakes},
};
pub use monitoring_server::MonitoringServer;
#[cfg(feature = "notify")]
pub use notify::service_manager::ServiceManager;
pub use protocol::Protocol;
#[cfg(feature = "restart")]
pub use restart::{
    predecessor::Predecessor, predecessor_request::PredecessorRequest, successor::Successor,
    successor_news::SuccessorNews,
};
#[cfg(feature = "run")]
pub use run::{run, run_on};
pub use server::Server;
pub use stuck_threads::StuckThreads;
#[cfg(feature = "tls")]
pub use tls::{
    builder::TlsBuilder,
    clients::client_auth::ClientAuth,
    error::{TlsError, TlsErrorKind},
    setup::Tls,
    tickets::keys::TicketKeys,
    version::TlsVersion,
};
pub use wsgi_http1::Limits;
