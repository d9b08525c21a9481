//! The meaning of a record in its place.

use crate::{
    begin::BeginRequest,
    header::{Header, NULL_REQUEST_ID},
    management::MAX_VALUES_BYTES,
    record_type::RecordType,
    rejection::Rejection,
};

/// The meaning of a record on a connection with at most one request at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// It begins a request while none is active.
    Begin,
    /// It begins a second request beside the active one.
    Second,
    /// Parameters of the request.
    Params,
    /// The body of the request.
    Stdin,
    /// The web server aborts the request.
    Abort,
    /// It belongs to a request that is not active, or is not for a Responder.
    Ignored,
    /// A query for values.
    GetValues,
    /// An unknown management record.
    Unknown,
}

impl Record {
    /// The meaning of a record while the request `current` is active, or none if `current` is
    /// [`NULL_REQUEST_ID`].
    #[inline]
    pub(crate) fn of(header: Header, current: u16) -> Result<Self, Rejection> {
        let id = header.request_id;
        match header.record_type {
            RecordType::PARAMS if id == current && id != NULL_REQUEST_ID => Ok(Self::Params),
            RecordType::STDIN if id == current && id != NULL_REQUEST_ID => Ok(Self::Stdin),
            _ => Self::of_rare(header, current),
        }
    }

    fn of_rare(header: Header, current: u16) -> Result<Self, Rejection> {
        let id = header.request_id;
        match header.record_type {
            RecordType::END_REQUEST
            | RecordType::STDOUT
            | RecordType::STDERR
            | RecordType::GET_VALUES_RESULT
            | RecordType::UNKNOWN_TYPE => Err(Rejection::RecordType),
            RecordType::GET_VALUES if id != NULL_REQUEST_ID => Err(Rejection::RequestId),
            RecordType::GET_VALUES if usize::from(header.content_length) > MAX_VALUES_BYTES => {
                Err(Rejection::ValuesTooLarge)
            }
            RecordType::GET_VALUES => Ok(Self::GetValues),
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
            RecordType::BEGIN_REQUEST if current == NULL_REQUEST_ID => Ok(Self::Begin),
            RecordType::BEGIN_REQUEST if id == current => Err(Rejection::RecordOrder),
            RecordType::BEGIN_REQUEST => Ok(Self::Second),
            RecordType::ABORT_REQUEST if id == current => Ok(Self::Abort),
            // While an id is inactive, its records are ignored (section 3.3).
            RecordType::ABORT_REQUEST
            | RecordType::PARAMS
            | RecordType::STDIN
            | RecordType::DATA => Ok(Self::Ignored),
            _ if id == NULL_REQUEST_ID => Ok(Self::Unknown),
            _ => Err(Rejection::RecordType),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(record_type: RecordType, request_id: u16, content_length: u16) -> Header {
        Header {
            record_type,
            request_id,
            content_length,
            padding_length: 0,
        }
    }

    /// Checks the meaning of a record while request 1 is active, and while no request is.
    #[track_caller]
    fn check(header: Header, active: Result<Record, Rejection>, idle: Result<Record, Rejection>) {
        assert_eq!(Record::of(header, 1), active, "{header:?} beside a request");
        assert_eq!(Record::of(header, 0), idle, "{header:?} without a request");
    }

    #[test]
    fn the_meaning_of_a_record_follows_from_its_type_and_its_id() {
        use Record::*;
        use RecordType as Type;
        check(
            header(Type::BEGIN_REQUEST, 1, 8),
            Err(Rejection::RecordOrder),
            Ok(Begin),
        );
        check(header(Type::BEGIN_REQUEST, 2, 8), Ok(Second), Ok(Begin));
        check(header(Type::ABORT_REQUEST, 1, 0), Ok(Abort), Ok(Ignored));
        check(header(Type::ABORT_REQUEST, 2, 0), Ok(Ignored), Ok(Ignored));
        check(header(Type::PARAMS, 1, 0), Ok(Params), Ok(Ignored));
        check(header(Type::PARAMS, 2, 9), Ok(Ignored), Ok(Ignored));
        check(header(Type::STDIN, 1, 9), Ok(Stdin), Ok(Ignored));
        check(header(Type::STDIN, 65_535, 9), Ok(Ignored), Ok(Ignored));
        check(header(Type::DATA, 1, 9), Ok(Ignored), Ok(Ignored));
        check(header(Type::GET_VALUES, 0, 9), Ok(GetValues), Ok(GetValues));
        for unknown in [0, 12, 255] {
            check(header(RecordType(unknown), 0, 9), Ok(Unknown), Ok(Unknown));
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
            check(
                header(record_type, id, length),
                Err(rejection),
                Err(rejection),
            );
        }
    }
}
