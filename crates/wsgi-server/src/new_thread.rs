//! Threads that may run code of the application, or of its hooks.

use std::thread;

/// A thread that is not started yet, with this number of bytes of stack, or with as many as Rust
/// gives a thread.
pub(crate) fn new_thread(name: String, stack_size: Option<usize>) -> thread::Builder {
    let thread = thread::Builder::new().name(name);
    match stack_size {
        Some(bytes) => thread.stack_size(bytes),
        None => thread,
    }
}
