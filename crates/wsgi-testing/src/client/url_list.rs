//! The URLs that a request leads to, one after the other.

use super::site::Site;
use crate::url::Url;

/// The URL of a request and those of its redirects (Fetch Standard, "URL list"). It keeps the last
/// one, and of the others only what decides on the fields `Sec-Fetch-Site` and `Origin`.
pub(super) struct UrlList<'a> {
    page: &'a Url,
    current: Url,
    /// The farthest from the page of all of them.
    site: Site,
    /// Whether another origin than the page's has redirected to an origin that is not its own, and
    /// may have chosen it (Fetch Standard, "redirect-tainted origin").
    is_tainted: bool,
}

impl<'a> UrlList<'a> {
    pub(super) fn new(page: &'a Url, url: Url) -> Self {
        Self {
            page,
            site: Site::of(page, &url),
            current: url,
            is_tainted: false,
        }
    }

    pub(super) fn push(&mut self, url: Url) {
        let former = self.current.origin();
        self.is_tainted |= former != url.origin() && former != self.page.origin();
        self.site = self.site.max(Site::of(self.page, &url));
        self.current = url;
    }

    /// The last URL.
    pub(super) fn current(&self) -> &Url {
        &self.current
    }

    /// The page that makes the request.
    pub(super) fn page(&self) -> &Url {
        self.page
    }

    /// The relation that the field `Sec-Fetch-Site` tells. A redirect back to the page's own origin
    /// does not bring it back (W3C Fetch Metadata, "set the `Sec-Fetch-Site` header").
    pub(super) fn site(&self) -> Site {
        self.site
    }

    /// The field `Origin` of a request with a method other than GET and HEAD, by the policy of
    /// browsers (Fetch Standard, "append a request `Origin` header").
    pub(super) fn origin(&self) -> String {
        let is_less_safe = self.page.is_https() && !self.current.is_https();
        match is_less_safe || self.is_tainted {
            true => "null".to_owned(),
            false => self.page.origin(),
        }
    }
}
