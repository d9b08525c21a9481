//! Windows of compressors.

/// The window of a compressor: the distance over which it finds repetitions. Only brotli has large
/// ones, because only with it do they save much. The README has figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The logarithm of its size in bytes, to the base 2.
    pub(crate) bits: u8,
}

/// The least length of a body with a large window, in bytes.
pub(crate) const LONG: u64 = 1 << Window::MIB.bits;

impl Window {
    /// 256 KiB, for bodies that are short or of unknown length.
    pub(crate) const USUAL: Self = Self { bits: 18 };
    /// The least of the large windows: 1 MiB.
    const MIB: Self = Self { bits: 20 };
    /// The largest one: 4 MiB.
    pub(crate) const LARGEST: Self = Self { bits: 22 };

    /// The window that covers all of a long body, up to 4 MiB. The length may be unknown.
    pub(crate) fn covering(length: Option<u64>) -> Self {
        match length {
            Some(length @ LONG..) => {
                let bits = u64::BITS - (length - 1).leading_zeros();
                Self {
                    bits: (bits as u8).clamp(Self::MIB.bits, Self::LARGEST.bits),
                }
            }
            _ => Self::USUAL,
        }
    }
}
