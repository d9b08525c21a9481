//! `Files` in process, and through the server.

mod answers;
mod paths;
mod support;
