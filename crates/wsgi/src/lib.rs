// The README's example serves, so it is shown and tested where there is a server.
#![cfg_attr(feature = "server", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "server"),
    doc = "The Web Server Gateway Interface for Rust."
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod architecture;
pub mod crates;
pub mod deployment;

#[cfg(feature = "adaptor")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_adaptor as adaptor;
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_application as application;
#[cfg(feature = "cookies")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_cookies as cookies;
#[cfg(feature = "environ")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_environ as environ;
#[cfg(feature = "fastcgi")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_fastcgi as fastcgi;
#[cfg(feature = "file-wrapper")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_file_wrapper as file_wrapper;
#[cfg(feature = "forms")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_forms as forms;
#[cfg(feature = "gateway")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_gateway as gateway;
#[cfg(feature = "handlers")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_handlers as handlers;
#[cfg(feature = "headers")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_headers as headers;
#[cfg(feature = "http1")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_http1 as http1;
#[cfg(feature = "middleware")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_middleware as middleware;
#[cfg(feature = "scgi")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_scgi as scgi;
#[cfg(feature = "server")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_server as server;
#[cfg(feature = "sessions")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_sessions as sessions;
#[cfg(feature = "testing")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
///
#[doc(inline)]
pub use wsgi_testing as testing;
#[cfg(feature = "validate")]
/// Examples here name the crates: [`use wsgi::crates::*`](crate::crates) brings those names.
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
