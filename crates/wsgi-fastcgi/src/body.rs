//! Decoding a request's body.

use std::ops::Range;

use crate::management::{self, MOST_VALUES};
use crate::parse::refuse;
use crate::record::Record;
use crate::{Header, Limits, RecordType, Rejection, RequestHead};

/// Decodes the body of one request: tells which of the bytes received belong to STDIN.
///
/// It copies nothing of it. Whatever [`decode`](BodyDecoder::decode) consumed is done with, so
/// that a buffer of any size will do. What follows the body is left alone: it is the start of the
/// next request. It may be used on another thread than the head was, while the response is being
/// written: what the peer asks meanwhile is answered behind the response.
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
    /// The header of a record, as far as it has come.
    header: [u8; Header::LENGTH],
    /// Of the body, what is still to come, or still allowed to.
    left: u64,
    /// Whether that is by CONTENT_LENGTH.
    declared: bool,
    interleaved: u32,
    /// The content of GET_VALUES, as far as it has come.
    values: Vec<u8>,
    limits: Limits,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A header, of which so many bytes have come.
    Header(usize),
    /// So many bytes of data, then so many of padding.
    Data(usize, usize),
    /// So many bytes of a question for values, then so many of padding.
    Values(usize, usize),
    /// So many bytes that are not looked at, then something else.
    Passing(usize, Then),
    /// Nothing: the body has ended.
    Finished,
    /// Nothing: the request was given up.
    Aborted,
    /// Nothing: it was refused.
    Refused(Rejection),
}

/// What follows bytes that are not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Record,
    End,
    Abort,
}

/// What [`BodyDecoder::decode`] found in its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// How many bytes of the input are done with, the data included.
    pub consumed: usize,
    /// Which bytes of the input are data of the body; empty where there were only headers and the
    /// like.
    pub data: Range<usize>,
    /// Whether the body has ended, behind these data.
    pub finished: bool,
}

impl BodyDecoder {
    /// A decoder for the body that follows a complete head.
    pub fn new(head: &RequestHead, limits: &Limits) -> BodyDecoder {
        BodyDecoder {
            id: head.id,
            state: State::Header(0),
            header: [0; Header::LENGTH],
            left: head.content_length.unwrap_or(limits.body),
            declared: head.content_length.is_some(),
            interleaved: head.interleaved,
            values: Vec::new(),
            limits: *limits,
        }
    }

    /// Finds the next data in `input`, the bytes that follow those consumed before.
    ///
    /// Call it until it has consumed all that was received, or the body has finished: one call
    /// gives the data of one record at most. It consumes something unless the input is empty or
    /// the body has finished. However the bytes are cut, the data are the same.
    ///
    /// What the peer is to be told is appended to `replies`, to be sent where no record is being
    /// written: the answers to GET_VALUES and unknown management records, and the end of requests
    /// beside this one. [`Limits::max_interleaved`] bounds them.
    ///
    /// # Errors
    ///
    /// Records that cannot be there, a body of another length than CONTENT_LENGTH says or longer
    /// than its limit, and [`Rejection::Aborted`] at the call after the one that consumed an
    /// ABORT_REQUEST. Every later call gives the same error.
    pub fn decode(&mut self, input: &[u8], replies: &mut Vec<u8>) -> Result<Decoded, Rejection> {
        match self.state {
            State::Refused(rejection) => return Err(rejection),
            State::Aborted => return Err(Rejection::Aborted),
            _ => {}
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
                State::Passing(0, then) => {
                    self.state = match then {
                        Then::Record => State::Header(0),
                        Then::End => State::Finished,
                        Then::Abort => State::Aborted,
                    };
                }
                State::Values(0, padding) => {
                    self.step(|decoder| {
                        management::get_values(&decoder.values, &decoder.limits, replies)?;
                        Ok(State::Passing(padding, Then::Record))
                    });
                }
                State::Finished | State::Aborted => break,
                // Data that were found come first; the next call tells what was wrong.
                State::Refused(_) if !data.is_empty() => break,
                State::Refused(rejection) => return Err(rejection),
                _ if rest.is_empty() => break,
                State::Header(have) => {
                    let here = rest.len().min(Header::LENGTH - have);
                    self.header[have..have + here].copy_from_slice(&rest[..here]);
                    at += here;
                    if have + here < Header::LENGTH {
                        self.state = State::Header(have + here);
                    } else {
                        self.step(|decoder| decoder.open(replies));
                    }
                }
                State::Data(..) if !data.is_empty() => break,
                State::Data(length, padding) => {
                    let here = rest.len().min(length);
                    data = at..at + here;
                    at += here;
                    self.left -= here as u64;
                    self.state = match length - here {
                        0 => State::Passing(padding, Then::Record),
                        length => State::Data(length, padding),
                    };
                }
                State::Values(length, padding) => {
                    let here = rest.len().min(length);
                    self.values.extend_from_slice(&rest[..here]);
                    at += here;
                    self.state = State::Values(length - here, padding);
                }
                State::Passing(length, then) => {
                    let here = rest.len().min(length);
                    at += here;
                    self.state = State::Passing(length - here, then);
                }
            }
        }
        Ok(Decoded {
            consumed: at,
            data,
            finished: self.is_finished(),
        })
    }

    /// Whether the body has ended. Not from the start, even where CONTENT_LENGTH is 0: the record
    /// that ends STDIN has to come.
    #[inline]
    pub fn is_finished(&self) -> bool {
        self.state == State::Finished
    }

    /// Whether the request was given up by the peer (section 5.4), by a record that is consumed.
    /// End it with END_REQUEST; after that the connection may be used again.
    #[inline]
    pub fn is_aborted(&self) -> bool {
        self.state == State::Aborted
    }

    /// How many bytes of data are still to come, where that is known: not without CONTENT_LENGTH,
    /// before the body has finished.
    #[inline]
    pub fn remaining(&self) -> Option<u64> {
        match self.is_finished() {
            true => Some(0),
            false => self.declared.then_some(self.left),
        }
    }

    /// Whether `input` starts with the end of STDIN, and that is due: most requests have nothing
    /// else.
    #[inline]
    fn ends_with(&self, input: &[u8]) -> bool {
        let end = Header {
            record_type: RecordType::STDIN,
            request_id: self.id,
            content_length: 0,
            padding_length: 0,
        };
        self.state == State::Header(0)
            && (self.left == 0 || !self.declared)
            && input.starts_with(&end.to_bytes())
    }

    /// Goes on to another state, which may be that of being refused.
    fn step(&mut self, next: impl FnOnce(&mut BodyDecoder) -> Result<State, Rejection>) {
        self.state = next(self).unwrap_or_else(State::Refused);
    }

    /// The header of a record is there.
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
                return Ok(State::Data(length, padding));
            }
            Record::Stdin if self.declared && self.left > 0 => {
                return Err(Rejection::BodyTruncated);
            }
            Record::Stdin => return Ok(State::Passing(padding, Then::End)),
            Record::Abort => return Ok(State::Passing(length + padding, Then::Abort)),
            Record::Begin | Record::Params => return Err(Rejection::RecordOrder),
            Record::Second | Record::Ignored | Record::GetValues | Record::Unknown => {}
        }
        self.interleaved += 1;
        if self.interleaved > self.limits.interleaved {
            return Err(Rejection::TooManyInterleaved);
        }
        match record {
            Record::GetValues => {
                debug_assert!(length <= MOST_VALUES, "longer ones are refused");
                self.values.clear();
                return Ok(State::Values(length, padding));
            }
            Record::Second => refuse(header.request_id, replies),
            Record::Unknown => management::unknown_type(header.record_type, replies),
            _ => {}
        }
        Ok(State::Passing(length + padding, Then::Record))
    }
}
