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

mod passing;
pub(crate) mod predecessor;
pub(crate) mod predecessor_request;
pub(crate) mod successor;

/// The variable that tells a program that its standard input is such a channel.
const VARIABLE: &str = "WSGI_PREDECESSOR";

/// The value of that variable. It changes with the messages.
const VERSION: &str = "3";

/// The byte by which a successor tells that it is ready.
const READY: u8 = b'R';

/// The byte by which a predecessor asks whether all loops turn.
const PROBE: u8 = b'P';

/// The byte by which a successor answers that all of them have turned.
const ALIVE: u8 = b'A';

/// The byte by which a predecessor asks its successor to retire.
const RETIRE: u8 = b'E';
