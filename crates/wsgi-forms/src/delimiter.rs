//! The search for boundaries in the bytes of a form.

use std::ops::ControlFlow;

use crate::{
    boundary::{Boundary, MAX_LENGTH},
    form_error::FormError,
};

/// The delimiter of parts, `CRLF -- boundary` (RFC 2046 section 5.1.1), with a table to search for
/// it.
///
/// Only its first byte is CR. So two occurrences never overlap, and the next one starts at a CR. If
/// a peer chooses the boundary and the data to make the shifts short, the search moves on to the
/// next CR. So it looks at each byte a few times at most.
#[derive(Clone, Debug)]
pub(crate) struct Delimiter {
    bytes: Box<[u8]>,
    /// The distance that the window may move, by the last byte in it (Horspool's algorithm).
    shifts: Box<[u8; 256]>,
}

const _: () = assert!(
    PREFIX.len() + MAX_LENGTH < u8::MAX as usize,
    "a shift fits into a byte"
);

const PREFIX: &[u8] = b"\r\n--";

/// The number of bytes of the prefix that end the line before the boundary.
const LINE_END: usize = 2;

/// Shifts below this length gain less than a search for the next CR.
const SHORT: usize = 8;

/// The maximum number of spaces and tabs after a boundary. RFC 2046 section 5.1.1 lets transports
/// pad it without a bound. No known transport adds more than a few.
const MAX_PADDING: usize = 256;

/// The content at the start of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The delimiter, of this number of bytes.
    Delimiter(usize),
    /// The start of a delimiter at most, or no bytes.
    Perhaps,
    /// This number of other bytes, at least one.
    Other(usize),
}

/// The kind of a line that starts with the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The end of a part and the start of another, with the number of bytes after the boundary.
    Next(usize),
    /// The end of the last part.
    Final,
    /// A longer line, which is data of the part.
    Other,
    /// The line has not arrived in full.
    Unfinished,
}

impl Delimiter {
    pub(crate) fn new(boundary: &Boundary) -> Self {
        let bytes = [PREFIX, boundary.as_str().as_bytes()].concat();
        let mut shifts = Box::new([bytes.len() as u8; 256]);
        for (after, &byte) in (1..bytes.len()).rev().zip(&bytes) {
            shifts[usize::from(byte)] = after as u8;
        }
        Self {
            bytes: bytes.into(),
            shifts,
        }
    }

    /// Searches for the first `--boundary` anywhere in a line. Breaks with its position, or
    /// continues with the first position where one may start.
    pub(crate) fn first(&self, input: &[u8]) -> ControlFlow<usize, usize> {
        let dashed = self.dashed();
        if input.starts_with(dashed) {
            return ControlFlow::Break(0);
        }
        // The algorithm of Knuth, Morris and Pratt, since its first byte may occur in it again.
        // For each prefix of it, `again` holds the length of the longest shorter prefix with which
        // that prefix ends.
        let mut again = [0; PREFIX.len() + MAX_LENGTH];
        let advance = |again: &[usize], mut matched: usize, byte: u8| {
            while matched > 0 && dashed[matched] != byte {
                matched = again[matched - 1];
            }
            matched + usize::from(dashed[matched] == byte)
        };
        for at in 1..dashed.len() {
            again[at] = advance(&again, again[at - 1], dashed[at]);
        }
        let mut matched = 0;
        for (at, &byte) in input.iter().enumerate() {
            matched = advance(&again, matched, byte);
            if matched == dashed.len() {
                return ControlFlow::Break(at + 1 - matched);
            }
        }
        ControlFlow::Continue(input.len() - matched)
    }

    /// The bytes of `--boundary`, without the line end before it.
    pub(crate) fn dashed(&self) -> &[u8] {
        &self.bytes[LINE_END..]
    }

    /// Classifies the start of `input`. If `line_start` is set, a line end precedes it.
    pub(crate) fn look(&self, line_start: bool, input: &[u8]) -> Found {
        if line_start {
            let line = self.dashed();
            if input.starts_with(line) {
                return Found::Delimiter(line.len());
            }
            if line.starts_with(input) {
                return Found::Perhaps;
            }
        }
        match self.find(input) {
            ControlFlow::Break(0) => Found::Delimiter(self.bytes.len()),
            ControlFlow::Continue(0) => Found::Perhaps,
            ControlFlow::Break(length) | ControlFlow::Continue(length) => Found::Other(length),
        }
    }

    /// Searches for the delimiter. Breaks with its position, or continues with the first position
    /// where one may start.
    #[inline(never)] // so that the loop has enough registers; called once for each block
    fn find(&self, input: &[u8]) -> ControlFlow<usize, usize> {
        let length = self.bytes.len();
        let last = self.bytes[length - 1];
        let mut at = 0;
        while let Some(window) = input.get(at..at + length) {
            let end = window[length - 1];
            if end == last && window[0] == b'\r' && *window == *self.bytes {
                return ControlFlow::Break(at);
            }
            let shift = usize::from(self.shifts[usize::from(end)]);
            at += if shift < SHORT {
                let next = window[1..].iter().position(|&byte| byte == b'\r');
                next.map_or(length, |next| shift.max(next + 1))
            } else {
                shift
            };
        }
        // A delimiter cannot start before the window. One may start in the rest.
        let rest = input.get(at..).unwrap_or_default();
        let start = |from: usize| self.bytes.starts_with(&rest[from..]);
        ControlFlow::Continue(
            (0..rest.len())
                .find(|&from| start(from))
                .map_or(input.len(), |from| at + from),
        )
    }
}

impl Line {
    /// Classifies a line by the bytes after the boundary. If `ended` is set, no more bytes follow.
    ///
    /// RFC 2046 allows a reader to accept every line that starts with the boundary. But a form may
    /// contain other forms with boundaries that start alike, so here the whole line must match.
    /// Text after the final boundary is refused: many readers see the end of the form there.
    pub(crate) fn of(after: &[u8], ended: bool) -> Result<Self, FormError> {
        let (is_final, padded) = match after {
            [b'-', b'-', padded @ ..] => (true, padded),
            [] | [b'-'] if !ended => return Ok(Self::Unfinished),
            _ => (false, after),
        };
        let is_padding = |&&byte: &&u8| matches!(byte, b' ' | b'\t');
        let padding = padded.iter().take_while(is_padding).count();
        if padding > MAX_PADDING {
            return Err(FormError::Padding);
        }
        Ok(match &padded[padding..] {
            [b'\r', b'\n', ..] if is_final => Self::Final,
            [b'\r', b'\n', ..] => Self::Next(padding + 2),
            [b'\n', ..] => return Err(FormError::LineEnd),
            [] | [b'\r'] if !ended => Self::Unfinished,
            [] | [b'\r'] if is_final => Self::Final,
            _ if is_final => return Err(FormError::FinalBoundary),
            _ => Self::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn delimiter(boundary: &str) -> Delimiter {
        Delimiter::new(&Boundary::new(boundary).unwrap())
    }

    #[track_caller]
    fn check_line(after: &str, expected: Line) {
        assert_eq!(Line::of(after.as_bytes(), false).unwrap(), expected);
    }

    #[test]
    fn only_a_whole_line_is_a_boundary() {
        check_line("\r\nx", Line::Next(2));
        check_line(" \t \r\n", Line::Next(5));
        check_line("--\r\nx", Line::Final);
        check_line("-- \r\n", Line::Final);
        check_line("x\r\n", Line::Other);
        check_line("-\r\n", Line::Other);
        check_line(" x\r\n", Line::Other);
        check_line("\rx", Line::Other);
        for unfinished in ["", "-", "--", "-- ", " ", "\r", " \r", "--\r"] {
            check_line(unfinished, Line::Unfinished);
        }
    }

    #[test]
    fn text_after_the_final_boundary_in_its_line_is_refused() {
        for line in ["--x", "---", "-- x", "--\rx", "--inner\r\n"] {
            for ended in [false, true] {
                let read = Line::of(line.as_bytes(), ended);
                assert!(matches!(read, Err(FormError::FinalBoundary)), "{line:?}");
            }
        }
    }

    #[test]
    fn the_final_boundary_may_end_the_input() {
        for last in ["--", "--  ", "--\r"] {
            assert_eq!(Line::of(last.as_bytes(), true).unwrap(), Line::Final);
        }
        for other in ["", "-", "\r", " "] {
            assert_eq!(Line::of(other.as_bytes(), true).unwrap(), Line::Other);
        }
    }

    #[test]
    fn a_bare_line_feed_and_excessive_padding_are_refused() {
        assert!(matches!(Line::of(b"\n", false), Err(FormError::LineEnd)));
        assert!(matches!(Line::of(b"-- \n", false), Err(FormError::LineEnd)));
        let most = " ".repeat(MAX_PADDING);
        check_line(&format!("{most}\r\n"), Line::Next(MAX_PADDING + 2));
        check_line(&format!("--{most}\r\n"), Line::Final);
        let padding = " ".repeat(MAX_PADDING + 1);
        assert!(matches!(
            Line::of(padding.as_bytes(), false),
            Err(FormError::Padding)
        ));
    }

    proptest! {
        #[test]
        fn the_search_finds_what_a_naive_one_finds(
            boundary in "[ab-]{1,4}",
            words in vec(prop::sample::select(&["\r", "\n", "-", "a", "b", "\r\n--", "\r\n--a", "\r\n--ab"][..]), 0..40),
        ) {
            let delimiter = delimiter(&boundary);
            let input = words.concat().into_bytes();
            let whole = input.windows(delimiter.bytes.len()).position(|window| *window == *delimiter.bytes);
            let may_start = |&at: &usize| delimiter.bytes.starts_with(&input[at..]);
            let expected = match whole {
                Some(at) => ControlFlow::Break(at),
                None => ControlFlow::Continue((0..input.len()).find(may_start).unwrap_or(input.len())),
            };
            prop_assert_eq!(delimiter.find(&input), expected);
        }

        #[test]
        fn the_first_boundary_is_the_one_that_a_naive_search_finds(
            boundary in "[a-]{1,4}",
            input in "[ab\n-]{0,40}",
        ) {
            let delimiter = delimiter(&boundary);
            let dashed = format!("--{boundary}");
            let may_start = |&at: &usize| dashed.starts_with(&input[at..]);
            let expected = match input.find(&dashed) {
                Some(at) => ControlFlow::Break(at),
                None => ControlFlow::Continue((0..input.len()).find(may_start).unwrap_or(input.len())),
            };
            prop_assert_eq!(delimiter.first(input.as_bytes()), expected);
        }
    }
}
