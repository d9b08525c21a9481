//! Parsing a complete head.

use crate::{head::RequestHead, header::Header, limits::Limits, rejection::Rejection, scan::Nuls};

impl RequestHead {
    /// Parses the head at the start of `bytes`. Returns its length, or `None` if its end has not
    /// come yet.
    ///
    /// After `None`, call it again with the same bytes followed by more. The result does not
    /// depend on how the bytes are cut. Until the head is complete, only the number at its start is
    /// read. The caller never needs to hold more than twelve bytes in addition to
    /// [`Limits::max_head_bytes`].
    ///
    /// # Errors
    ///
    /// The head is malformed or above a limit: see [`Rejection`].
    pub fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        // No header of an earlier request may remain, not even after an error.
        self.headers.clear();
        let Some(prefix) = Prefix::parse(bytes, limits.head)? else {
            return Ok(None);
        };
        let Prefix { start, length } = prefix;
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

/// The number and the colon at the start of a netstring.
struct Prefix {
    /// The start of the text.
    start: usize,
    /// The length of the text.
    length: usize,
}

impl Prefix {
    /// Parses the prefix. Returns `None` if the colon has not come yet. A number above the limit is
    /// refused before that.
    fn parse(bytes: &[u8], max_length: usize) -> Result<Option<Self>, Rejection> {
        let mut length = 0;
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b':' if at > 0 => {
                    let start = at + 1;
                    return Ok(Some(Self { start, length }));
                }
                b'0'..=b'9' if at == 0 || length > 0 => {
                    // No overflow, because `length` is at most `max_length`, which has 32 bits.
                    let next = length as u64 * 10 + u64::from(byte - b'0');
                    if next > max_length as u64 {
                        return Err(Rejection::HeadTooLarge);
                    }
                    length = next as usize;
                }
                _ => return Err(Rejection::Netstring),
            }
        }
        Ok(None)
    }
}

/// The value of `1*digit`. A number that does not fit in 64 bits is above every limit.
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
