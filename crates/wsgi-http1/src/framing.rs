//! The few fields that decide where a request ends, and whether another may follow it.

use crate::token::{elements, is_token, trim};
use crate::{Limits, Rejection, Span, Version, authority};

/// How the end of a request's body is found (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// There is no body: neither Content-Length nor Transfer-Encoding.
    None,
    /// The number of bytes, by Content-Length; zero is possible.
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
    has_content_type: bool,
    close: bool,
    keep_alive: bool,
    continues: bool,
    pub(crate) rejection: Option<Rejection>,
}

/// What the Transfer-Encoding fields amount to, taken as one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// One coding, `chunked`.
    Chunked,
    /// Others of which `chunked` is the last: the body has an end, but nobody here can unpack it.
    Unknown,
    /// Others of which the last is not `chunked`: the body has no end that could be found.
    Endless,
    Malformed,
}

impl Framing {
    /// Takes note of a field, if it is one of the six that matter here.
    #[inline]
    pub(crate) fn note(&mut self, head: &[u8], name: &[u8], value: &[u8], span: Span) {
        // Of the fields that browsers send, few have one of these lengths.
        match name.len() {
            4 if is(name, b"host") => self.host(head, span),
            6 if is(name, b"expect") => self.expect(value),
            10 if is(name, b"connection") => self.connection(value),
            12 if is(name, b"content-type") => self.content_type(),
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

    /// A list, of which `100-continue` is the only member that is known (RFC 9110 section 10.1.1).
    #[cold]
    fn expect(&mut self, value: &[u8]) {
        for expectation in elements(value) {
            if !is(expectation, b"100-continue") {
                return self.refuse(Rejection::Expectation);
            }
            self.continues = true;
        }
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

    /// It is not a list (RFC 9110 section 8.3): whoever looks at another line than we do takes the
    /// body for something else.
    #[inline(never)]
    fn content_type(&mut self) {
        if std::mem::replace(&mut self.has_content_type, true) {
            self.refuse(Rejection::ContentTypeRepeated);
        }
    }

    #[inline(never)]
    fn content_length(&mut self, value: &[u8]) {
        if self.content_length.is_some() {
            return self.refuse(Rejection::ContentLengthRepeated);
        }
        self.content_length = decimal(value);
        if self.content_length.is_none() {
            let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            self.refuse(match is_number {
                true => Rejection::BodyTooLarge, // whatever the limit is
                false => Rejection::ContentLength,
            });
        }
    }

    #[cold]
    fn transfer_encoding(&mut self, value: &[u8]) {
        if value.is_empty() {
            self.transfer_encoding = Some(Coding::Malformed);
        }
        // An empty element is not passed over here: it is how requests are smuggled past those who do.
        for coding in value.split(|&byte| byte == b',').map(trim) {
            self.transfer_encoding = Some(match self.transfer_encoding {
                None if is(coding, b"chunked") => Coding::Chunked,
                Some(Coding::Endless) if is(coding, b"chunked") => Coding::Unknown,
                None | Some(Coding::Endless) if is_coding(coding) => Coding::Endless,
                // Nothing may follow `chunked` (RFC 9112 section 7.1).
                _ => Coding::Malformed,
            });
        }
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
                (Version::Http11, Coding::Endless | Coding::Malformed) => {
                    Err(Rejection::TransferEncoding)
                }
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

/// Whether it is a transfer coding other than `chunked`, with parameters or without (RFC 9112
/// section 7). They are not looked at, but for one that could hide a comma.
fn is_coding(coding: &[u8]) -> bool {
    let name = coding.split(|&byte| byte == b';').next().map(trim);
    let is_other = |name| is_token(name) && !is(name, b"chunked");
    name.is_some_and(is_other) && !coding.contains(&b'"')
}

/// The number that `1*DIGIT` is, where 64 bits can hold it.
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
