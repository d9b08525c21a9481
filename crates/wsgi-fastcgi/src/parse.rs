//! Parsing a head, record by record.
//!
//! A record is read once, when all of it has come. Only its header is checked before, because it
//! may refuse the record. So the result does not depend on how the bytes are cut.

use crate::{
    begin::BeginRequest,
    encode,
    head::{Progress, RequestHead, Source},
    header::{Header, NULL_REQUEST_ID},
    limits::Limits,
    management,
    params::Known,
    parsed::Parsed,
    protocol_status::ProtocolStatus,
    record::Record,
    record_type::RecordType,
    rejection::Rejection,
    role::Role,
};

impl RequestHead {
    /// Parses the head at the start of `bytes`, or skips a record that does not begin one.
    ///
    /// After [`Parsed::Incomplete`], call it again with the same bytes followed by more. The result
    /// does not depend on how the bytes are cut, and no record is read twice. To parse other bytes
    /// instead, call [`reset`](RequestHead::reset) first. That is not necessary after any other
    /// result.
    ///
    /// Replies for the web server are appended to `replies`, even before an error: answers to
    /// GET_VALUES and to unknown management records, and the end of refused requests (those for
    /// another role, and those beside the current one). No reply is longer than 80
    /// bytes. Outside of a request, a call adds at most one. Within a request, each interleaved
    /// record may add one, and these records are limited.
    ///
    /// The caller never needs to hold more than [`Limits::max_head_bytes`] bytes for a request, or,
    /// outside of one, more than the longest record, which has 65,798 bytes.
    ///
    /// # Errors
    ///
    /// The records are malformed or above a limit: see [`Rejection`].
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

    /// Forgets an incomplete head, so that [`parse`](RequestHead::parse) can be called with other
    /// bytes.
    ///
    /// ```
    /// use wsgi_fastcgi::{Limits, Parsed, RecordType, Rejection, RequestHead, Role, encode};
    ///
    /// let mut bytes = Vec::new();
    /// encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
    /// let (mut head, limits) = (RequestHead::new(), Limits::new());
    /// assert_eq!(head.parse(&bytes, &limits, &mut Vec::new())?, Parsed::Incomplete);
    /// head.reset(); // the connection is gone, and the memory is used for another one
    /// encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
    /// let parsed = head.parse(&bytes, &limits, &mut Vec::new())?;
    /// assert_eq!(parsed, Parsed::Complete(bytes.len()));
    /// # Ok::<(), Rejection>(())
    /// ```
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
                    if !self.begin(header, content, limits, replies)? {
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
                        Record::Second => refuse(header.request_id, content, replies)?,
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

    /// Begins a request. Returns false if the request was refused.
    fn begin(
        &mut self,
        header: Header,
        content: &[u8],
        limits: &Limits,
        replies: &mut Vec<u8>,
    ) -> Result<bool, Rejection> {
        let content = content.first_chunk().ok_or(Rejection::BeginRequest)?;
        let BeginRequest { role, keep_conn } = BeginRequest::parse(*content);
        let is_authorizer = role == Role::AUTHORIZER;
        if role != Role::RESPONDER && !(is_authorizer && limits.authorizers) {
            if is_authorizer {
                deny(header.request_id, replies);
            }
            let status = ProtocolStatus::UnknownRole;
            encode::end_request(replies, header.request_id, 0, status);
            return if keep_conn {
                Ok(false)
            } else {
                Err(Rejection::Role)
            };
        }
        self.role = role;
        self.id = header.request_id;
        self.keep_conn = keep_conn;
        self.method = None;
        self.content_length = None;
        self.source = Source::Nothing;
        self.text.clear();
        self.interleaved = 0;
        Ok(true)
    }

    /// Ends a request that the web server has aborted.
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

    /// Counts a record that does not belong to the request.
    #[cold]
    fn interleave(&mut self, limits: &Limits) -> Result<(), Rejection> {
        self.interleaved += 1;
        if self.interleaved > limits.interleaved {
            return Err(Rejection::TooManyInterleaved);
        }
        Ok(())
    }

    /// Adds the parameters of a record, whose content starts at `start` in `bytes`.
    #[inline]
    fn add(&mut self, bytes: &[u8], start: usize, content: &[u8]) {
        if let Source::Nothing = self.source {
            self.source = Source::Record {
                start,
                end: start + content.len(),
            };
            return;
        }
        if let Source::Record { start, end } = self.source {
            self.text.extend_from_slice(&bytes[start..end]);
            self.source = Source::Records;
        }
        self.text.extend_from_slice(content);
    }

    /// Checks the pairs in the complete text.
    fn complete(&mut self, bytes: &[u8], limits: &Limits) -> Result<(), Rejection> {
        let text = match self.source {
            Source::Nothing => &[],
            Source::Record { start, end } => &bytes[start..end],
            Source::Records => &self.text[..],
        };
        let known = Known::check(text, limits.params)?;
        self.method = known.method;
        if self.role == Role::AUTHORIZER {
            // The length is that of the client's body, which is for a Responder.
            self.content_length = Some(0);
            return Ok(());
        }
        // Empty is the same as absent (RFC 3875 section 4.1.2).
        if let Some((start, end)) = known.content_length.filter(|(start, end)| start < end) {
            let length = decimal(&text[start as usize..end as usize])?;
            if length > limits.body {
                return Err(Rejection::BodyTooLarge);
            }
            self.content_length = Some(length);
        }
        Ok(())
    }
}

/// Denies the access that an Authorizer was asked about (section 6.3). Some web servers take
/// END_REQUEST without a response for a permission, whatever its status is.
#[cold]
fn deny(id: u16, replies: &mut Vec<u8>) {
    let response = b"Status: 500 Internal Server Error\r\n\r\n";
    encode::stream(replies, RecordType::STDOUT, id, response);
    encode::end_of_stream(replies, RecordType::STDOUT, id);
}

/// Refuses a request beside the current one, whose BEGIN_REQUEST has this content.
#[cold]
pub(crate) fn refuse(id: u16, content: &[u8], replies: &mut Vec<u8>) -> Result<(), Rejection> {
    let content = content.first_chunk().ok_or(Rejection::BeginRequest)?;
    if BeginRequest::parse(*content).role == Role::AUTHORIZER {
        deny(id, replies);
    }
    encode::end_request(replies, id, 0, ProtocolStatus::CantMpxConn);
    Ok(())
}

/// The value of `1*digit`. A number that does not fit in 64 bits is above every limit.
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
