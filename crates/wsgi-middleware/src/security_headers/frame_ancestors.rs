//! The pages that may show a site in a frame.

use std::fmt::Write;

use crate::origin_pattern::OriginPattern;

/// The pages that may show a site in a frame (W3C Content Security Policy Level 3, section
/// 6.4.2).
///
/// ```
/// use wsgi_middleware::{FrameAncestors, SecurityHeaders, not_found};
/// use wsgi_testing::Request;
///
/// let portal = FrameAncestors::Origins(vec!["https://portal.example".parse()?]);
/// let app = SecurityHeaders::new(not_found).frame_ancestors(portal);
/// let policy = Request::get("/").call(&app);
/// assert_eq!(
///     policy.headers().get("Content-Security-Policy").unwrap(),
///     "frame-ancestors 'self' https://portal.example"
/// );
/// # Ok::<(), wsgi_middleware::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameAncestors {
    /// No page. A stranger's page cannot make users click on something that they do not see.
    #[default]
    Nobody,
    /// Pages of the same origin.
    SameOrigin,
    /// Pages of the same origin, and of these.
    Origins(Vec<OriginPattern>),
    /// Any page. Neither field is sent.
    Anybody,
}

impl FrameAncestors {
    /// The directive of a policy.
    pub(super) fn directive(self) -> Option<String> {
        let mut directive = String::from(match &self {
            Self::Nobody => "frame-ancestors 'none'",
            Self::SameOrigin | Self::Origins(_) => "frame-ancestors 'self'",
            Self::Anybody => return None,
        });
        if let Self::Origins(origins) = self {
            for origin in origins {
                // A source is written like a pattern (section 2.3.1).
                let _ = write!(directive, " {origin}");
            }
        }
        Some(directive)
    }

    /// The value of `X-Frame-Options` (RFC 7034), which cannot name origins.
    pub(super) fn frame_options(&self) -> Option<&'static str> {
        match self {
            Self::Nobody => Some("DENY"),
            Self::SameOrigin => Some("SAMEORIGIN"),
            Self::Origins(_) | Self::Anybody => None,
        }
    }
}
