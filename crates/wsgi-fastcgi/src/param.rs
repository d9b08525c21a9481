//! Parameters: name-value pairs (section 3.4).

use crate::rejection::Rejection;

/// A range of the text of a request: its start and its end.
pub type Span = (u32, u32);

/// A parameter, as two ranges of [`RequestHead::text`](crate::RequestHead::text).
///
/// The protocol has no rules for either: they may contain any bytes, and may be empty.
///
/// ```
/// use wsgi_fastcgi::Param;
///
/// let text = b"\x0b\x02SERVER_PORT80";
/// let param = Param { name: (2, 13), value: (13, 15) };
/// assert_eq!((param.name(text), param.value(text)), (&b"SERVER_PORT"[..], &b"80"[..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    /// The name, such as `REQUEST_METHOD`.
    pub name: Span,
    /// The value.
    pub value: Span,
}

impl Param {
    /// The name, from the bytes of the text.
    #[inline]
    #[must_use]
    pub fn name<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.name)
    }

    /// The value, from the bytes of the text.
    #[inline]
    #[must_use]
    pub fn value<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.value)
    }

    /// Reads the pair at `start` in a text that is shorter than 4 GiB.
    #[inline]
    pub(crate) fn read(text: &[u8], start: usize) -> Result<Self, Rejection> {
        let lengths = match text.get(start..start + 2) {
            // Only saves time: `read_long` would read short lengths as well.
            Some(&[name, value]) if name | value < LONG => Lengths {
                name: name.into(),
                value: value.into(),
                end: start + 2,
            },
            _ => Lengths::read_long(text, start)?,
        };
        // In 64 bits, since both lengths may be close to 2^31.
        let at = lengths.end as u64;
        let name_end = at + u64::from(lengths.name);
        let end = name_end + u64::from(lengths.value);
        if end > text.len() as u64 {
            return Err(Rejection::Param);
        }
        Ok(Self {
            name: (at as u32, name_end as u32),
            value: (name_end as u32, end as u32),
        })
    }

    /// The start of the next pair.
    #[inline]
    pub(crate) fn end(&self) -> usize {
        self.value.1 as usize
    }
}

/// The bit that marks a length of four bytes instead of one.
pub(crate) const LONG: u8 = 0x80;

/// The lengths of a name and a value, and the end of both lengths in the text.
struct Lengths {
    name: u32,
    value: u32,
    end: usize,
}

impl Lengths {
    /// Reads two lengths of one or four bytes each.
    #[inline(never)]
    fn read_long(text: &[u8], start: usize) -> Result<Self, Rejection> {
        let mut end = start;
        let name = length(text, &mut end)?;
        let value = length(text, &mut end)?;
        Ok(Self { name, value, end })
    }
}

/// Reads the length at `at`, and moves `at` to its end.
fn length(text: &[u8], at: &mut usize) -> Result<u32, Rejection> {
    match text[*at..] {
        [byte, ..] if byte < LONG => {
            *at += 1;
            Ok(byte.into())
        }
        [byte, b2, b1, b0, ..] => {
            *at += 4;
            Ok(u32::from_be_bytes([byte & !LONG, b2, b1, b0]))
        }
        _ => Err(Rejection::Param),
    }
}

/// The bytes that a span covers. Empty if the span is not within `text`.
#[inline]
fn slice(text: &[u8], (start, end): Span) -> &[u8] {
    text.get(start as usize..end as usize).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode;

    #[track_caller]
    fn check(text: &[u8], expected: Result<(&[u8], &[u8]), Rejection>) {
        let param = Param::read(text, 0);
        let pair = param
            .as_ref()
            .map(|param| (param.name(text), param.value(text)));
        assert_eq!(pair, expected.as_ref().copied());
    }

    #[test]
    fn either_length_takes_one_byte_or_four() {
        let (short, long) = ([b'a'; 127], [b'b'; 128]);
        for name in [&b""[..], b"n", &short, &long] {
            for value in [&b""[..], b"v", &short, &long] {
                let mut text = Vec::new();
                encode::param(&mut text, name, value);
                let length = |text: &[u8]| if text.len() < 128 { 1 } else { 4 };
                let expected = length(name) + length(value) + name.len() + value.len();
                assert_eq!(text.len(), expected);
                check(&text, Ok((name, value)));
            }
        }
    }

    #[test]
    fn a_short_length_may_take_four_bytes() {
        check(b"\x80\0\0\x01\x01nv", Ok((b"n", b"v")));
        check(b"\x01\x80\0\0\x01nv", Ok((b"n", b"v")));
        check(b"\x80\0\0\0\x80\0\0\0", Ok((b"", b"")));
    }

    #[test]
    fn a_length_beyond_the_text_is_refused() {
        let long = [&b"\x80\x80\0\0\0"[..], &[b'n'; 300]].concat();
        for text in [
            &long[..],
            &b"\0"[..],
            b"\x01\0",
            b"\x01\x01n",
            b"\x80\0\0",
            b"\0\x80\0\0",
            b"\x80\0\0\x01\x01n",
            b"\xff\xff\xff\xff\0name",
            b"\x04\xff\xff\xff\xffname",
            b"\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            check(text, Err(Rejection::Param));
        }
    }
}
