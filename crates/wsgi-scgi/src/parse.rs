//! Parsing a head, once all of it is there.

use crate::scan::Nuls;
use crate::{Header, Limits, Rejection, RequestHead};

impl RequestHead {
    /// Parses the head at the start of `bytes`: `Some(length)` when it is `bytes[..length]`,
    /// `None` when its end has not come yet.
    ///
    /// After `None`, call again with the same bytes and more behind them; the result does not
    /// depend on how they were cut, and until all of the head is there only the number it starts
    /// with is looked at. The caller has to hold no more than twelve bytes beside [`Limits::max_head_bytes`].
    ///
    /// # Errors
    ///
    /// What is wrong with the request; see [`Rejection`].
    pub fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        // Nothing is to be left of an earlier request, whatever becomes of this one.
        self.headers.clear();
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
        let mut has_version = false;
        let (mut nuls, mut start) = (Nuls::new(text), 0);
        while start < text.len() {
            let name_end = nuls.next().ok_or(Rejection::Header)?;
            let end = nuls.next().ok_or(Rejection::Header)?;
            let name = &text[start..name_end];
            let value = &text[name_end + 1..end];
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
                self.content_length = content_length(value)?;
            } else if name == b"CONTENT_LENGTH" {
                return Err(Rejection::ContentLengthRepeated);
            } else if name == b"SCGI" {
                if value != b"1" {
                    return Err(Rejection::Scgi);
                }
                has_version = true;
            }
            self.headers.push(Header {
                name: (start as u32, name_end as u32),
                value: (name_end as u32 + 1, end as u32),
            });
            start = end + 1;
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

/// The length that `1*digit` says. One that 64 bits cannot hold is beyond every limit.
fn content_length(digits: &[u8]) -> Result<u64, Rejection> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Rejection::ContentLength);
    }
    let number = digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = u64::from(digit - b'0');
        number.checked_mul(10)?.checked_add(digit)
    });
    number.ok_or(Rejection::BodyTooLarge)
}
