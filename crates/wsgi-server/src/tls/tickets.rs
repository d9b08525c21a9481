//! Tickets, by which clients resume sessions without a full handshake (RFC 5077, RFC 8446 section
//! 2.2). The server keeps nothing of a session: it is all in the ticket, encrypted.
//!
//! ```text
//! ticket:  name of the key (16 bytes) | salt (16) | AES-256-GCM of (time of issue (8) | session) | tag (16)
//! ```
//!
//! A key encrypts no ticket itself. Each ticket has a key of its own, derived from the ticket key,
//! from the place that it is good for, and from its random salt.

pub(crate) mod chain;
pub(crate) mod key;
pub(crate) mod key_file;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod ticketer;
