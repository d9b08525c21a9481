//! Content-Length and Transfer-Encoding, which frame the body (RFC 9112 section 6).

use crate::{
    any_case::is,
    body_length::BodyLength,
    limits::Limits,
    rejection::Rejection,
    token::{is_token, trim},
    version::Version,
};

/// The values of the framing fields seen so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Framing {
    content_length: Option<u64>,
    transfer_encoding: Option<Coding>,
}

/// The meaning of all Transfer-Encoding fields, read as one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// `chunked` and nothing else.
    Chunked,
    /// Other codings before a final `chunked`: the body has an end, but cannot be decoded here.
    Unknown,
    /// Codings that do not end with `chunked`: the end of the body cannot be found.
    Endless,
    Malformed,
}

impl Framing {
    #[inline]
    pub(crate) fn add_content_length(&mut self, value: &[u8]) -> Result<(), Rejection> {
        if self.content_length.is_some() {
            return Err(Rejection::ContentLengthRepeated);
        }
        self.content_length = decimal(value);
        if self.content_length.is_none() {
            let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            return Err(match is_number {
                true => Rejection::BodyTooLarge, // whatever the limit is
                false => Rejection::ContentLength,
            });
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn add_transfer_encoding(&mut self, value: &[u8]) {
        if value.is_empty() {
            self.transfer_encoding = Some(Coding::Malformed);
        }
        // Empty elements are not skipped: parsers that disagree about them let requests be
        // smuggled.
        for coding in value.split(|&byte| byte == b',').map(trim) {
            self.transfer_encoding = Some(match self.transfer_encoding {
                None if is(coding, b"chunked") => Coding::Chunked,
                Some(Coding::Endless) if is(coding, b"chunked") => Coding::Unknown,
                None | Some(Coding::Endless) if is_other_coding(coding) => Coding::Endless,
                // Nothing may follow `chunked` (RFC 9112 section 7.1).
                _ => Coding::Malformed,
            });
        }
    }

    /// The length of the body, once all fields were seen.
    #[inline]
    pub(crate) fn body_length(
        &self,
        version: Version,
        limits: &Limits,
    ) -> Result<BodyLength, Rejection> {
        match (self.content_length, self.transfer_encoding) {
            (None, None) => Ok(BodyLength::None),
            (Some(length), None) if length <= limits.body => Ok(BodyLength::Known(length)),
            (Some(_), None) => Err(Rejection::BodyTooLarge),
            (Some(_), Some(_)) => Err(Rejection::ContentLengthWithTransferEncoding),
            (None, Some(coding)) => match (version, coding) {
                (Version::Http10, _) => Err(Rejection::TransferEncodingInHttp10),
                (Version::Http11, Coding::Chunked) => Ok(BodyLength::Chunked),
                (Version::Http11, Coding::Unknown) => Err(Rejection::UnknownTransferCoding),
                (Version::Http11, Coding::Endless | Coding::Malformed) => {
                    Err(Rejection::TransferEncoding)
                }
            },
        }
    }
}

/// Whether `coding` is a transfer coding other than `chunked`, with or without parameters (RFC
/// 9112 section 7). Parameters are not checked, except for a quote, which could hide a comma.
fn is_other_coding(coding: &[u8]) -> bool {
    let name = coding.split(|&byte| byte == b';').next().map(trim);
    let is_other = |name| is_token(name) && !is(name, b"chunked");
    name.is_some_and(is_other) && !coding.contains(&b'"')
}

/// The value of `1*DIGIT`, if 64 bits can hold it.
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
