//! The field `Range` (RFC 9110, section 14.2).

use std::ops::Range;

/// The byte ranges of a field `Range` (RFC 9110, section 14.2).
///
/// ```
/// use wsgi_files::{RangeSet, Selection};
///
/// let set = RangeSet::parse("bytes=0-99, -50").unwrap();
/// assert_eq!(set.select(1000), Selection::Ranges(vec![0..100, 950..1000]));
/// // Ranges that touch become one.
/// assert_eq!(set.select(150), Selection::Ranges(vec![0..150]));
///
/// let set = RangeSet::parse("bytes=1000-").unwrap();
/// assert_eq!(set.select(1000), Selection::Unsatisfiable);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeSet(Vec<Spec>);

/// One range as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    /// From the first byte to the last, which may lie behind the end.
    Bytes { first: u64, last: u64 },
    /// The last bytes.
    Suffix { length: u64 },
}

/// The part of a representation that a [`RangeSet`] asks for.
///
/// ```
/// use wsgi_files::{RangeSet, Selection};
///
/// let status = |range: &str| match RangeSet::parse(range).map(|set| set.select(1000)) {
///     Some(Selection::Ranges(_)) => 206,
///     Some(Selection::Unsatisfiable) => 416,
///     Some(Selection::Whole) | None => 200,
/// };
/// assert_eq!(status("bytes=0-99"), 206);
/// assert_eq!(status("bytes=1000-"), 416);
/// assert_eq!(status("lines=1-2"), 200);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of it, without regard to the ranges, in a 200 response.
    Whole,
    /// These bytes, in a 206 response: at least one range, in the order of the request. None is
    /// empty, and no two of them touch.
    Ranges(Vec<Range<u64>>),
    /// None of the ranges has a byte of it: 416.
    Unsatisfiable,
}

/// Ranges with no more bytes than this between them are sent as one: the head of a part of
/// `multipart/byteranges` takes about as many.
const MAX_GAP: u64 = 128;

impl RangeSet {
    /// The most ranges that a field may have.
    pub const MAX_RANGES: usize = 64;

    /// Reads a field. Returns `None` if the field has to be ignored: its unit is not `bytes`, it is
    /// malformed, or it has more than [`MAX_RANGES`](Self::MAX_RANGES) ranges.
    ///
    /// A position too large for 64 bits counts as the largest one.
    pub fn parse(value: impl AsRef<[u8]>) -> Option<Self> {
        let value = value.as_ref().trim_ascii();
        let equals = value.iter().position(|&byte| byte == b'=')?;
        let (unit, list) = value.split_at(equals);
        if !unit.eq_ignore_ascii_case(b"bytes") {
            return None;
        }
        let mut specs = Vec::new();
        for item in list[1..].split(|&byte| byte == b',') {
            let item = item.trim_ascii();
            if item.is_empty() {
                continue;
            }
            if specs.len() == Self::MAX_RANGES {
                return None;
            }
            specs.push(Spec::parse(item)?);
        }
        (!specs.is_empty()).then_some(Self(specs))
    }

    /// The bytes to send of a representation of this length.
    ///
    /// Ranges that overlap, or have at most 128 bytes between them, become one (RFC 9110, section
    /// 15.3.7.2): the head of a part takes about as many. The whole is sent if several parts with
    /// their heads would hardly be shorter, and if the representation is empty.
    #[must_use]
    pub fn select(&self, length: u64) -> Selection {
        if length == 0 {
            return Selection::Whole;
        }
        let ranges = self.0.iter().filter_map(|spec| spec.range(length));
        let ranges = coalesce(ranges.collect());
        let sent: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        let heads = MAX_GAP * ranges.len() as u64;
        match ranges.len() {
            0 => Selection::Unsatisfiable,
            1 => Selection::Ranges(ranges),
            _ if length - sent <= heads => Selection::Whole,
            _ => Selection::Ranges(ranges),
        }
    }
}

impl Spec {
    fn parse(item: &[u8]) -> Option<Self> {
        let dash = item.iter().position(|&byte| byte == b'-')?;
        let (first, last) = (&item[..dash], &item[dash + 1..]);
        match (first.is_empty(), last.is_empty()) {
            (true, _) => Some(Self::Suffix {
                length: number(last)?,
            }),
            (false, true) => Some(Self::Bytes {
                first: number(first)?,
                last: u64::MAX,
            }),
            (false, false) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Bytes { first, last })
            }
        }
    }

    /// The bytes of it that there are.
    fn range(self, length: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Bytes { first, last } => first..last.saturating_add(1).min(length),
            Self::Suffix { length: suffix } => length.saturating_sub(suffix)..length,
        };
        (range.start < range.end).then_some(range)
    }
}

/// A number of digits alone, at most the largest.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0u64, |value, digit| {
        let digit = u64::from(digit - b'0');
        value.saturating_mul(10).saturating_add(digit)
    });
    Some(value)
}

/// Joins ranges that overlap or lie close. Each keeps the place of the first that went into it.
fn coalesce(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|&index| ranges[index].start);
    let mut current: Option<usize> = None;
    for index in order {
        let next = ranges[index].clone();
        match current {
            Some(other) if next.start <= ranges[other].end.saturating_add(MAX_GAP) => {
                // The earlier one in the request holds the range from here on.
                let joined = ranges[other].start..ranges[other].end.max(next.end);
                let (kept, emptied) = (other.min(index), other.max(index));
                ranges[kept] = joined;
                ranges[emptied] = 0..0;
                current = Some(kept);
            }
            _ => current = Some(index),
        }
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}
