//! What an adaptor's handlers share.

use wsgi_cookies::Keyring;
use wsgi_forms::Limits;

use crate::pages::Pages;

/// What an adaptor's handlers share.
pub(crate) struct Settings {
    pub(crate) form_limits: Limits,
    pub(crate) max_body_bytes: u64,
    pub(crate) keyring: Option<Keyring>,
    pub(crate) debug: bool,
    pub(crate) pages: Pages,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            form_limits: Limits::new(),
            max_body_bytes: 1 << 20,
            keyring: None,
            debug: false,
            pages: Pages::default(),
        }
    }
}
