//! The settings of an adaptor.

use wsgi_cookies::Keyring;
use wsgi_forms::Limits;

use crate::names::Names;

/// The settings of an adaptor, shared by its handlers.
pub(crate) struct Settings {
    pub(crate) form_limits: Limits,
    pub(crate) max_body_bytes: u64,
    pub(crate) keyring: Option<Keyring>,
    pub(crate) debug: bool,
    pub(crate) names: Names,
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
        }
    }
}
