// The README's examples need most features, so it is shown and tested only with them.
#![cfg_attr(feature = "full", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "full"),
    doc = "The Web Server Gateway Interface for Rust."
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod architecture;
// The programs on the pages need the features.
#[cfg(all(feature = "full", feature = "testing", feature = "tls"))]
pub mod coming_from;
pub mod crates;
// The programs on the pages need the features.
#[cfg(all(feature = "full", feature = "testing", feature = "tls"))]
pub mod deployment;
pub mod figures;
pub mod limits;
// The programs of the chapters need the features.
#[cfg(all(feature = "full", feature = "testing", feature = "tls"))]
pub mod tutorial;

#[cfg(feature = "adaptor")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_adaptor as adaptor;
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_application as application;
#[cfg(feature = "compression")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_compression as compression;
#[cfg(feature = "cookies")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_cookies as cookies;
#[cfg(feature = "environ")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_environ as environ;
#[cfg(feature = "fastcgi")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_fastcgi as fastcgi;
#[cfg(feature = "file-wrapper")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_file_wrapper as file_wrapper;
#[cfg(feature = "files")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_files as files;
#[cfg(feature = "forms")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_forms as forms;
#[cfg(feature = "gateway")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_gateway as gateway;
#[cfg(feature = "handlers")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_handlers as handlers;
#[cfg(feature = "headers")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_headers as headers;
#[cfg(feature = "http1")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_http1 as http1;
#[cfg(feature = "metrics")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_metrics as metrics;
#[cfg(feature = "middleware")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_middleware as middleware;
#[cfg(feature = "proxy")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_proxy as proxy;
#[cfg(feature = "proxy-protocol")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_proxy_protocol as proxy_protocol;
#[cfg(feature = "scgi")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_scgi as scgi;
#[cfg(feature = "server")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_server as server;
#[cfg(feature = "sessions")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_sessions as sessions;
#[cfg(feature = "testing")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_testing as testing;
#[cfg(feature = "tower")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_tower as tower;
#[cfg(feature = "uwsgi")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_uwsgi as uwsgi;
#[cfg(feature = "validate")]
/// The examples use the crates' own names: import [`wsgi::crates::*`](crate::crates).
///
#[doc(inline)]
pub use wsgi_validate as validate;

#[cfg(feature = "adaptor")]
pub use wsgi_adaptor::{Adaptor, HttpError, Request, Response};
pub use wsgi_application::{
    Application, Body, Environ, Error, FileWrapper, Filter, Head, Headers, Result, Scope,
    StartResponse, Status, Writer, application, filtered,
};
#[cfg(feature = "middleware")]
pub use wsgi_middleware::{Mounts, Publisher};
#[cfg(feature = "server")]
pub use wsgi_server::{Server, make_server};
#[cfg(feature = "run")]
pub use wsgi_server::{run, run_on};
