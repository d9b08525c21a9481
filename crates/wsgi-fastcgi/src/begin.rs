//! How a request begins (section 5.1).

use crate::Role;

/// The content of a BEGIN_REQUEST record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BeginRequest {
    pub(crate) role: Role,
    pub(crate) keep_conn: bool,
}

/// The flag by which the web server keeps the connection to itself.
const KEEP_CONN: u8 = 1;

impl BeginRequest {
    pub(crate) const LENGTH: usize = 8;

    /// Reads it; flags that are not known and reserved bytes are not looked at.
    #[inline]
    pub(crate) fn parse(content: [u8; BeginRequest::LENGTH]) -> BeginRequest {
        let [role_1, role_0, flags, ..] = content;
        BeginRequest {
            role: Role(u16::from_be_bytes([role_1, role_0])),
            keep_conn: flags & KEEP_CONN != 0,
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; BeginRequest::LENGTH] {
        let [role_1, role_0] = self.role.0.to_be_bytes();
        [role_1, role_0, self.keep_conn.into(), 0, 0, 0, 0, 0]
    }
}
