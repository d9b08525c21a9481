//! Windows of compressors.

#[cfg(feature = "brotli")]
use super::levels::STREAM_QUALITY;
use super::{coding::Coding, levels::Levels};

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

    /// The best window for a body, of which the length may be known: it covers all of a long one,
    /// up to 4 MiB. A level that is chosen for its speed has no large window.
    pub(crate) fn of(coding: Coding, length: Option<u64>, levels: &Levels) -> Self {
        let has_large = match coding {
            #[cfg(feature = "brotli")]
            Coding::Brotli => levels.brotli >= STREAM_QUALITY,
            #[allow(unreachable_patterns, reason = "brotli may be the only coding")]
            _ => false,
        };
        let _ = levels; // which only brotli needs
        match length {
            Some(length @ LONG..) if has_large => {
                let bits = u64::BITS - (length - 1).leading_zeros();
                Self {
                    bits: (bits as u8).clamp(Self::MIB.bits, Self::LARGEST.bits),
                }
            }
            _ => Self::USUAL,
        }
    }
}

#[cfg(all(test, feature = "brotli"))]
mod tests {
    use super::*;

    #[allow(clippy::needless_update, reason = "brotli may be the only coding")]
    #[track_caller]
    fn check(length: Option<u64>, brotli: u8, bits: u8) {
        let levels = Levels {
            brotli,
            ..Levels::default()
        };
        let window = Window::of(Coding::Brotli, length, &levels);
        assert_eq!(window.bits, bits, "{length:?} at quality {brotli}");
    }

    #[test]
    fn a_window_covers_a_long_body_up_to_4_mib() {
        const MIB: u64 = 1024 * 1024;
        check(None, 5, 18);
        check(Some(0), 5, 18);
        check(Some(MIB - 1), 5, 18);
        check(Some(MIB), 5, 20);
        check(Some(MIB + 1), 5, 21);
        check(Some(2 * MIB), 5, 21);
        check(Some(2 * MIB + 1), 4, 22);
        check(Some(u64::MAX), 4, 22);
    }

    #[test]
    fn a_fast_quality_has_no_large_window() {
        check(Some(u64::MAX), 3, 18);
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn other_codings_have_no_large_window() {
        let window = Window::of(Coding::Gzip, Some(u64::MAX), &Levels::default());
        assert_eq!(window, Window::USUAL);
    }
}
