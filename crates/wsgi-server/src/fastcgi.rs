//! What is FastCGI's own: a head in parameters, responses in records, a stream for errors, and a
//! peer that can give a request up while it is answered.

pub(crate) mod abort;
pub(crate) mod envelope;
pub(crate) mod head;
pub(crate) mod records;
pub(crate) mod stderr;
