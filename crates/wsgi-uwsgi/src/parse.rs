//! Parsing a complete head.

use crate::{
    head::RequestHead,
    limits::Limits,
    packet::{self, HEADER},
    param::Param,
    rejection::Rejection,
};

impl RequestHead {
    /// Parses the head at the start of `bytes`. Returns its length, or `None` if its end has not
    /// come yet.
    ///
    /// After `None`, call it again with the same bytes followed by more. The result does not
    /// depend on how the bytes are cut. Until the head is complete, only the four bytes at its
    /// start are read. The caller never needs to hold more than these in addition to
    /// [`Limits::max_head_bytes`].
    ///
    /// # Errors
    ///
    /// The head is malformed or above a limit: see [`Rejection`].
    pub fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
        // No parameter of an earlier request may remain, not even after an error.
        self.params.clear();
        let Some(length) = packet::text_length(bytes, limits.head)? else {
            return Ok(None);
        };
        let end = HEADER + length;
        let Some(text) = bytes.get(HEADER..end) else {
            return Ok(None);
        };
        self.length = length;
        self.parse_params(text, limits)?;
        Ok(Some(end))
    }

    fn parse_params(&mut self, text: &[u8], limits: &Limits) -> Result<(), Rejection> {
        let (mut length, mut is_coded) = (None, false);
        let mut start = 0;
        while start < text.len() {
            let param = Param::read(text, start)?;
            if self.params.len() == limits.params {
                return Err(Rejection::TooManyParams);
            }
            match param.name(text) {
                b"CONTENT_LENGTH" if length.is_some() => {
                    return Err(Rejection::ContentLengthRepeated);
                }
                b"CONTENT_LENGTH" => length = Some(content_length(param.value(text))?),
                b"HTTP_TRANSFER_ENCODING" => is_coded = true,
                _ => {}
            }
            self.params.push(param);
            start = param.end();
        }
        let length = length.flatten();
        if is_coded && length.is_none() {
            return Err(Rejection::LengthRequired);
        }
        self.content_length = length.unwrap_or(0);
        match self.content_length > limits.body {
            true => Err(Rejection::BodyTooLarge),
            false => Ok(()),
        }
    }
}

/// The value of `*digit`, or `None` if it is empty. A number that does not fit in 64 bits is above
/// every limit.
fn content_length(digits: &[u8]) -> Result<Option<u64>, Rejection> {
    if digits.is_empty() {
        return Ok(None);
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Rejection::ContentLength);
    }
    let number = digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = u64::from(digit - b'0');
        number.checked_mul(10)?.checked_add(digit)
    });
    number.map(Some).ok_or(Rejection::BodyTooLarge)
}
