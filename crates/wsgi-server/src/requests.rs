//! Requests of every protocol, read as they arrive.

pub(crate) mod awaited_body;
mod body_demand;
mod body_source;
pub(crate) mod decoder;
mod file_limit;
pub(crate) mod gateway_head;
pub(crate) mod head;
pub(crate) mod intake;
pub(crate) mod parsed;
pub(crate) mod rejection;
pub(crate) mod remains;
pub(crate) mod request;
pub(crate) mod spool;
pub(crate) mod spool_room;
pub(crate) mod streamed_body;
pub(crate) mod unnamed_file;
pub(crate) mod variables_head;
