#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod access_log;
mod acme_challenges;
mod allowed_clients;
mod authority;
mod calls;
mod cors;
mod cross_origin;
mod digits;
mod failed_call;
mod forwarded;
mod forwarded_by;
mod forwarding;
mod health;
mod https_redirect;
mod json;
mod log;
mod members;
#[cfg(feature = "metrics")]
mod metrics_page;
mod mounts;
mod node;
mod origin;
mod origin_pattern;
mod percent;
mod publisher;
mod rate_limit;
mod refused_method;
mod request_id;
mod scheme;
mod trace_id;
mod trusted_peers;
mod trusted_proxies;
mod url_prefix;
mod vary;
mod x_forwarded;

#[cfg(feature = "internal-redirects")]
mod cache_limits;
#[cfg(any(feature = "cascade", feature = "internal-redirects"))]
mod carried;
#[cfg(feature = "cascade")]
mod cascade;
#[cfg(feature = "internal-redirects")]
mod error_documents;
#[cfg(any(feature = "cascade", feature = "internal-redirects"))]
mod gate;
#[cfg(feature = "cascade")]
mod replay;

#[cfg(feature = "hosts")]
mod host_pattern;
#[cfg(feature = "hosts")]
mod hosts;
#[cfg(feature = "internal-redirects")]
mod internal_redirects;
#[cfg(feature = "internal-redirects")]
mod internal_request;
#[cfg(feature = "internal-redirects")]
mod internal_target;

#[cfg(feature = "basic-auth")]
mod basic_auth;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
mod constant_time;
#[cfg(feature = "basic-auth")]
mod credentials;
#[cfg(feature = "digest-auth")]
mod digest_auth;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
mod findings;
#[cfg(feature = "htpasswd")]
mod htpasswd;
#[cfg(feature = "sessions")]
mod opened;
#[cfg(feature = "basic-auth")]
mod password_check;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
mod realm;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
mod remembered;
#[cfg(feature = "security-headers")]
mod security_headers;
#[cfg(feature = "server-timing")]
mod server_timing;
#[cfg(feature = "sessions")]
mod session_answer;
#[cfg(feature = "sessions")]
mod session_middleware;
#[cfg(any(
    feature = "cascade",
    feature = "internal-redirects",
    feature = "sessions"
))]
mod set_cookie;
#[cfg(any(
    feature = "cascade",
    feature = "internal-redirects",
    feature = "sessions"
))]
mod shared_caches;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
mod throttle;

pub use self::log::log_failure;
pub use accept::prefers_json;
pub use access_log::{AccessLog, LogBuilder, LogFormat, LogFormatError, LogHandle, LogWriter};
pub use acme_challenges::{AcmeChallenges, AcmeError, AcmeHandle};
pub use allowed_clients::AllowedClients;
pub use cors::{Cors, CorsError, CorsPolicy, CorsPolicyBuilder};
pub use cross_origin::{CrossOriginPolicy, CrossOriginProtection};
pub use forwarded_by::ForwardedBy;
pub use health::{Health, HealthHandle};
pub use https_redirect::HttpsRedirect;
pub use json::is_json;
#[cfg(feature = "metrics")]
pub use metrics_page::MetricsPage;
pub use mounts::{Mounts, not_found};
#[cfg(feature = "sessions")]
pub use opened::{running_sessions, set_running_sessions};
pub use origin_pattern::{InvalidOrigin, OriginPattern};
pub use publisher::Publisher;
pub use rate_limit::{Quota, RateLimit, RateLimited};
pub use request_id::RequestId;
pub use trusted_proxies::TrustedProxies;
pub use wsgi_environ::{InvalidNetwork, Network};

#[cfg(feature = "cascade")]
pub use cascade::Cascade;
#[cfg(feature = "internal-redirects")]
pub use error_documents::ErrorDocuments;
#[cfg(feature = "hosts")]
pub use host_pattern::{HostPattern, InvalidHost};
#[cfg(feature = "hosts")]
pub use hosts::{Hosts, misdirected_request};
#[cfg(feature = "internal-redirects")]
pub use internal_redirects::{InternalRedirect, InternalRedirects};
#[cfg(feature = "internal-redirects")]
pub use internal_target::{InternalTarget, InvalidTarget};

#[cfg(feature = "basic-auth")]
pub use basic_auth::BasicAuth;
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
pub use constant_time::constant_time_eq;
#[cfg(feature = "basic-auth")]
pub use credentials::{Credentials, challenge};
#[cfg(feature = "digest-auth")]
pub use digest_auth::{DigestAlgorithm, DigestAuth, DigestSecret, DigestUsers};
#[cfg(feature = "htpasswd")]
pub use htpasswd::{Htpasswd, HtpasswdError, HtpasswdLine};
#[cfg(feature = "basic-auth")]
pub use password_check::PasswordCheck;
#[cfg(feature = "security-headers")]
pub use security_headers::{CspNonceError, FrameAncestors, Hsts, SecurityHeaders, csp_nonce};
#[cfg(feature = "server-timing")]
pub use server_timing::{ServerTiming, Timings};
#[cfg(feature = "sessions")]
pub use session_middleware::{SessionMiddleware, open_session, with_open_session, with_session};
#[cfg(any(feature = "basic-auth", feature = "digest-auth"))]
pub use throttle::Throttle;
