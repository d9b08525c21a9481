//! FastCGI: responses in records, and the errors stream among them.

pub(crate) mod envelope;
pub(crate) mod records;
pub(crate) mod stderr;
