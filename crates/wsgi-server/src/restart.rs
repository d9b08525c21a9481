//! Restarts without a lost connection: a new process goes on with the listening sockets of this
//! one.
//!
//! ```text
//!   predecessor                                       successor
//!       |  starts it, with a channel as standard input    |
//!       |------------------------------------------------>|
//!       |  the listening sockets, and keys of tickets     |
//!       |------------------------------------------------>|
//!       |                                   it is ready   |
//!       |<------------------------------------------------|
//!       |  (any time later) do its loops turn?            |
//!       |------------------------------------------------>|
//!       |                                   each has      |
//!       |<------------------------------------------------|
//!       |  (any time later) it shall retire               |
//!       |------------------------------------------------>|
//! ```
//!
//! The channel is a Unix stream socket. Its end tells either process that the other has ended.

use std::{fs::Metadata, os::unix::fs::MetadataExt};

pub(crate) mod lack;
mod passing;
pub(crate) mod predecessor;
pub(crate) mod predecessor_request;
pub(crate) mod successor;
pub(crate) mod successor_news;
mod timely;

/// The variable that tells a program that its standard input is such a channel. Its value is the
/// [version](VERSION) and the [`identity`] of the program's end, with a colon between them.
/// The programs that the program starts inherit the variable, but not the channel.
const VARIABLE: &str = "WSGI_PREDECESSOR";

/// It changes with the messages.
const VERSION: &str = "4";

/// The device and inode of an end of a channel. No other file that is open has them.
fn identity(end: &Metadata) -> String {
    format!("{}:{}", end.dev(), end.ino())
}

/// The byte by which a successor tells that it is ready.
const READY: u8 = b'R';

/// The byte by which a predecessor asks whether all loops turn.
const PROBE: u8 = b'P';

/// The byte by which a successor answers that all of them have turned.
const ALIVE: u8 = b'A';

/// The byte by which a predecessor asks its successor to retire.
const RETIRE: u8 = b'E';
