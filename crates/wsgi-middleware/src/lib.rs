// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(
    any(
        not(doctest),
        all(
            feature = "cascade",
            feature = "cookie-attributes",
            feature = "digest-auth",
            feature = "hosts",
            feature = "htpasswd",
            feature = "internal-redirects",
            feature = "metrics",
            feature = "running-requests",
            feature = "security-headers",
            feature = "server-timing",
            feature = "sessions"
        )
    ),
    doc = include_str!("../README.md")
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod access_log;
mod acme_challenges;
mod allowed_clients;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
mod auth;
mod authority;
mod bearer_token;
mod body_limit;
mod calls;
mod concurrency_limit;
#[cfg(feature = "cookie-attributes")]
mod cookie_attributes;
mod cors;
mod cross_origin;
mod decoded_path;
mod digits;
mod dispatch;
mod failed_call;
mod health;
mod https_redirect;
mod json;
mod log;
mod members;
mod method_override;
#[cfg(feature = "metrics")]
mod metrics_page;
mod monitoring_pages;
mod origin;
mod origin_pattern;
mod overridden;
mod percent;
mod proxies;
mod rate_limit;
mod refused_method;
mod request_id;
#[cfg(feature = "running-requests")]
mod running_requests;
#[cfg(feature = "security-headers")]
mod security_headers;
#[cfg(feature = "server-timing")]
mod server_timing;
#[cfg(feature = "sessions")]
mod session;
mod set_cookie;
#[cfg(any(
    feature = "cascade",
    feature = "internal-redirects",
    feature = "sessions"
))]
mod shared_caches;
#[cfg(any(feature = "cascade", feature = "internal-redirects"))]
mod subrequests;
mod target_path;
mod trace_id;
mod vary;
mod whole_seconds;
mod x_sendfile;

pub use self::log::log_failure;
pub use accept::prefers_json;
pub use access_log::{AccessLog, LogBuilder, LogFormat, LogFormatError, LogHandle, LogWriter};
pub use acme_challenges::{AcmeChallenges, AcmeError, AcmeHandle};
pub use allowed_clients::AllowedClients;
pub use bearer_token::bearer_token;
pub use body_limit::BodyLimit;
pub use concurrency_limit::ConcurrencyLimit;
#[cfg(feature = "cookie-attributes")]
pub use cookie_attributes::CookieAttributes;
pub use cors::{Cors, CorsError, CorsPolicy, CorsPolicyBuilder};
pub use cross_origin::{CrossOriginPolicy, CrossOriginProtection};
pub use dispatch::invalid_prefix::InvalidPrefix;
pub use dispatch::mounts::{Mounts, not_found};
pub use dispatch::publisher::Publisher;
pub use health::{Health, HealthHandle};
pub use https_redirect::HttpsRedirect;
pub use json::is_json;
pub use method_override::MethodOverride;
#[cfg(feature = "metrics")]
pub use metrics_page::MetricsPage;
pub use monitoring_pages::MonitoringPages;
pub use origin_pattern::{InvalidOrigin, OriginPattern};
pub use proxies::forwarded_by::ForwardedBy;
pub use proxies::trusted_proxies::TrustedProxies;
pub use rate_limit::{Quota, RateLimit, RateLimited};
pub use request_id::RequestId;
#[cfg(feature = "running-requests")]
pub use running_requests::{RunningHandle, RunningRequest, RunningRequests};
#[cfg(feature = "security-headers")]
pub use security_headers::{CspNonceError, FrameAncestors, Hsts, SecurityHeaders, csp_nonce};
#[cfg(feature = "server-timing")]
pub use server_timing::{ServerTiming, Timings};
pub use set_cookie::{add_earlier_cookies, is_same_cookie, replace_cookie};
#[cfg(feature = "cookie-attributes")]
pub use wsgi_cookies::SameSite;
pub use wsgi_environ::{InvalidNetwork, Network};
pub use x_sendfile::XSendfile;

#[cfg(feature = "basic-auth")]
pub use auth::basic_auth::BasicAuth;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
pub use auth::constant_time::constant_time_eq;
#[cfg(feature = "basic-auth")]
pub use auth::credentials::{Credentials, challenge};
#[cfg(feature = "digest-auth")]
pub use auth::digest_auth::{DigestAlgorithm, DigestAuth, DigestSecret, DigestUsers};
#[cfg(feature = "htpasswd")]
pub use auth::htpasswd::{Htpasswd, HtpasswdError, HtpasswdLine};
#[cfg(feature = "basic-auth")]
pub use auth::password_check::PasswordCheck;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
pub use auth::throttle::Throttle;

#[cfg(feature = "hosts")]
pub use dispatch::host_pattern::{HostPattern, InvalidHost};
#[cfg(feature = "hosts")]
pub use dispatch::hosts::{Hosts, misdirected_request};

#[cfg(feature = "sessions")]
pub use session::opened::{running_sessions, set_running_sessions};
#[cfg(feature = "sessions")]
pub use session::session_middleware::{
    SessionMiddleware, open_session, with_open_session, with_session,
};

#[cfg(feature = "cascade")]
pub use subrequests::cascade::Cascade;
#[cfg(feature = "internal-redirects")]
pub use subrequests::error_documents::ErrorDocuments;
#[cfg(feature = "internal-redirects")]
pub use subrequests::internal_redirects::{InternalRedirect, InternalRedirects};
#[cfg(feature = "internal-redirects")]
pub use subrequests::internal_target::{InternalTarget, InvalidTarget};
