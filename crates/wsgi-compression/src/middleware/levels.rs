//! Levels of compression, and the memory that each takes.

use super::{coding::Coding, window::Window};

/// The highest quality of brotli for long bodies, and for those of unknown length. The higher ones
/// compress them worse with this library.
#[cfg(feature = "brotli")]
pub(crate) const STREAM_QUALITY: u8 = 4;

/// The level of each coding. The README has the measurements behind the defaults.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Levels {
    #[cfg(feature = "gzip")]
    pub(crate) gzip: u8,
    #[cfg(feature = "brotli")]
    pub(crate) brotli: u8,
    #[cfg(feature = "zstd")]
    pub(crate) zstd: u8,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            #[cfg(feature = "gzip")]
            gzip: 4,
            #[cfg(feature = "brotli")]
            brotli: 5,
            #[cfg(feature = "zstd")]
            zstd: 3,
        }
    }
}

impl Levels {
    /// The best window for a body, of which the length may be known: it covers all of a long one,
    /// up to 4 MiB. A level that is chosen for its speed has no large window.
    pub(crate) fn window(&self, coding: Coding, length: Option<u64>) -> Window {
        let has_large = match coding {
            #[cfg(feature = "brotli")]
            Coding::Brotli => self.brotli >= STREAM_QUALITY,
            #[allow(unreachable_patterns, reason = "brotli may be the only coding")]
            _ => false,
        };
        match has_large {
            true => Window::covering(length),
            false => Window::USUAL,
        }
    }

    /// The most memory that a compressor takes, in bytes, rounded up to the next 32 KiB. A test
    /// compares it with the memory that compressors allocate.
    pub(crate) fn memory(&self, coding: Coding, window: Window) -> usize {
        const UNIT: usize = 32 * 1024;
        let _ = window; // which only brotli needs
        let units = match coding {
            #[cfg(feature = "gzip")]
            Coding::Gzip => 13, // the same at all levels
            #[cfg(feature = "brotli")]
            Coding::Brotli => match window.bits {
                ..=18 => [9, 23, 45, 46, 81, 126, 158][usize::from(self.brotli)],
                19..=20 => 247, // of these, the quality is always the same
                21 => 311,
                22.. => 439,
            },
            #[cfg(feature = "zstd")]
            Coding::Zstd => match self.zstd {
                ..=1 => 35,
                2 => 41,
                3 => 57,
                4 => 97,
                5 | 6 => 113,
                7 | 8 => 193,
                9.. => 353,
            },
        };
        units * UNIT
    }
}

#[cfg(test)]
mod tests {
    use wsgi_allocations::most_bytes_during;

    use super::*;
    use crate::middleware::encoder::Encoder;

    /// Bytes that take compressors to their full memory: some of literals, some of copies.
    fn text() -> Vec<u8> {
        let words = (0..400_000_u32).map(|n| match n / 100_000 {
            0 => format!("{:x} ", n.wrapping_mul(0x9e37_79b9)),
            _ => format!("{{\"id\":{n},\"name\":\"{}\"}},", n % 977),
        });
        words.collect::<String>().into_bytes()
    }

    /// The most memory of a compressor for a body.
    fn measured(
        coding: Coding,
        window: Window,
        levels: &Levels,
        bytes: &[u8],
        length: Option<u64>,
    ) -> usize {
        let mut own = 0;
        let counted = most_bytes_during(|| {
            let mut encoder = Encoder::new(coding, window, levels);
            encoder.begin(length);
            for piece in bytes.chunks(300_000) {
                encoder.write(piece, &mut std::io::sink()).unwrap();
            }
            encoder.end(&mut std::io::sink()).unwrap();
            own = encoder.memory_of_c();
        });
        counted + own
    }

    #[track_caller]
    fn check_count(measured: usize, counted: usize, what: &str) {
        let is_close = measured <= counted && measured > counted / 10 * 9;
        assert!(
            is_close,
            "{what} takes {measured} bytes, and counts as {counted}"
        );
    }

    /// Compresses a long stream, a body that is just not long, and a long one without room for a
    /// large window.
    #[track_caller]
    fn check(coding: Coding, set: impl FnOnce(&mut Levels)) {
        let mut levels = Levels::default();
        set(&mut levels);
        let text = text();
        let most = [None, Some(1024 * 1024 - 1), Some(text.len())].map(|length| {
            let bytes = &text[..length.unwrap_or(text.len())];
            let length = length.map(|length| length as u64);
            measured(coding, Window::USUAL, &levels, bytes, length)
        });
        let most = most.into_iter().max().unwrap();
        let counted = levels.memory(coding, Window::USUAL);
        check_count(most, counted, &format!("{levels:?}"));
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn gzip_counts_as_much_memory_as_it_takes() {
        for gzip in [1, 4, 6, 9] {
            check(Coding::Gzip, |levels| levels.gzip = gzip);
        }
    }

    #[cfg(feature = "brotli")]
    #[test]
    fn brotli_counts_as_much_memory_as_it_takes() {
        for brotli in 0..=6 {
            check(Coding::Brotli, |levels| levels.brotli = brotli);
        }
    }

    #[cfg(feature = "brotli")]
    #[allow(clippy::needless_update, reason = "brotli may be the only coding")]
    #[test]
    fn a_large_window_counts_as_much_memory_as_it_takes() {
        const MIB: usize = 1024 * 1024;
        let text = text();
        for brotli in 4..=6 {
            for length in [MIB, 2 * MIB, text.len()] {
                let levels = Levels {
                    brotli,
                    ..Levels::default()
                };
                let (bytes, declared) = (&text[..length], Some(length as u64));
                let window = levels.window(Coding::Brotli, declared);
                assert_ne!(window, Window::USUAL);
                let measured = measured(Coding::Brotli, window, &levels, bytes, declared);
                let counted = levels.memory(Coding::Brotli, window);
                check_count(measured, counted, &format!("{window:?} with {levels:?}"));
            }
        }
    }

    #[cfg(feature = "zstd")]
    #[test]
    fn zstd_counts_as_much_memory_as_it_takes() {
        for zstd in 1..=9 {
            check(Coding::Zstd, |levels| levels.zstd = zstd);
        }
    }

    #[cfg(feature = "brotli")]
    #[allow(clippy::needless_update, reason = "brotli may be the only coding")]
    #[track_caller]
    fn check_window(length: Option<u64>, brotli: u8, bits: u8) {
        let levels = Levels {
            brotli,
            ..Levels::default()
        };
        let window = levels.window(Coding::Brotli, length);
        assert_eq!(window.bits, bits, "{length:?} at quality {brotli}");
    }

    #[cfg(feature = "brotli")]
    #[test]
    fn a_window_covers_a_long_body_up_to_4_mib() {
        const MIB: u64 = 1024 * 1024;
        check_window(None, 5, 18);
        check_window(Some(0), 5, 18);
        check_window(Some(MIB - 1), 5, 18);
        check_window(Some(MIB), 5, 20);
        check_window(Some(MIB + 1), 5, 21);
        check_window(Some(2 * MIB), 5, 21);
        check_window(Some(2 * MIB + 1), 4, 22);
        check_window(Some(u64::MAX), 4, 22);
    }

    #[cfg(feature = "brotli")]
    #[test]
    fn a_fast_quality_has_no_large_window() {
        check_window(Some(u64::MAX), 3, 18);
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn other_codings_have_no_large_window() {
        let window = Levels::default().window(Coding::Gzip, Some(u64::MAX));
        assert_eq!(window, Window::USUAL);
    }
}
