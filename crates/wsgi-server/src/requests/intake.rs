//! Taking in a request: its head, and its body where that is small.

use crate::{
    options::{GATHER_LIMIT, Options},
    protocol::Protocol,
    requests::{
        awaited_body::AwaitedBody,
        decoder::Decoder,
        head::{Body, Head, Parsed},
        rejection::Rejection,
        request::Request,
    },
};

/// A request as far as it has come. The bytes are the caller's, the same at
/// each call but for more after them; their start is that of the request.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) head: Head,
    head_length: usize,
    /// The length of a body that stays where it is.
    plain: Option<u64>,
    decoder: Option<Decoder>,
    /// How many of the bytes are done with, head included.
    taken: usize,
    /// What of a body was decoded.
    data: Vec<u8>,
}

/// What has come so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not enough to call the application.
    Partial,
    /// The number of bytes that are not a request and are done with.
    Passed(usize),
    /// All of it: the number of its bytes.
    Whole(usize),
    /// The head, and a body that the application is to read itself.
    Streamed,
}

impl Intake {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Intake {
            head: Head::new(protocol),
            head_length: 0,
            plain: None,
            decoder: None,
            taken: 0,
            data: Vec::new(),
        }
    }

    /// Looks at what came. What the peer is to be told at once is added to
    /// `replies`. After an error the connection is to be closed.
    pub(crate) fn advance(
        &mut self,
        bytes: &[u8],
        options: &Options,
        replies: &mut Vec<u8>,
    ) -> Result<Stage, Rejection> {
        if self.head_length == 0 {
            match self.head.parse(bytes, options, replies)? {
                Parsed::Incomplete => return Ok(Stage::Partial),
                Parsed::Passed(length) => return Ok(Stage::Passed(length)),
                Parsed::Complete(length) => self.head_length = length,
            }
            self.taken = self.head_length;
            match self.head.body() {
                Body::None => return Ok(Stage::Whole(self.head_length)),
                Body::Plain(length) => self.plain = Some(length),
                Body::Coded(length) => {
                    self.decoder = Some(self.head.decoder(options));
                    if length.is_some_and(|length| length > GATHER_LIMIT as u64) {
                        return Ok(Stage::Streamed);
                    }
                }
            }
        }
        if self.head.expects_continue() {
            return Ok(Stage::Streamed);
        }
        if let Some(length) = self.plain {
            let Some(length) = usize::try_from(length)
                .ok()
                .filter(|length| *length <= GATHER_LIMIT)
            else {
                return Ok(Stage::Streamed);
            };
            let end = self.head_length + length;
            return Ok(if bytes.len() < end {
                Stage::Partial
            } else {
                Stage::Whole(end)
            });
        }
        let Some(decoder) = &mut self.decoder else {
            return Ok(Stage::Whole(self.head_length));
        };
        while !decoder.is_finished() {
            if decoder.is_aborted() {
                self.head.end_aborted(replies)?;
                return Ok(Stage::Passed(self.taken));
            }
            // What is around the data counts too, or a body in the smallest pieces could be
            // gathered without end.
            if self.taken - self.head_length > 2 * GATHER_LIMIT || self.data.len() > GATHER_LIMIT {
                return Ok(Stage::Streamed);
            }
            // Also where nothing is left: what is wrong may be told after the last data.
            let rest = bytes.get(self.taken..).unwrap_or_default();
            let decoded = decoder.decode(rest, replies)?;
            self.data.extend_from_slice(&rest[decoded.data]);
            self.taken += decoded.consumed;
            if rest.is_empty() {
                return Ok(Stage::Partial);
            }
        }
        Ok(Stage::Whole(self.taken))
    }

    /// Whether the head is complete, and the body is what is waited for.
    pub(crate) fn has_head(&self) -> bool {
        self.head_length > 0
    }

    /// The bytes of the head.
    pub(crate) fn head_bytes<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[..self.head_length]
    }

    /// The request, whose head is complete.
    pub(crate) fn request<'a>(&'a self, bytes: &'a [u8]) -> Request<'a> {
        Request {
            head: &self.head,
            bytes: self.head_bytes(bytes),
        }
    }

    /// The body of a whole request.
    pub(crate) fn body<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        match self.plain {
            Some(length) => &bytes[self.head_length..self.head_length + length as usize],
            None => &self.data,
        }
    }

    /// Takes the body of a streamed request, with all `bytes` that were received.
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

    /// The head, which is not here any more.
    pub(crate) fn take_head(&mut self) -> Head {
        let protocol = self.head.protocol();
        std::mem::replace(&mut self.head, Head::new(protocol))
    }

    /// Makes ready for the next request.
    pub(crate) fn reset(&mut self) {
        self.head.reset();
        self.head_length = 0;
        self.plain = None;
        self.decoder = None;
        self.data.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], stage: Result<Stage, Rejection>, body: &[u8]) {
        for cut in 0..bytes.len() {
            let mut intake = Intake::new(Protocol::Http);
            let options = Options::new();
            let first = intake.advance(&bytes[..cut], &options, &mut Vec::new());
            let result = match first {
                Ok(Stage::Partial) => intake.advance(bytes, &options, &mut Vec::new()),
                result => result,
            };
            assert_eq!(result, stage, "cut at {cut}");
            if let Ok(Stage::Whole(_)) = result {
                assert_eq!(intake.body(bytes), body, "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_request_cut_anywhere_is_the_same_request() {
        let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        check(get, Ok(Stage::Whole(get.len())), b"");
        let put = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
        check(put, Ok(Stage::Whole(put.len())), b"hello");
        let chunked = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        check(chunked, Ok(Stage::Whole(chunked.len())), b"hello");
    }

    #[test]
    fn a_large_body_is_streamed_and_a_small_one_is_not() {
        let head = |length: usize| {
            format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
        };
        let advance = |text: &str| {
            Intake::new(Protocol::Http).advance(text.as_bytes(), &Options::new(), &mut Vec::new())
        };
        assert_eq!(advance(&head(GATHER_LIMIT)), Ok(Stage::Partial));
        assert_eq!(advance(&head(GATHER_LIMIT + 1)), Ok(Stage::Streamed));
        let expecting =
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(advance(expecting), Ok(Stage::Streamed));
    }

    #[test]
    fn a_chunked_body_is_streamed_when_it_has_grown_or_its_chunks_are_tiny() {
        let head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let large = format!("{head}10001\r\n{}", "x".repeat(GATHER_LIMIT + 1)) + "\r\n5";
        assert_eq!(
            Intake::new(Protocol::Http).advance(large.as_bytes(), &Options::new(), &mut Vec::new()),
            Ok(Stage::Streamed)
        );
        let tiny = format!("{head}{}", "1\r\nx\r\n".repeat(GATHER_LIMIT / 2));
        assert_eq!(
            Intake::new(Protocol::Http).advance(tiny.as_bytes(), &Options::new(), &mut Vec::new()),
            Ok(Stage::Streamed)
        );
    }

    #[test]
    fn bad_framing_in_a_small_body_is_found_before_the_call() {
        let bad = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n";
        assert!(
            Intake::new(Protocol::Http)
                .advance(bad, &Options::new(), &mut Vec::new())
                .is_err()
        );
    }
}
