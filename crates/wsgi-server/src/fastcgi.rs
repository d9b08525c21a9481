//! The parts of the server that only FastCGI needs: heads of parameters, responses in records, the
//! errors stream, and requests that the peer gives up while they are answered.

pub(crate) mod abort;
pub(crate) mod envelope;
pub(crate) mod head;
pub(crate) mod records;
pub(crate) mod stderr;
