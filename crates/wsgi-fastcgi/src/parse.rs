//! Parsing a head, record by record.
//!
//! A record is looked at once, when all of it has come, but for its header, which may refuse it
//! before. So a head gives the same result however its bytes are cut.

use crate::begin::BeginRequest;
use crate::param::Param;
use crate::record::Record;
use crate::{
    Header, Limits, NULL_REQUEST_ID, ProtocolStatus, Rejection, RequestHead, Role, encode,
    management,
};

/// What [`RequestHead::parse`] found at the start of its bytes.
///
/// ```
/// use wsgi_fastcgi::{Limits, Parsed, RecordType, Rejection, RequestHead, encode};
///
/// // A web server asks for values before it sends a request.
/// let mut bytes = Vec::new();
/// let start = encode::start_record(&mut bytes, RecordType::GET_VALUES, 0);
/// encode::param(&mut bytes, b"FCGI_MPXS_CONNS", b"");
/// encode::finish_record(&mut bytes, start);
///
/// let (mut head, limits, mut replies) = (RequestHead::new(), Limits::new(), Vec::new());
/// assert_eq!(head.parse(&bytes[..20], &limits, &mut replies)?, Parsed::Incomplete);
/// assert_eq!(head.parse(&bytes, &limits, &mut replies)?, Parsed::Skipped(bytes.len()));
/// assert!(replies[8..].starts_with(b"\x0f\x01FCGI_MPXS_CONNS0"));
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// No more than the start of something: read more, then parse again with the same bytes and
    /// more behind them.
    Incomplete,
    /// So many bytes that begin no request, and are done with: a management record, a request
    /// that was refused or given up, a record of a request that has ended. Send the replies, then
    /// parse what follows.
    Skipped(usize),
    /// The head of a request, of so many bytes.
    Complete(usize),
}

/// How far an incomplete head was looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Where the first record starts that was not; 0 before a request has begun.
    at: usize,
}

impl Progress {
    pub(crate) const START: Progress = Progress { at: 0 };
}

/// Where the text of the parameters is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Nothing,
    /// In the bytes received, of one record.
    Record(usize, usize),
    /// Put together from several records.
    Records,
}

impl RequestHead {
    /// Parses the head at the start of `bytes`, or passes over what else is there.
    ///
    /// After [`Parsed::Incomplete`], call again with the same bytes and more behind them; the
    /// result does not depend on how they were cut, and no record is looked at twice. To parse
    /// other bytes instead, [`reset`](RequestHead::reset) first; after all else that is done
    /// already.
    ///
    /// What the peer is to be told is appended to `replies`, also before an error: the answers to
    /// GET_VALUES and to unknown management records, and the end of requests that are refused
    /// (for another role than Responder, or beside the one that there is). None is longer than 80
    /// bytes. Outside of a request a call adds no more than one; within it each interleaved record
    /// may, and they are counted.
    ///
    /// The caller has to hold no more than [`Limits::max_head_bytes`] bytes for a request, and outside of one no
    /// more than the longest record, of 65,798.
    ///
    /// # Errors
    ///
    /// What is wrong with the records; see [`Rejection`].
    pub fn parse(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection> {
        if self.progress.at == 0 {
            self.id = NULL_REQUEST_ID;
        }
        let result = self.parse_records(bytes, limits, replies);
        if result != Ok(Parsed::Incomplete) {
            self.reset();
        }
        result
    }

    /// Forgets an incomplete head, so that [`parse`](RequestHead::parse) can be given other
    /// bytes.
    #[inline]
    pub fn reset(&mut self) {
        self.progress = Progress::START;
    }

    fn parse_records(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        replies: &mut Vec<u8>,
    ) -> Result<Parsed, Rejection> {
        loop {
            let start = self.progress.at;
            let within = self.id != NULL_REQUEST_ID;
            if within && limits.head < start + Header::LENGTH {
                return Err(Rejection::HeadTooLarge);
            }
            let rest = bytes.get(start..).unwrap_or_default();
            let Some((header, rest)) = rest.split_first_chunk() else {
                return Ok(Parsed::Incomplete);
            };
            let header = Header::parse(header)?;
            let record = Record::of(header, self.id)?;
            let end = start + header.record_length();
            if (within || record == Record::Begin) && limits.head < end {
                return Err(Rejection::HeadTooLarge);
            }
            if bytes.len() < end {
                return Ok(Parsed::Incomplete);
            }
            let content = &rest[..header.content_length.into()];
            match record {
                Record::Params if content.is_empty() => {
                    self.complete(bytes, limits)?;
                    return Ok(Parsed::Complete(end));
                }
                Record::Params => self.add(bytes, start + Header::LENGTH, content),
                Record::Begin => {
                    if !self.begin(header, content, replies)? {
                        return Ok(Parsed::Skipped(end));
                    }
                }
                Record::Abort => {
                    self.abort(replies)?;
                    return Ok(Parsed::Skipped(end));
                }
                Record::Stdin => return Err(Rejection::RecordOrder),
                _ => {
                    if within {
                        self.interleave(limits)?;
                    }
                    match record {
                        Record::GetValues => management::get_values(content, limits, replies)?,
                        Record::Unknown => management::unknown_type(header.record_type, replies),
                        Record::Second => refuse(header.request_id, replies),
                        _ => {}
                    }
                    if !within {
                        return Ok(Parsed::Skipped(end));
                    }
                }
            }
            self.progress.at = end;
        }
    }

    /// Begins a request, or says that it was refused.
    fn begin(
        &mut self,
        header: Header,
        content: &[u8],
        replies: &mut Vec<u8>,
    ) -> Result<bool, Rejection> {
        let content = content.first_chunk().ok_or(Rejection::BeginRequest)?;
        let BeginRequest { role, keep_conn } = BeginRequest::parse(*content);
        if role != Role::RESPONDER {
            let status = ProtocolStatus::UnknownRole;
            encode::end_request(replies, header.request_id, 0, status);
            return if keep_conn {
                Ok(false)
            } else {
                Err(Rejection::Role)
            };
        }
        self.id = header.request_id;
        self.keep_conn = keep_conn;
        self.params.clear();
        self.content_length = None;
        self.source = Source::Nothing;
        self.text.clear();
        self.interleaved = 0;
        Ok(true)
    }

    /// Ends the request as the peer wants it.
    #[cold]
    fn abort(&mut self, replies: &mut Vec<u8>) -> Result<(), Rejection> {
        encode::end_request(replies, self.id, 0, ProtocolStatus::RequestComplete);
        self.id = NULL_REQUEST_ID;
        if self.keep_conn {
            Ok(())
        } else {
            Err(Rejection::Aborted)
        }
    }

    /// Counts a record that is not of the request.
    #[cold]
    fn interleave(&mut self, limits: &Limits) -> Result<(), Rejection> {
        self.interleaved += 1;
        if self.interleaved > limits.interleaved {
            return Err(Rejection::TooManyInterleaved);
        }
        Ok(())
    }

    /// Adds the parameters of a record, which start at `start` in `bytes`.
    #[inline]
    fn add(&mut self, bytes: &[u8], start: usize, content: &[u8]) {
        if let Source::Nothing = self.source {
            self.source = Source::Record(start, start + content.len());
            return;
        }
        if let Source::Record(start, end) = self.source {
            self.text.extend_from_slice(&bytes[start..end]);
            self.source = Source::Records;
        }
        self.text.extend_from_slice(content);
    }

    /// Finds the pairs in the text, now that all of it is there.
    fn complete(&mut self, bytes: &[u8], limits: &Limits) -> Result<(), Rejection> {
        let text = match self.source {
            Source::Nothing => &[],
            Source::Record(start, end) => &bytes[start..end],
            Source::Records => &self.text[..],
        };
        let content_length = Param::read_all(text, limits.params, &mut self.params)?;
        // Empty is the same as absent (RFC 3875 section 4.1.2).
        if let Some(digits) = content_length.filter(|digits| !digits.is_empty()) {
            let length = decimal(digits)?;
            if length > limits.body {
                return Err(Rejection::BodyTooLarge);
            }
            self.content_length = Some(length);
        }
        Ok(())
    }
}

/// Refuses a request beside the one that there is.
#[cold]
pub(crate) fn refuse(id: u16, replies: &mut Vec<u8>) {
    encode::end_request(replies, id, 0, ProtocolStatus::CantMpxConn);
}

/// The number that `1*digit` is. One that 64 bits cannot hold is beyond every limit.
fn decimal(digits: &[u8]) -> Result<u64, Rejection> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Rejection::ContentLength);
    }
    let number = digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = u64::from(digit - b'0');
        number.checked_mul(10)?.checked_add(digit)
    });
    number.ok_or(Rejection::BodyTooLarge)
}
