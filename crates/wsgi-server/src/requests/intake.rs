//! Taking in a request: its head, and its body where that is small.

use wsgi_http1::{BodyDecoder, BodyLength, Limits, Rejection, RequestHead};

use crate::options::GATHER_LIMIT;

/// A request as far as it has come. The bytes are the caller's, the same at
/// each call but for more behind them; their start is that of the request.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    pub(crate) head: RequestHead,
    head_length: usize,
    body: Option<BodyDecoder>,
    /// How many of the bytes are done with, head included.
    taken: usize,
    /// What of a chunked body was decoded; a body of known length stays where it is.
    data: Vec<u8>,
}

/// What has come so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not enough to call the application.
    Partial,
    /// All of it: so many bytes.
    Whole(usize),
    /// The head, and a body that the application is to read itself.
    Streamed,
}

impl Intake {
    /// Looks at what came. After an error the connection is to be closed.
    pub(crate) fn advance(&mut self, bytes: &[u8], limits: &Limits) -> Result<Stage, Rejection> {
        if self.head_length == 0 {
            match self.head.parse(bytes, limits)? {
                None => return Ok(Stage::Partial),
                Some(length) => self.head_length = length,
            }
            self.taken = self.head_length;
            match self.head.body() {
                BodyLength::None => return Ok(Stage::Whole(self.head_length)),
                length => self.body = Some(BodyDecoder::new(length, limits)),
            }
        }
        let Some(body) = &mut self.body else {
            return Ok(Stage::Whole(self.head_length));
        };
        if self.head.expects_continue() {
            return Ok(Stage::Streamed);
        }
        if let BodyLength::Known(length) = self.head.body() {
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
        while !body.is_finished() {
            let rest = bytes.get(self.taken..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(Stage::Partial);
            }
            // Chunk sizes count too, or a body in the smallest chunks could be gathered without end.
            if self.taken - self.head_length > 2 * GATHER_LIMIT || self.data.len() > GATHER_LIMIT {
                return Ok(Stage::Streamed);
            }
            let decoded = body.decode(rest)?;
            self.data.extend_from_slice(&rest[decoded.data]);
            self.taken += decoded.consumed;
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

    /// The body of a whole request.
    pub(crate) fn body<'a>(&'a self, bytes: &'a [u8]) -> &'a [u8] {
        match self.head.body() {
            BodyLength::Chunked => &self.data,
            BodyLength::Known(length) => {
                &bytes[self.head_length..self.head_length + length as usize]
            }
            BodyLength::None => &[],
        }
    }

    /// The parts of a streamed request's body: its decoder, what was decoded
    /// already, and how many of the bytes that took.
    pub(crate) fn take_body(&mut self) -> Option<(BodyDecoder, Vec<u8>, usize)> {
        let body = self.body.take()?;
        Some((body, std::mem::take(&mut self.data), self.taken))
    }

    /// Makes ready for the next request.
    pub(crate) fn reset(&mut self) {
        self.head_length = 0;
        self.body = None;
        self.data.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], stage: Result<Stage, Rejection>, body: &[u8]) {
        for cut in 0..bytes.len() {
            let mut intake = Intake::default();
            let limits = Limits::new();
            let first = intake.advance(&bytes[..cut], &limits);
            let result = match first {
                Ok(Stage::Partial) => intake.advance(bytes, &limits),
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
        let advance = |text: &str| Intake::default().advance(text.as_bytes(), &Limits::new());
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
            Intake::default().advance(large.as_bytes(), &Limits::new()),
            Ok(Stage::Streamed)
        );
        let tiny = format!("{head}{}", "1\r\nx\r\n".repeat(GATHER_LIMIT / 2));
        assert_eq!(
            Intake::default().advance(tiny.as_bytes(), &Limits::new()),
            Ok(Stage::Streamed)
        );
    }

    #[test]
    fn bad_framing_in_a_small_body_is_found_before_the_call() {
        let bad = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n";
        assert!(Intake::default().advance(bad, &Limits::new()).is_err());
    }
}
