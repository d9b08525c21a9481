//! Descriptors that Python names by their numbers.

#![allow(unsafe_code)]

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
};

/// A duplicate of the descriptor with this number, which is closed when a new program is started.
///
/// # Errors
///
/// There is no such descriptor, or the system has no more.
pub(crate) fn duplicate(number: i32) -> io::Result<OwnedFd> {
    if number < 0 {
        return Err(io::Error::from_raw_os_error(9)); // EBADF
    }
    // SAFETY: the number is not -1. It is used for a single call, which fails if it names no open
    // descriptor. If other code closes it meanwhile, which Python's code can do at any time, the
    // duplicate is of another file, as with `os.dup`.
    unsafe { BorrowedFd::borrow_raw(number) }.try_clone_to_owned()
}
