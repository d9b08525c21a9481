// Of several definitions of a link, the first counts: here links lead to items, and on a forge to
// docs.rs.
//! [`AccessLog`]: crate::middleware::AccessLog
//! [`Builder::log_exception`]: crate::server::Builder::log_exception
//! [`Handle::retire`]: crate::server::Handle::retire
//! [`ProxyProtocol`]: crate::server::ProxyProtocol
//! [`RequestId`]: crate::middleware::RequestId
//! [`ServiceManager::hide_from`]: crate::server::ServiceManager::hide_from
//! [`Successor`]: crate::server::Successor
//! [`TrustedProxies`]: crate::middleware::TrustedProxies
//! [`probe`]: crate::server::Successor::probe
//! [`start_with_ticket_keys`]: crate::server::Successor::start_with_ticket_keys
//!
#![doc = include_str!("../pictures/pictures.md")]
// The page's programs need these features, so the page is shown only with them. They are tested
// only with the features that some of them need beside.
#![cfg_attr(
    all(
        feature = "middleware",
        feature = "proxy-protocol",
        feature = "run",
        feature = "tls",
        any(
            not(doctest),
            all(
                feature = "basic-auth",
                feature = "fastcgi",
                feature = "log",
                feature = "metrics",
                feature = "running-requests",
                feature = "testing"
            )
        )
    ),
    doc = include_str!("../DEPLOYMENT.md")
)]
#![cfg_attr(
    not(all(
        feature = "middleware",
        feature = "proxy-protocol",
        feature = "run",
        feature = "tls"
    )),
    doc = "Configurations for nginx, Apache and systemd. Build with the features `middleware`, \
           `proxy-protocol`, `run` and `tls` to read them."
)]
