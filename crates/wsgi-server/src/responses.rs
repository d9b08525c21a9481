//! Responses in the bytes of their protocol: the engine's, their rest that the loop sends after
//! the application has returned, and refusals.

pub(crate) mod clock;
pub(crate) mod disk;
pub(crate) mod ending;
pub(crate) mod endings;
pub(crate) mod form;
mod front;
pub(crate) mod http1_head;
mod left_body;
pub(crate) mod live_tail;
pub(crate) mod refill;
pub(crate) mod refusal;
pub(crate) mod response;
mod small_file;
pub(crate) mod tail;
pub(crate) mod time_limit;
