//! The one place for system calls that no safe interface offers.
#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
pub(crate) use linux::unsent_bytes;

#[cfg(target_os = "linux")]
mod linux {
    use std::{ffi::c_int, os::fd::AsFd};

    use rustix::{
        io,
        ioctl::{Getter, ioctl},
    };

    /// SIOCOUTQ of `linux/sockios.h`, the same number as TIOCOUTQ.
    const SIOCOUTQ: u32 = 0x5411;

    /// How many bytes of a socket the peer has not acknowledged (tcp(7)).
    pub(crate) fn unsent_bytes(socket: impl AsFd) -> u64 {
        let unsent: io::Result<c_int> =
            // SAFETY: SIOCOUTQ writes one int through the pointer it is given,
            // which is what `Getter` with an output of `c_int` provides.
            unsafe { ioctl(socket, Getter::<SIOCOUTQ, c_int>::new()) };
        unsent.map_or(0, |unsent| u64::try_from(unsent).unwrap_or(0))
    }
}

/// Elsewhere nothing says so portably: what the kernel took counts as taken.
#[cfg(not(target_os = "linux"))]
pub(crate) fn unsent_bytes(_socket: impl std::os::fd::AsFd) -> u64 {
    0
}
