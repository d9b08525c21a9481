//! The record that begins a request (section 5.1).

use crate::role::Role;

/// The content of a BEGIN_REQUEST record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BeginRequest {
    pub(crate) role: Role,
    pub(crate) keep_conn: bool,
}

/// The flag with which the web server asks to keep the connection.
const KEEP_CONN: u8 = 1;

impl BeginRequest {
    pub(crate) const LENGTH: usize = 8;

    /// Parses the content. Unknown flags and reserved bytes are ignored.
    #[inline]
    pub(crate) fn parse(content: [u8; Self::LENGTH]) -> Self {
        let [role_1, role_0, flags, ..] = content;
        Self {
            role: Role(u16::from_be_bytes([role_1, role_0])),
            keep_conn: flags & KEEP_CONN != 0,
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::LENGTH] {
        let [role_1, role_0] = self.role.0.to_be_bytes();
        [role_1, role_0, self.keep_conn.into(), 0, 0, 0, 0, 0]
    }
}
