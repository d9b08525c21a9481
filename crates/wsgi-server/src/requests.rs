//! Requests of any protocol, taken in as they come, and the form of what answers them.

pub(crate) mod decoder;
pub(crate) mod head;
pub(crate) mod intake;
pub(crate) mod refusal;
pub(crate) mod rejection;
pub(crate) mod response;
pub(crate) mod room;
pub(crate) mod spool;
pub(crate) mod stream;
pub(crate) mod tail;
pub(crate) mod unnamed;
