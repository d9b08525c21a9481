//! Decoding the body of a request.

use crate::{
    decoded::Decoded,
    head::RequestHead,
    header::Header,
    limits::Limits,
    management::{self, MAX_VALUES_BYTES},
    parse::refuse,
    record::Record,
    record_type::RecordType,
    rejection::Rejection,
    role::Role,
};

/// Decoder of the body of one request: it finds the data of STDIN in the received bytes.
///
/// It does not copy the body, and the buffer may have any size: bytes that
/// [`decode`](BodyDecoder::decode) has consumed are not needed again. It does not touch the bytes
/// after the body, where the next request starts. It can be used on another thread than the head,
/// while the response is written. Replies to the web server then follow the response.
///
/// ```
/// use wsgi_fastcgi::{
///     BodyDecoder, Limits, Parsed, RecordType, Rejection, RequestHead, Role, encode,
/// };
///
/// let mut bytes = Vec::new();
/// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
/// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
/// encode::stream(&mut bytes, RecordType::STDIN, 1, b"Hello ");
/// encode::stream(&mut bytes, RecordType::STDIN, 1, b"world");
/// encode::end_of_stream(&mut bytes, RecordType::STDIN, 1);
/// bytes.extend_from_slice(b"and more");
///
/// let (mut head, limits, mut replies) = (RequestHead::new(), Limits::new(), Vec::new());
/// let Parsed::Complete(mut at) = head.parse(&bytes, &limits, &mut replies)? else {
///     panic!("the head is complete");
/// };
/// let mut decoder = BodyDecoder::new(&head, &limits);
/// let mut body = Vec::new();
/// while !decoder.is_finished() {
///     if at == bytes.len() {
///         return Ok(()); // read more, then go on here
///     }
///     let decoded = decoder.decode(&bytes[at..], &mut replies)?;
///     body.extend_from_slice(&bytes[at..][decoded.data]);
///     at += decoded.consumed;
/// }
/// assert_eq!(body, b"Hello world");
/// assert_eq!(&bytes[at..], b"and more");
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    id: u16,
    state: State,
    /// The received part of the header of a record.
    header: [u8; Header::LENGTH],
    /// The bytes of the body that are still to come, or without CONTENT_LENGTH, still allowed.
    left: u64,
    /// Whether there is a CONTENT_LENGTH.
    declared: bool,
    /// The number of interleaved records, including those in the head.
    interleaved: u32,
    /// The received part of the content of a record that is answered.
    content: Vec<u8>,
    limits: Limits,
}

/// The part of the input that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A header, of which some bytes have come.
    Header { received: usize },
    /// Data, and then padding.
    Data { left: usize, padding: usize },
    /// The content of a record that is answered, GET_VALUES or a second BEGIN_REQUEST, and then
    /// padding. Its header is kept.
    Content { left: usize, padding: usize },
    /// Bytes to skip.
    Skipped { left: usize, then: Then },
    /// None: the body has ended.
    Finished,
    /// None: the web server has aborted the request.
    Aborted,
    /// None: the body was refused.
    Refused(Rejection),
}

/// The part after skipped bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Record,
    End,
    Abort,
}

impl State {
    /// The start of a record.
    const RECORD: Self = Self::Header { received: 0 };
}

impl BodyDecoder {
    /// Creates a decoder for the body that follows a complete head. That for an Authorizer has
    /// [finished](BodyDecoder::is_finished) at once.
    #[must_use]
    pub fn new(head: &RequestHead, limits: &Limits) -> Self {
        Self {
            id: head.id,
            state: match head.role {
                Role::AUTHORIZER => State::Finished, // it has no STDIN (section 6.3)
                _ => State::RECORD,
            },
            header: [0; Header::LENGTH],
            left: head.content_length.unwrap_or(limits.body),
            declared: head.content_length.is_some(),
            interleaved: head.interleaved,
            content: Vec::new(),
            limits: *limits,
        }
    }

    /// Finds the next data in `input`, which starts after the bytes consumed before.
    ///
    /// One call returns the data of at most one record. So call it until it has consumed every
    /// received byte or the body has finished. It consumes something unless the input is empty or
    /// the body has finished. The data do not depend on how the bytes are cut.
    ///
    /// Replies for the web server are appended to `replies`: answers to GET_VALUES and to unknown
    /// management records, and the end of requests beside this one. Send them between two records.
    /// [`Limits::max_interleaved`] bounds them.
    ///
    /// # Errors
    ///
    /// Records out of place, a body that differs from CONTENT_LENGTH or is above its limit, and
    /// [`Rejection::Aborted`] at the call after the one that consumed ABORT_REQUEST. Every later
    /// call returns the same error.
    pub fn decode(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Result<Decoded, Rejection> {
        if self.state == State::Aborted {
            return Err(Rejection::Aborted);
        }
        if self.ends_with(input) {
            self.state = State::Finished;
            return Ok(Decoded {
                consumed: Header::LENGTH,
                data: 0..0,
                finished: true,
            });
        }
        let mut at = 0;
        let mut data = 0..0;
        loop {
            let rest = &input[at..];
            match self.state {
                State::Skipped { left: 0, then } => {
                    self.state = match then {
                        Then::Record => State::RECORD,
                        Then::End => State::Finished,
                        Then::Abort => State::Aborted,
                    };
                }
                State::Content { left: 0, padding } => {
                    self.step(|decoder| {
                        decoder.reply(replies)?;
                        Ok(State::Skipped {
                            left: padding,
                            then: Then::Record,
                        })
                    });
                }
                State::Finished | State::Aborted => break,
                // The data come first. The next call returns the rejection.
                State::Refused(_) if !data.is_empty() => break,
                State::Refused(rejection) => return Err(rejection),
                _ if rest.is_empty() => break,
                State::Header { received } => {
                    let here = rest.len().min(Header::LENGTH - received);
                    let received = received + here;
                    self.header[received - here..received].copy_from_slice(&rest[..here]);
                    at += here;
                    if received < Header::LENGTH {
                        self.state = State::Header { received };
                    } else {
                        self.step(|decoder| decoder.open(replies));
                    }
                }
                State::Data { .. } if !data.is_empty() => break,
                State::Data { left, padding } => {
                    let here = rest.len().min(left);
                    data = at..at + here;
                    at += here;
                    self.left -= here as u64;
                    self.state = match left - here {
                        0 => State::Skipped {
                            left: padding,
                            then: Then::Record,
                        },
                        left => State::Data { left, padding },
                    };
                }
                State::Content { left, padding } => {
                    let here = rest.len().min(left);
                    self.content.extend_from_slice(&rest[..here]);
                    at += here;
                    self.state = State::Content {
                        left: left - here,
                        padding,
                    };
                }
                State::Skipped { left, then } => {
                    let here = rest.len().min(left);
                    at += here;
                    self.state = State::Skipped {
                        left: left - here,
                        then,
                    };
                }
            }
        }
        Ok(Decoded {
            consumed: at,
            data,
            finished: self.is_finished(),
        })
    }

    /// Whether the body has ended. Even if CONTENT_LENGTH is 0, this needs the record that ends
    /// STDIN.
    #[inline]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state == State::Finished
    }

    /// Whether the web server has aborted the request (section 5.4), with a record that was
    /// consumed. Answer with END_REQUEST. Afterwards the connection may be used again.
    ///
    /// ```
    /// use wsgi_fastcgi::{BodyDecoder, Limits, Parsed, RecordType, Rejection, RequestHead, Role, encode};
    ///
    /// let mut bytes = Vec::new();
    /// let mut params = Vec::new();
    /// encode::param(&mut params, b"CONTENT_LENGTH", b"5");
    /// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
    /// encode::stream(&mut bytes, RecordType::PARAMS, 1, &params);
    /// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
    /// let (mut head, limits, mut replies) = (RequestHead::new(), Limits::new(), Vec::new());
    /// assert_eq!(head.parse(&bytes, &limits, &mut replies)?, Parsed::Complete(bytes.len()));
    ///
    /// let mut decoder = BodyDecoder::new(&head, &limits);
    /// assert_eq!((decoder.remaining(), decoder.is_aborted()), (Some(5), false));
    /// let mut abort = Vec::new();
    /// encode::header(&mut abort, RecordType::ABORT_REQUEST, 1, 0, 0);
    /// decoder.decode(&abort, &mut replies)?;
    /// assert!(decoder.is_aborted());
    /// # Ok::<(), Rejection>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.state == State::Aborted
    }

    /// The number of bytes of data that are still to come. `None` without CONTENT_LENGTH, until the
    /// body has finished.
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        match self.is_finished() {
            true => Some(0),
            false => self.declared.then_some(self.left),
        }
    }

    /// The number of bytes at the start of the next input that are data, whatever they are: the
    /// rest of a record. It is 0 if something else may come first.
    ///
    /// Such bytes can be received where they are needed. They have to be
    /// [decoded](BodyDecoder::decode) all the same, so that the decoder counts them.
    ///
    /// ```
    /// use wsgi_fastcgi::{BodyDecoder, Limits, RecordType, Rejection, RequestHead, Role, encode};
    ///
    /// let mut bytes = Vec::new();
    /// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
    /// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
    /// let (mut head, limits, mut replies) = (RequestHead::new(), Limits::new(), Vec::new());
    /// head.parse(&bytes, &limits, &mut replies)?;
    ///
    /// let mut body = Vec::new();
    /// encode::stream(&mut body, RecordType::STDIN, 1, b"Hello");
    /// let mut decoder = BodyDecoder::new(&head, &limits);
    /// assert_eq!(decoder.data_ahead(), 0, "a header comes first");
    /// decoder.decode(&body[..8 + 2], &mut replies)?;
    /// assert_eq!(decoder.data_ahead(), 3);
    /// # Ok::<(), Rejection>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn data_ahead(&self) -> u64 {
        match self.state {
            State::Data { left, .. } => left as u64,
            _ => 0,
        }
    }

    /// Whether `input` starts with the end of STDIN, and the body may end here. Most requests have
    /// no other body, so this saves time. Without it, the result would be the same.
    #[inline]
    fn ends_with(&self, input: &[u8]) -> bool {
        let end = Header {
            record_type: RecordType::STDIN,
            request_id: self.id,
            content_length: 0,
            padding_length: 0,
        };
        self.state == State::RECORD
            && (self.left == 0 || !self.declared)
            && input.starts_with(&end.to_bytes())
    }

    /// Goes on to the state that `next` returns, or to that of being refused.
    fn step(&mut self, next: impl FnOnce(&mut Self) -> Result<State, Rejection>) {
        self.state = next(self).unwrap_or_else(State::Refused);
    }

    /// Goes on from a complete header.
    fn open(&mut self, replies: &mut Vec<u8>) -> Result<State, Rejection> {
        let header = Header::parse(&self.header)?;
        let length = usize::from(header.content_length);
        let padding = usize::from(header.padding_length);
        let record = Record::of(header, self.id)?;
        match record {
            Record::Stdin if length > 0 => {
                if self.left < length as u64 {
                    return Err(match self.declared {
                        true => Rejection::BodyOverrun,
                        false => Rejection::BodyTooLarge,
                    });
                }
                return Ok(State::Data {
                    left: length,
                    padding,
                });
            }
            Record::Stdin if self.declared && self.left > 0 => {
                return Err(Rejection::BodyTruncated);
            }
            Record::Stdin => {
                return Ok(State::Skipped {
                    left: padding,
                    then: Then::End,
                });
            }
            Record::Abort => {
                return Ok(State::Skipped {
                    left: length + padding,
                    then: Then::Abort,
                });
            }
            Record::Begin | Record::Params => return Err(Rejection::RecordOrder),
            Record::Second | Record::Ignored | Record::GetValues | Record::Unknown => {}
        }
        self.interleaved += 1;
        if self.interleaved > self.limits.interleaved {
            return Err(Rejection::TooManyInterleaved);
        }
        match record {
            Record::GetValues | Record::Second => {
                debug_assert!(length <= MAX_VALUES_BYTES, "a longer one is refused");
                self.content.clear();
                return Ok(State::Content {
                    left: length,
                    padding,
                });
            }
            Record::Unknown => management::unknown_type(header.record_type, replies),
            _ => {}
        }
        Ok(State::Skipped {
            left: length + padding,
            then: Then::Record,
        })
    }

    /// Answers a record whose content has come.
    #[cold]
    fn reply(&self, replies: &mut Vec<u8>) -> Result<(), Rejection> {
        let header = Header::parse(&self.header)?;
        match header.record_type {
            RecordType::BEGIN_REQUEST => refuse(header.request_id, &self.content, replies),
            _ => management::get_values(&self.content, &self.limits, replies),
        }
    }
}
