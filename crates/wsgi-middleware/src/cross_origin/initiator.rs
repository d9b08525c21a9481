//! The page that made a request, as far as its browser tells.

use wsgi_application::Environ;
use wsgi_environ::Value;

use crate::origin::{Origin, origin_of};

/// The relation of the page that made a request to the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Initiator {
    /// The site itself, or the user, for example by a bookmark.
    Own,
    /// Another origin of the same site: of the same domain as registered, and the same scheme.
    SameSite,
    /// Another site.
    CrossSite,
    /// Another origin. The browser does not tell whether it is of the same site.
    Other,
    /// The request has no sign of a page: it is not from a browser, or from a very old one.
    Unknown,
}

impl Initiator {
    /// Reads `Sec-Fetch-Site` (W3C Fetch Metadata), or without it `Origin` and `Host` (RFC 6454
    /// section 7). Browsers send the former to sites by https and on this machine, and no page can
    /// change it.
    pub(crate) fn of(environ: &Environ) -> Self {
        let site = environ.get("HTTP_SEC_FETCH_SITE").map(Value::as_bytes);
        match site.unwrap_or_default() {
            b"" => Self::by_origin(environ),
            b"same-origin" | b"none" => Self::Own,
            b"same-site" => Self::SameSite,
            b"cross-site" => Self::CrossSite,
            _ => Self::Other,
        }
    }

    fn by_origin(environ: &Environ) -> Self {
        let Some(origin) = origin_of(environ) else {
            return Self::Unknown;
        };
        let page = Origin::parse(origin.as_bytes());
        match (page, Origin::of_site(environ)) {
            (Some(page), Some(site)) if page.is_of(&site) => Self::Own,
            _ => Self::Other,
        }
    }
}
