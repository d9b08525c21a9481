//! The texts of a time, kept for the lines of the same second.

use crate::access_log::timestamp::Timestamp;

/// The texts of the second that was written last.
#[derive(Debug, Default)]
pub(super) struct Dates {
    common: Option<(u64, [u8; Timestamp::COMMON])>,
    rfc3339: Option<(u64, [u8; Timestamp::RFC3339])>,
}

impl Dates {
    /// Writes the form of the Common Log Format, `28/Nov/2026:07:40:02 +0000`.
    #[inline]
    pub(super) fn push_common(&mut self, line: &mut Vec<u8>, time: Timestamp) {
        match &self.common {
            Some((second, text)) if *second == time.seconds() => line.extend_from_slice(text),
            _ => {
                let text = time.to_common();
                line.extend_from_slice(&text);
                self.common = Some((time.seconds(), text));
            }
        }
    }

    /// Writes the form of RFC 3339, `2026-11-28T07:40:02.000123Z`.
    #[inline]
    pub(super) fn push_rfc3339(&mut self, line: &mut Vec<u8>, time: Timestamp) {
        match &mut self.rfc3339 {
            Some((second, text)) if *second == time.seconds() => {
                time.put_micros(text);
                line.extend_from_slice(text);
            }
            _ => {
                let text = time.to_rfc3339();
                line.extend_from_slice(&text);
                self.rfc3339 = Some((time.seconds(), text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::Dates;
    use crate::access_log::timestamp::Timestamp;

    #[test]
    fn kept_texts_are_those_of_the_time() {
        let mut dates = Dates::default();
        for micros in [0, 5, 999_999, 1_000_000, 1_000_001, 999_999, 61_000_000] {
            let time = Timestamp::from(UNIX_EPOCH + Duration::from_micros(micros));
            for _ in 0..2 {
                let (mut common, mut rfc3339) = (Vec::new(), Vec::new());
                dates.push_common(&mut common, time);
                dates.push_rfc3339(&mut rfc3339, time);
                assert_eq!(common, time.to_common());
                assert_eq!(rfc3339, time.to_rfc3339());
            }
        }
    }
}
