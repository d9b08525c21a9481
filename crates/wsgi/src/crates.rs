//! The crates of the family under their own names, each with the feature of its module.
//!
//! The examples in a crate's documentation use that crate. A program that depends only on the
//! facade gets the names from here, so that the examples work unchanged:
//!
//! ```
//! # #[cfg(all(feature = "adaptor", feature = "testing"))]
//! # fn main() {
//! use wsgi::crates::*;
//!
//! use wsgi_adaptor::{Adaptor, Request};
//!
//! fn greet(request: &Request<'_>) -> String {
//!     format!("Hello {}!", request.parameter_str("name"))
//! }
//!
//! let app = Adaptor::new().get("/greet/{name}", greet);
//! let response = wsgi_testing::Request::get("/greet/ada").call(&app);
//! assert_eq!(response.text(), "Hello ada!");
//! # }
//! # #[cfg(not(all(feature = "adaptor", feature = "testing")))]
//! # fn main() {}
//! ```

#[cfg(feature = "adaptor")]
pub use wsgi_adaptor;
pub use wsgi_application;
#[cfg(feature = "compression")]
pub use wsgi_compression;
#[cfg(feature = "cookies")]
pub use wsgi_cookies;
#[cfg(feature = "environ")]
pub use wsgi_environ;
#[cfg(feature = "fastcgi")]
pub use wsgi_fastcgi;
#[cfg(feature = "file-wrapper")]
pub use wsgi_file_wrapper;
#[cfg(feature = "files")]
pub use wsgi_files;
#[cfg(feature = "forms")]
pub use wsgi_forms;
#[cfg(feature = "gateway")]
pub use wsgi_gateway;
#[cfg(feature = "handlers")]
pub use wsgi_handlers;
#[cfg(feature = "headers")]
pub use wsgi_headers;
#[cfg(feature = "http1")]
pub use wsgi_http1;
#[cfg(feature = "metrics")]
pub use wsgi_metrics;
#[cfg(feature = "middleware")]
pub use wsgi_middleware;
#[cfg(feature = "proxy")]
pub use wsgi_proxy;
#[cfg(feature = "proxy-protocol")]
pub use wsgi_proxy_protocol;
#[cfg(feature = "scgi")]
pub use wsgi_scgi;
#[cfg(feature = "server")]
pub use wsgi_server;
#[cfg(feature = "sessions")]
pub use wsgi_sessions;
#[cfg(feature = "testing")]
pub use wsgi_testing;
#[cfg(feature = "tower")]
pub use wsgi_tower;
#[cfg(feature = "uwsgi")]
pub use wsgi_uwsgi;
#[cfg(feature = "validate")]
pub use wsgi_validate;
