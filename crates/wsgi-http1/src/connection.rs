//! The Connection field (RFC 9110 section 7.6.1).

use crate::{any_case::is, token::trim, version::Version};

/// The connection options seen so far. Other options are ignored.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Connection {
    close: bool,
    keep_alive: bool,
}

impl Connection {
    #[inline]
    pub(crate) fn add(&mut self, value: &[u8]) {
        if is(value, b"keep-alive") {
            self.keep_alive = true;
        } else {
            self.add_list(value);
        }
    }

    #[inline(never)]
    fn add_list(&mut self, value: &[u8]) {
        for option in value.split(|&byte| byte == b',').map(trim) {
            if is(option, b"close") {
                self.close = true;
            } else if is(option, b"keep-alive") {
                self.keep_alive = true;
            }
        }
    }

    /// Whether the connection may be used again (RFC 9112 section 9.3).
    #[inline]
    pub(crate) fn is_kept_alive(&self, version: Version) -> bool {
        !self.close && (self.keep_alive || version == Version::Http11)
    }
}
