//! What a record means where it comes.

use crate::begin::BeginRequest;
use crate::management::MOST_VALUES;
use crate::{Header, NULL_REQUEST_ID, RecordType, Rejection};

/// What a record means on a connection that has one request at a time, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// It begins a request, and there is none.
    Begin,
    /// It begins a request beside the one that there is.
    Second,
    /// Parameters of the request.
    Params,
    /// The request's body.
    Stdin,
    /// The request is given up.
    Abort,
    /// It is of no request that there is, or nothing that a Responder reads.
    Ignored,
    /// A question for values.
    GetValues,
    /// A management record that is not known.
    Unknown,
}

impl Record {
    /// What a record with this header means while the request `current` is active; none is where
    /// that is [`NULL_REQUEST_ID`].
    #[inline]
    pub(crate) fn of(header: Header, current: u16) -> Result<Record, Rejection> {
        let id = header.request_id;
        match header.record_type {
            RecordType::PARAMS if id == current && id != NULL_REQUEST_ID => Ok(Record::Params),
            RecordType::STDIN if id == current && id != NULL_REQUEST_ID => Ok(Record::Stdin),
            _ => Record::of_rare(header, current),
        }
    }

    fn of_rare(header: Header, current: u16) -> Result<Record, Rejection> {
        let id = header.request_id;
        match header.record_type {
            RecordType::END_REQUEST
            | RecordType::STDOUT
            | RecordType::STDERR
            | RecordType::GET_VALUES_RESULT
            | RecordType::UNKNOWN_TYPE => Err(Rejection::RecordType),
            RecordType::GET_VALUES if id != NULL_REQUEST_ID => Err(Rejection::RequestId),
            RecordType::GET_VALUES if usize::from(header.content_length) > MOST_VALUES => {
                Err(Rejection::ValuesTooLarge)
            }
            RecordType::GET_VALUES => Ok(Record::GetValues),
            RecordType::BEGIN_REQUEST
            | RecordType::ABORT_REQUEST
            | RecordType::PARAMS
            | RecordType::STDIN
            | RecordType::DATA
                if id == NULL_REQUEST_ID =>
            {
                Err(Rejection::RequestId)
            }
            RecordType::BEGIN_REQUEST
                if usize::from(header.content_length) != BeginRequest::LENGTH =>
            {
                Err(Rejection::BeginRequest)
            }
            RecordType::BEGIN_REQUEST if current == NULL_REQUEST_ID => Ok(Record::Begin),
            RecordType::BEGIN_REQUEST if id == current => Err(Rejection::RecordOrder),
            RecordType::BEGIN_REQUEST => Ok(Record::Second),
            RecordType::ABORT_REQUEST if id == current => Ok(Record::Abort),
            // While an id is inactive, its records are ignored (section 3.3).
            RecordType::ABORT_REQUEST
            | RecordType::PARAMS
            | RecordType::STDIN
            | RecordType::DATA => Ok(Record::Ignored),
            _ if id == NULL_REQUEST_ID => Ok(Record::Unknown),
            _ => Err(Rejection::RecordType),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a record of this type, id and content length is while request 1 is active, and while
    /// none is.
    #[track_caller]
    fn check(
        (record_type, request_id, content_length): (RecordType, u16, u16),
        active: Result<Record, Rejection>,
        idle: Result<Record, Rejection>,
    ) {
        let header = Header {
            record_type,
            request_id,
            content_length,
            padding_length: 0,
        };
        assert_eq!(Record::of(header, 1), active, "{header:?} beside a request");
        assert_eq!(Record::of(header, 0), idle, "{header:?} without a request");
    }

    #[test]
    fn a_record_means_what_its_type_and_its_id_say() {
        use Record::*;
        use RecordType as Type;
        check(
            (Type::BEGIN_REQUEST, 1, 8),
            Err(Rejection::RecordOrder),
            Ok(Begin),
        );
        check((Type::BEGIN_REQUEST, 2, 8), Ok(Second), Ok(Begin));
        check((Type::ABORT_REQUEST, 1, 0), Ok(Abort), Ok(Ignored));
        check((Type::ABORT_REQUEST, 2, 0), Ok(Ignored), Ok(Ignored));
        check((Type::PARAMS, 1, 0), Ok(Params), Ok(Ignored));
        check((Type::PARAMS, 2, 9), Ok(Ignored), Ok(Ignored));
        check((Type::STDIN, 1, 9), Ok(Stdin), Ok(Ignored));
        check((Type::STDIN, 65_535, 9), Ok(Ignored), Ok(Ignored));
        check((Type::DATA, 1, 9), Ok(Ignored), Ok(Ignored));
        check((Type::GET_VALUES, 0, 9), Ok(GetValues), Ok(GetValues));
        for unknown in [0, 12, 255] {
            check((RecordType(unknown), 0, 9), Ok(Unknown), Ok(Unknown));
        }
    }

    #[test]
    fn a_record_that_no_web_server_sends_is_refused() {
        use RecordType as Type;
        let cases = [
            (Type::BEGIN_REQUEST, 1, 7, Rejection::BeginRequest),
            (Type::BEGIN_REQUEST, 2, 9, Rejection::BeginRequest),
            (Type::BEGIN_REQUEST, 0, 8, Rejection::RequestId),
            (Type::ABORT_REQUEST, 0, 0, Rejection::RequestId),
            (Type::END_REQUEST, 1, 8, Rejection::RecordType),
            (Type::END_REQUEST, 0, 8, Rejection::RecordType),
            (Type::PARAMS, 0, 0, Rejection::RequestId),
            (Type::STDIN, 0, 0, Rejection::RequestId),
            (Type::STDOUT, 1, 0, Rejection::RecordType),
            (Type::STDERR, 1, 0, Rejection::RecordType),
            (Type::DATA, 0, 0, Rejection::RequestId),
            (Type::GET_VALUES, 1, 0, Rejection::RequestId),
            (Type::GET_VALUES, 0, 1025, Rejection::ValuesTooLarge),
            (Type::GET_VALUES_RESULT, 0, 0, Rejection::RecordType),
            (Type::UNKNOWN_TYPE, 0, 8, Rejection::RecordType),
            (RecordType(0), 1, 0, Rejection::RecordType),
            (RecordType(12), 2, 0, Rejection::RecordType),
        ];
        for (record_type, id, length, rejection) in cases {
            check((record_type, id, length), Err(rejection), Err(rejection));
        }
    }
}
