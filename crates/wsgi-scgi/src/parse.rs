//! Parsing a head, once all of it is there.

use crate::scan::Nuls;
use crate::{Header, Limits, Rejection, RequestHead};

impl RequestHead {
    /// Parses the head at the start of `bytes`: `Some(length)` when it is `bytes[..length]`,
    /// `None` when its end has not come yet.
    ///
    /// After `None`, call again with the same bytes and more behind them; the result does not
    /// depend on how they were cut, and until all of the head is there only the number it starts
    /// with is looked at. The caller has to hold no more than twelve bytes beside [`Limits::head`].
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
        let mut names = Names(0);
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
                self.content_length = decimal(value).ok_or(Rejection::ContentLength)?;
            } else if name == b"SCGI" {
                if value != b"1" {
                    return Err(Rejection::Scgi);
                }
                has_version = true;
            }
            // Before version 1.23 nginx sends a field of HTTP as often as its client did.
            if !name.starts_with(b"HTTP_") && names.may_have(name) && self.has(text, name) {
                return Err(Rejection::HeaderRepeated);
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

    fn has(&self, text: &[u8], name: &[u8]) -> bool {
        self.headers.iter().any(|header| header.name(text) == name)
    }
}

/// Names, as far as their length and two of their bytes tell them apart.
struct Names(u128);

impl Names {
    /// Adds a name; false where it is new for certain.
    #[inline]
    fn may_have(&mut self, name: &[u8]) -> bool {
        let (Some(first), Some(last)) = (name.first(), name.last()) else {
            return true;
        };
        let hash = name.len() * 29 + usize::from(*first) * 11 + usize::from(*last) * 5;
        let bit = 1 << (hash % 128);
        let may_have = self.0 & bit != 0;
        self.0 |= bit;
        may_have
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
