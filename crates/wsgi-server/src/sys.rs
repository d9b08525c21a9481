//! The one place for system calls that no safe interface offers.
#![allow(unsafe_code)]

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd, RawFd},
};

#[cfg(target_os = "linux")]
pub(crate) use linux::unsent_bytes;

/// A descriptor of our own for what this process was started with as descriptor
/// `number`, which programs that it starts do not inherit.
pub(crate) fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the number is not -1. It is borrowed for the two calls below, which
    // take no part in who owns it: one that stands for nothing is refused by them.
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::CLOEXEC)?;
    descriptor.try_clone_to_owned()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{ffi::c_int, os::fd::AsFd};

    use rustix::{
        io,
        ioctl::{Getter, ioctl},
    };

    /// SIOCOUTQ of `linux/sockios.h`, the same number as TIOCOUTQ.
    const SIOCOUTQ: u32 = 0x5411;

    /// How many bytes of a socket the peer has not acknowledged (tcp(7)), its end counted as one.
    pub(crate) fn unsent_bytes(socket: impl AsFd) -> Option<u64> {
        let unsent: io::Result<c_int> =
            // SAFETY: SIOCOUTQ writes one int through the pointer it is given,
            // which is what `Getter` with an output of `c_int` provides.
            unsafe { ioctl(socket, Getter::<SIOCOUTQ, c_int>::new()) };
        u64::try_from(unsent.ok()?).ok()
    }
}

/// Elsewhere nothing says so portably.
#[cfg(not(target_os = "linux"))]
pub(crate) fn unsent_bytes(_socket: impl std::os::fd::AsFd) -> Option<u64> {
    None
}
