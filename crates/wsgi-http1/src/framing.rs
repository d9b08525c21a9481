//! The few fields that decide where a request ends, and whether another may follow it.

use crate::token::{is_token, trim};
use crate::{Limits, Rejection, Span, Version, authority};

/// How the end of a request's body is found (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// There is no body: neither Content-Length nor Transfer-Encoding.
    None,
    /// So many bytes, by Content-Length; zero is possible.
    Known(u64),
    /// In chunks, to the one of size zero (RFC 9112 section 7.1).
    Chunked,
}

/// What the fields seen so far said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Framing {
    pub(crate) host: Option<Span>,
    content_length: Option<u64>,
    transfer_encoding: Option<Coding>,
    close: bool,
    keep_alive: bool,
    continues: bool,
    pub(crate) rejection: Option<Rejection>,
}

/// What the Transfer-Encoding fields amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Chunked,
    Unknown,
    Malformed,
}

impl Framing {
    /// Takes note of a field, if it is one of the five that matter here.
    #[inline]
    pub(crate) fn note(&mut self, head: &[u8], name: &[u8], value: &[u8], span: Span) {
        // Of the fields that browsers send, few have one of these lengths.
        match name.len() {
            4 if is(name, b"host") => self.host(head, span),
            6 if is(name, b"expect") => self.expect(value),
            10 if is(name, b"connection") => self.connection(value),
            14 if is(name, b"content-length") => self.content_length(value),
            17 if is(name, b"transfer-encoding") => self.transfer_encoding(value),
            _ => {}
        }
    }

    #[inline(never)]
    fn host(&mut self, head: &[u8], span: Span) {
        if self.host.is_some() {
            return self.refuse(Rejection::HostRepeated);
        }
        if !authority::is_host_at(head, span) {
            return self.refuse(Rejection::Host);
        }
        self.host = Some(span);
    }

    #[cold]
    fn expect(&mut self, value: &[u8]) {
        if !is(value, b"100-continue") {
            return self.refuse(Rejection::Expectation);
        }
        self.continues = true;
    }

    #[inline(never)]
    fn connection(&mut self, value: &[u8]) {
        if is(value, b"keep-alive") {
            self.keep_alive = true;
            return;
        }
        for option in value.split(|&byte| byte == b',').map(trim) {
            self.close |= is(option, b"close");
            self.keep_alive |= is(option, b"keep-alive");
        }
    }

    #[inline(never)]
    fn content_length(&mut self, value: &[u8]) {
        if self.content_length.is_some() {
            return self.refuse(Rejection::ContentLengthRepeated);
        }
        self.content_length = decimal(value);
        if self.content_length.is_none() {
            self.refuse(Rejection::ContentLength);
        }
    }

    #[cold]
    fn transfer_encoding(&mut self, value: &[u8]) {
        // A list of one is the only list that is understood: even `gzip, chunked` would have to
        // be unpacked, and more than one field is how requests are smuggled.
        self.transfer_encoding = Some(match self.transfer_encoding {
            None if is(value, b"chunked") => Coding::Chunked,
            None if is_token(value) => Coding::Unknown,
            _ => Coding::Malformed,
        });
    }

    /// Notes what was wrong first.
    #[cold]
    fn refuse(&mut self, rejection: Rejection) {
        self.rejection.get_or_insert(rejection);
    }

    /// How long the body is, once all fields were seen.
    #[inline]
    pub(crate) fn body(&self, version: Version, limits: &Limits) -> Result<BodyLength, Rejection> {
        match (self.content_length, self.transfer_encoding) {
            (None, None) => Ok(BodyLength::None),
            (Some(length), None) if length <= limits.body => Ok(BodyLength::Known(length)),
            (Some(_), None) => Err(Rejection::BodyTooLarge),
            (Some(_), Some(_)) => Err(Rejection::ContentLengthWithTransferEncoding),
            (None, Some(coding)) => match (version, coding) {
                (Version::Http10, _) => Err(Rejection::TransferEncodingInHttp10),
                (Version::Http11, Coding::Chunked) => Ok(BodyLength::Chunked),
                (Version::Http11, Coding::Unknown) => Err(Rejection::UnknownTransferCoding),
                (Version::Http11, Coding::Malformed) => Err(Rejection::TransferEncoding),
            },
        }
    }

    /// Whether the connection may be used again (RFC 9112 section 9.3).
    #[inline]
    pub(crate) fn keep_alive(&self, version: Version) -> bool {
        !self.close && (self.keep_alive || version == Version::Http11)
    }

    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 section
    /// 10.1.1).
    #[inline]
    pub(crate) fn expects_continue(&self, version: Version, body: BodyLength) -> bool {
        let empty = matches!(body, BodyLength::None | BodyLength::Known(0));
        self.continues && version == Version::Http11 && !empty
    }
}

/// Whether `text` is `lower_case` in any case, eight bytes at a time.
///
/// `text` holds no control character, and `lower_case` letters, digits and hyphens alone: then
/// the bit that lower-cases a letter turns no other byte into one of them.
#[inline]
fn is<const N: usize>(text: &[u8], lower_case: &[u8; N]) -> bool {
    const LOWER: u8 = 0x20;
    let (text_words, text_rest) = text.as_chunks();
    let (words, rest) = lower_case.as_chunks();
    let same_word = |(&text, &word)| {
        u64::from_ne_bytes(text) | u64::from_ne_bytes([LOWER; 8]) == u64::from_ne_bytes(word)
    };
    text.len() == N
        && text_words.iter().zip(words).all(same_word)
        && text_rest
            .iter()
            .zip(rest)
            .all(|(text, byte)| text | LOWER == *byte)
}

/// The number that `1*DIGIT` is.
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
