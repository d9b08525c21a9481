//! The intake of a request: its head, and its body if that is small.

use crate::{
    options::{GATHER_LIMIT, GATHER_RECEIVED_LIMIT, Options},
    protocol::Protocol,
    requests::{
        awaited_body::AwaitedBody,
        decoder::Decoder,
        head::Head,
        parsed::{Body, Parsed},
        rejection::Rejection,
        request::Request,
    },
};

/// A request as far as it has arrived. The caller keeps the bytes. At each call they begin with the
/// bytes of the previous call, and at the start of the request.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) head: Head,
    head_length: usize,
    /// Whether a body follows the head.
    has_body: bool,
    /// The length of a body that is not encoded, and stays in the caller's bytes.
    plain: Option<u64>,
    decoder: Option<Decoder>,
    /// The number of bytes that were consumed, including the head.
    taken: usize,
    /// The decoded bytes of the body.
    data: Vec<u8>,
}

/// The progress of a request with the bytes that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advance {
    /// Too few bytes to call the application.
    Partial,
    /// This many bytes were consumed but are not a request.
    Passed(usize),
    /// A complete request of this many bytes.
    Whole(usize),
    /// A head, and a body that is not gathered: it is large, or its client waits for
    /// `100 Continue`.
    Streamed,
}

impl Intake {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self {
            head: Head::new(protocol),
            head_length: 0,
            has_body: false,
            plain: None,
            decoder: None,
            taken: 0,
            data: Vec::new(),
        }
    }

    /// Parses `bytes` as far as possible. Adds replies to the peer to `replies`. After an error,
    /// the connection must be closed.
    pub(crate) fn advance(
        &mut self,
        bytes: &[u8],
        options: &Options,
        replies: &mut Vec<u8>,
    ) -> Result<Advance, Rejection> {
        self.advance_after(b"", bytes, options, replies)
    }

    /// Parses bytes after a request, whose head was `previous`, if there was one.
    #[inline(always)] // where requests are answered, which is nearly always
    pub(crate) fn advance_after(
        &mut self,
        previous: &[u8],
        bytes: &[u8],
        options: &Options,
        replies: &mut Vec<u8>,
    ) -> Result<Advance, Rejection> {
        if self.head_length == 0 {
            match self.head.parse(previous, bytes, options, replies)? {
                Parsed::Incomplete => return Ok(Advance::Partial),
                Parsed::Passed(length) => return Ok(Advance::Passed(length)),
                Parsed::Complete(length) => self.head_length = length,
            }
            self.taken = self.head_length;
            let body = self.head.body();
            if let Body::None = body {
                return Ok(Advance::Whole(self.head_length));
            }
            self.has_body = true;
            match body {
                Body::None => {}
                Body::Plain(length) => self.plain = Some(length),
                Body::Coded(length) => {
                    self.decoder = Some(self.head.decoder(options));
                    if length.is_some_and(|length| length > GATHER_LIMIT as u64) {
                        return Ok(Advance::Streamed);
                    }
                }
            }
        }
        if self.head.expects_continue() {
            return Ok(Advance::Streamed);
        }
        if let Some(length) = self.plain {
            let Some(length) = usize::try_from(length)
                .ok()
                .filter(|length| *length <= GATHER_LIMIT)
            else {
                return Ok(Advance::Streamed);
            };
            let end = self.head_length + length;
            return Ok(if bytes.len() < end {
                Advance::Partial
            } else {
                Advance::Whole(end)
            });
        }
        self.gather(bytes, replies)
    }

    /// Gathers a body that comes in pieces.
    #[inline(never)] // as few bodies do
    fn gather(&mut self, bytes: &[u8], replies: &mut Vec<u8>) -> Result<Advance, Rejection> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(Advance::Whole(self.head_length));
        };
        while !decoder.is_finished() {
            if decoder.is_aborted() {
                self.head.end_aborted(replies)?;
                return Ok(Advance::Passed(self.taken));
            }
            let received = self.taken - self.head_length;
            if received > GATHER_RECEIVED_LIMIT || self.data.len() > GATHER_LIMIT {
                return Ok(Advance::Streamed);
            }
            // Even if no bytes are left: the decoder may report an error after the last data.
            let rest = bytes.get(self.taken..).unwrap_or_default();
            let decoded = decoder.decode(rest, replies)?;
            self.data.extend_from_slice(&rest[decoded.data]);
            self.taken += decoded.consumed;
            if rest.is_empty() {
                return Ok(Advance::Partial);
            }
        }
        Ok(Advance::Whole(self.taken))
    }

    /// Whether the head is complete.
    pub(crate) fn has_head(&self) -> bool {
        self.head_length > 0
    }

    /// The bytes of the head.
    pub(crate) fn head_bytes<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[..self.head_length]
    }

    /// The request. Its head must be complete.
    pub(crate) fn request<'a>(&'a self, bytes: &'a [u8]) -> Request<'a> {
        Request {
            head: &self.head,
            bytes: self.head_bytes(bytes),
        }
    }

    /// The body of a complete request, if it has one.
    #[inline]
    pub(crate) fn body<'a>(&'a self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.has_body.then(|| match self.plain {
            Some(length) => &bytes[self.head_length..self.head_length + length as usize],
            None => &self.data,
        })
    }

    /// Takes the body of a streamed request. `bytes` are all that were received.
    pub(crate) fn take_body(&mut self, bytes: &[u8], options: &Options) -> AwaitedBody {
        let decoder = self.decoder.take();
        let raw = bytes[self.taken..].to_vec();
        AwaitedBody {
            decoder: decoder.unwrap_or_else(|| self.head.decoder(options)),
            length: match self.head.body() {
                Body::None | Body::Coded(None) => None,
                Body::Plain(length) | Body::Coded(Some(length)) => Some(length),
            },
            gathered: std::mem::take(&mut self.data),
            expects_continue: self.head.expects_continue() && raw.is_empty(),
            raw,
        }
    }

    /// Takes the head, and leaves an empty one.
    pub(crate) fn take_head(&mut self) -> Head {
        let protocol = self.head.protocol();
        std::mem::replace(&mut self.head, Head::new(protocol))
    }

    /// Prepares for the next request.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.head.reset();
        self.head_length = 0;
        if self.has_body {
            self.reset_body();
        }
    }

    #[inline(never)] // as most requests have no body
    fn reset_body(&mut self) {
        self.has_body = false;
        self.plain = None;
        self.decoder = None;
        self.data.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], advance: Result<Advance, Rejection>, body: &[u8]) {
        for cut in 0..bytes.len() {
            let mut intake = Intake::new(Protocol::Http);
            let options = Options::new();
            let first = intake.advance(&bytes[..cut], &options, &mut Vec::new());
            let result = match first {
                Ok(Advance::Partial) => intake.advance(bytes, &options, &mut Vec::new()),
                result => result,
            };
            assert_eq!(result, advance, "cut at {cut}");
            if let Ok(Advance::Whole(_)) = result {
                assert_eq!(intake.body(bytes).unwrap_or_default(), body, "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_request_is_the_same_however_it_is_cut() {
        let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        check(get, Ok(Advance::Whole(get.len())), b"");
        let put = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
        check(put, Ok(Advance::Whole(put.len())), b"hello");
        let chunked = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
            2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        check(chunked, Ok(Advance::Whole(chunked.len())), b"hello");
    }

    #[test]
    fn a_large_body_is_streamed_and_a_small_one_is_not() {
        let head = |length: usize| {
            format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
        };
        let advance = |text: &str| {
            Intake::new(Protocol::Http).advance(text.as_bytes(), &Options::new(), &mut Vec::new())
        };
        assert_eq!(advance(&head(GATHER_LIMIT)), Ok(Advance::Partial));
        assert_eq!(advance(&head(GATHER_LIMIT + 1)), Ok(Advance::Streamed));
        let expecting =
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(advance(expecting), Ok(Advance::Streamed));
    }

    #[test]
    fn a_chunked_body_is_streamed_if_it_is_large_or_its_chunks_are_tiny() {
        let head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let large = format!("{head}10001\r\n{}", "x".repeat(GATHER_LIMIT + 1)) + "\r\n5";
        assert_eq!(
            Intake::new(Protocol::Http).advance(large.as_bytes(), &Options::new(), &mut Vec::new()),
            Ok(Advance::Streamed)
        );
        let tiny = format!("{head}{}", "1\r\nx\r\n".repeat(GATHER_LIMIT / 2));
        assert_eq!(
            Intake::new(Protocol::Http).advance(tiny.as_bytes(), &Options::new(), &mut Vec::new()),
            Ok(Advance::Streamed)
        );
    }

    #[test]
    fn bad_framing_of_a_small_body_is_an_error_of_the_intake() {
        let bad = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n";
        assert!(
            Intake::new(Protocol::Http)
                .advance(bad, &Options::new(), &mut Vec::new())
                .is_err()
        );
    }
}
