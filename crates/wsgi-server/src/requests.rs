//! Requests of any protocol: taking them in, and answering them.

pub(crate) mod answer;
pub(crate) mod decoder;
pub(crate) mod head;
pub(crate) mod intake;
pub(crate) mod refusal;
pub(crate) mod rejection;
pub(crate) mod response;
pub(crate) mod stream;
pub(crate) mod tail;
