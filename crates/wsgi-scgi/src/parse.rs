//! Parsing a head, once all of it is there.

use std::ffi::CStr;

use crate::{Header, Limits, Rejection, RequestHead, Span};

impl RequestHead {
    /// Parses the head at the start of `bytes`: `Some(length)` when it is `bytes[..length]`,
    /// `None` when its end has not come yet.
    ///
    /// After `None`, call again with the same bytes and more behind them; the result does not
    /// depend on how they were cut, and until all of the head is there only the number it starts
    /// with is looked at. The caller holds no more than twelve bytes beside [`Limits::head`].
    ///
    /// # Errors
    ///
    /// What is wrong with the request; see [`Rejection`].
    pub fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        let Some((length, start)) = netstring_length(bytes, limits.head)? else {
            return Ok(None);
        };
        let Some((text, rest)) = bytes[start..].split_at_checked(length) else {
            return Ok(None);
        };
        match rest.first() {
            None => return Ok(None),
            Some(b',') => {}
            Some(_) => return Err(Rejection::Netstring),
        }
        self.start = start;
        self.length = length;
        self.parse_headers(text, limits)?;
        Ok(Some(start + length + 1))
    }

    fn parse_headers(&mut self, text: &[u8], limits: &Limits) -> Result<(), Rejection> {
        self.headers.clear();
        let mut has_version = false;
        let mut at = 0;
        while at < text.len() {
            let (name, value_start) = terminated(text, at)?;
            let (value, end) = terminated(text, value_start)?;
            if name.is_empty() {
                return Err(Rejection::Header);
            }
            if self.headers.len() == limits.headers {
                return Err(Rejection::TooManyHeaders);
            }
            if self.headers.is_empty() {
                if name != b"CONTENT_LENGTH" {
                    return Err(Rejection::ContentLengthMissing);
                }
                self.content_length = decimal(value).ok_or(Rejection::ContentLength)?;
            } else if name == b"SCGI" {
                if value != b"1" {
                    return Err(Rejection::Scgi);
                }
                has_version = true;
            }
            // Before version 1.23 nginx sends a field of HTTP as often as its client did.
            if !name.starts_with(b"HTTP_") && self.has(text, name) {
                return Err(Rejection::HeaderRepeated);
            }
            self.headers.push(Header {
                name: span(at, name),
                value: span(value_start, value),
            });
            at = end;
        }
        if self.headers.is_empty() {
            return Err(Rejection::ContentLengthMissing);
        }
        if !has_version {
            return Err(Rejection::Scgi);
        }
        if self.content_length > limits.body {
            return Err(Rejection::BodyTooLarge);
        }
        Ok(())
    }

    fn has(&self, text: &[u8], name: &[u8]) -> bool {
        self.headers.iter().any(|header| header.name(text) == name)
    }
}

/// The number before the colon that a netstring starts with, and where its text starts; none
/// where the colon has not come yet. As soon as the number is too large it is refused.
fn netstring_length(bytes: &[u8], most: usize) -> Result<Option<(usize, usize)>, Rejection> {
    let mut length = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b':' if at > 0 => return Ok(Some((length, at + 1))),
            b'0'..=b'9' if at == 0 || length > 0 => {
                // It was no more than `most`, so that this fits where that is what 32 bits hold.
                let next = length as u64 * 10 + u64::from(byte - b'0');
                if next > most as u64 {
                    return Err(Rejection::HeadTooLarge);
                }
                length = next as usize;
            }
            _ => return Err(Rejection::Netstring),
        }
    }
    Ok(None)
}

/// The text at `start` that NUL ends, and what follows that.
#[inline]
fn terminated(text: &[u8], start: usize) -> Result<(&[u8], usize), Rejection> {
    let terminated = CStr::from_bytes_until_nul(&text[start..]).map_err(|_| Rejection::Header)?;
    let bytes = terminated.to_bytes();
    Ok((bytes, start + bytes.len() + 1))
}

/// Where `part`, which starts at `start`, is.
#[inline]
fn span(start: usize, part: &[u8]) -> Span {
    (start as u32, (start + part.len()) as u32)
}

/// The number that `1*digit` is.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = u64::from(digit.wrapping_sub(b'0'));
        let number = number.checked_mul(10)?.checked_add(digit)?;
        (digit < 10).then_some(number)
    })
}
