//! A parameter of a request.

use crate::rejection::Rejection;

/// A range of the text of a request: its start and its end.
pub type Span = (u32, u32);

/// A parameter, as two ranges of [`RequestHead::text`](crate::RequestHead::text). Most parameters
/// are CGI variables, such as `HTTP_HOST`.
///
/// ```
/// use wsgi_uwsgi::Param;
///
/// let text = b"\x0b\0SERVER_PORT\x02\x0080";
/// let param = Param { name: (2, 13), value: (15, 17) };
/// assert_eq!((param.name(text), param.value(text)), (&b"SERVER_PORT"[..], &b"80"[..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    /// The name. It is not empty, and contains no NUL, CR or LF.
    pub name: Span,
    /// The value. It may be empty, and may contain any bytes.
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

    /// Reads the parameter at `start` in the text of a packet.
    #[inline]
    pub(crate) fn read(text: &[u8], start: usize) -> Result<Self, Rejection> {
        let name = part(text, start)?;
        let value = part(text, name.1 as usize)?;
        let param = Self { name, value };
        let name = param.name(text);
        match name.is_empty() || name.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
            true => Err(Rejection::ParamName),
            false => Ok(param),
        }
    }

    /// The start of the next parameter.
    #[inline]
    pub(crate) fn end(&self) -> usize {
        self.value.1 as usize
    }
}

/// The span of the bytes that follow their length at `start`.
#[inline]
fn part(text: &[u8], start: usize) -> Result<Span, Rejection> {
    let rest = text.get(start..).unwrap_or(&[]);
    let (length, rest) = rest.split_first_chunk().ok_or(Rejection::Param)?;
    let length = u16::from_le_bytes(*length);
    if usize::from(length) > rest.len() {
        return Err(Rejection::Param);
    }
    let start = start as u32 + 2; // the text is shorter than 64 KiB
    Ok((start, start + u32::from(length)))
}

/// The bytes that a span covers. Empty if the span is not within `text`.
#[inline]
fn slice(text: &[u8], (start, end): Span) -> &[u8] {
    text.get(start as usize..end as usize).unwrap_or(&[])
}
