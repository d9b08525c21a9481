//! System calls without a safe interface. No other module has unsafe code.
#![allow(unsafe_code)]

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd, RawFd},
};

#[cfg(target_os = "linux")]
pub(crate) use linux::unsent_bytes;

/// Duplicates a descriptor that this process was started with. Programs that it starts inherit
/// neither the descriptor nor its duplicate.
pub(crate) fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the number is not -1. It is only borrowed for the two calls below, which do not
    // depend on its owner. They refuse a number that is not open.
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::CLOEXEC)?;
    descriptor.try_clone_to_owned()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{ffi::c_int, os::fd::AsFd};

    use rustix::{
        io,
        ioctl::{Getter, Opcode, ioctl},
    };

    /// SIOCOUTQ of `linux/sockios.h`, the same number as TIOCOUTQ.
    const SIOCOUTQ: Opcode = 0x5411;

    /// The number of sent bytes that the peer has not acknowledged (tcp(7)). The end of the stream
    /// counts as one. On a Unix socket, the memory that those take which the peer has not read.
    pub(crate) fn unsent_bytes(socket: impl AsFd) -> Option<u64> {
        let unsent: io::Result<c_int> =
            // SAFETY: SIOCOUTQ writes one int to the pointer that it gets. `Getter` with an
            // output of `c_int` provides the space for one.
            unsafe { ioctl(socket, Getter::<SIOCOUTQ, c_int>::new()) };
        u64::try_from(unsent.ok()?).ok()
    }
}

/// Other systems have no portable way to ask.
#[cfg(not(target_os = "linux"))]
pub(crate) fn unsent_bytes(_socket: impl std::os::fd::AsFd) -> Option<u64> {
    None
}
