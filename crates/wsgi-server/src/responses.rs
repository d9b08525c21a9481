//! Responses in the bytes of their protocol: the engine's, their rest that the loop sends after
//! the application has returned, and refusals.

pub(crate) mod clock;
pub(crate) mod envelope;
pub(crate) mod http1_head;
pub(crate) mod records;
pub(crate) mod refusal;
pub(crate) mod response;
pub(crate) mod stderr;
pub(crate) mod tail;
