//! Name-value pairs (section 3.4).

use crate::Rejection;

/// A range of a request's text: where it starts, and where it ends.
pub type Span = (u32, u32);

/// A parameter, as two ranges of [`RequestHead::text`](crate::RequestHead::text).
///
/// Both are bytes of any kind, and either may be empty: nothing is said of them in the protocol.
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
    /// The name as bytes of the text.
    #[inline]
    pub fn name<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.name)
    }

    /// The value as bytes of the text.
    #[inline]
    pub fn value<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        slice(text, self.value)
    }

    /// Adds all pairs of a text that is shorter than 4 GiB, up to `most`, and gives the value of
    /// CONTENT_LENGTH, which may be there once.
    #[inline(never)] // a loop so short wants the registers for itself
    pub(crate) fn read_all<'a>(
        text: &'a [u8],
        most: usize,
        params: &mut Vec<Param>,
    ) -> Result<Option<&'a [u8]>, Rejection> {
        let mut content_length = None;
        let mut at = 0;
        for _ in params.len()..most {
            if at == text.len() {
                return Ok(content_length);
            }
            let param = Param::read(text, at)?;
            at = param.end();
            params.push(param);
            // Few names have its length.
            if param.name.1 - param.name.0 == CONTENT_LENGTH.len() as u32 {
                param.note(text, &mut content_length)?;
            }
        }
        if at < text.len() {
            return Err(Rejection::TooManyParams);
        }
        Ok(content_length)
    }

    /// Takes note of the value if this is CONTENT_LENGTH.
    #[inline(never)]
    fn note<'a>(
        self,
        text: &'a [u8],
        content_length: &mut Option<&'a [u8]>,
    ) -> Result<(), Rejection> {
        if self.name(text) == CONTENT_LENGTH && content_length.replace(self.value(text)).is_some() {
            return Err(Rejection::ContentLengthRepeated);
        }
        Ok(())
    }

    /// The pair that starts at `start`, of a text that is shorter than 4 GiB.
    #[inline]
    pub(crate) fn read(text: &[u8], start: usize) -> Result<Param, Rejection> {
        let (name, value, at) = match text.get(start..start + 2) {
            Some(&[name, value]) if name | value < LONG => (name.into(), value.into(), start + 2),
            _ => long_lengths(text, start)?,
        };
        // In 64 bits, since both lengths may be close to 2^31.
        let (text_length, at) = (text.len() as u64, at as u64);
        let name_end = at + u64::from(name);
        let end = name_end + u64::from(value);
        if end > text_length {
            return Err(Rejection::Param);
        }
        Ok(Param {
            name: (at as u32, name_end as u32),
            value: (name_end as u32, end as u32),
        })
    }

    /// Where the next pair starts.
    #[inline]
    pub(crate) fn end(&self) -> usize {
        self.value.1 as usize
    }
}

const CONTENT_LENGTH: &[u8; 14] = b"CONTENT_LENGTH";

/// The bit that tells a length of four bytes from one of a single byte.
pub(crate) const LONG: u8 = 0x80;

/// Both lengths, of which one at least takes four bytes, and where they end.
#[inline(never)]
fn long_lengths(text: &[u8], start: usize) -> Result<(u32, u32, usize), Rejection> {
    let (name, at) = length(text, start)?;
    let (value, at) = length(text, at)?;
    Ok((name, value, at))
}

fn length(text: &[u8], start: usize) -> Result<(u32, usize), Rejection> {
    match text[start..] {
        [byte, ..] if byte < LONG => Ok((byte.into(), start + 1)),
        [byte, b2, b1, b0, ..] => {
            let length = u32::from_be_bytes([byte & !LONG, b2, b1, b0]);
            Ok((length, start + 4))
        }
        _ => Err(Rejection::Param),
    }
}

/// What `span` covers; empty where it is not of this text.
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
        for text in [
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
