//! A session for each request, opened when it is asked for and saved before the head.

pub(crate) mod opened;
mod session_answer;
pub(crate) mod session_middleware;
