//! HTTP/1.1: taking requests in, and answering them.

pub(crate) mod answer;
pub(crate) mod clock;
pub(crate) mod intake;
pub(crate) mod response;
pub(crate) mod stream;
