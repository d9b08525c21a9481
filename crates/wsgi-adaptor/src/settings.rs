//! The settings of an adaptor.

use std::fmt::Display;

use wsgi_cookies::Keyring;
use wsgi_forms::Limits;

use crate::{hooks::AfterHooks, mounts::Mounts, names::Names, pages::Pages, url_error::UrlError};

/// The parts of an adaptor that its requests use, and its error pages after a call.
pub(crate) struct Settings {
    pub(crate) form_limits: Limits,
    pub(crate) max_body_bytes: u64,
    pub(crate) keyring: Option<Keyring>,
    pub(crate) debug: bool,
    pub(crate) names: Names,
    pub(crate) pages: Pages,
    pub(crate) after: AfterHooks,
    pub(crate) mounts: Mounts,
}

impl Settings {
    /// The URL of a page by its name, without the prefix of this adaptor.
    pub(crate) fn url(
        &self,
        name: &str,
        values: &[(&str, &dyn Display)],
    ) -> Result<String, UrlError> {
        let url = self.names.url(name, values);
        match (&url, self.mounts.url(name, values)) {
            (Err(UrlError::UnknownName { .. }), Some(mounted)) => mounted,
            _ => url,
        }
    }

    /// Whether the page of a failure may look different from the gateway's own.
    pub(crate) fn has_failure_page(&self) -> bool {
        let mut mounted = self.mounts.iter();
        self.pages.get(500).is_some()
            || !self.after.is_empty()
            || mounted.any(|mount| mount.adaptor.settings.has_failure_page())
    }
}

/// The default for the largest body in memory, 1 MiB.
const MAX_BODY_BYTES: u64 = 1 << 20;

impl Default for Settings {
    fn default() -> Self {
        Self {
            form_limits: Limits::new(),
            max_body_bytes: MAX_BODY_BYTES,
            keyring: None,
            debug: false,
            names: Names::default(),
            pages: Pages::default(),
            after: AfterHooks::default(),
            mounts: Mounts::default(),
        }
    }
}
