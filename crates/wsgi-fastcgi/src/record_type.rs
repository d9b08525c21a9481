//! What a record is.

/// What a record is (section 8); a number that is none of those named here is possible.
///
/// ```
/// use wsgi_fastcgi::RecordType;
///
/// assert_eq!(RecordType::PARAMS, RecordType(4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordType(pub u8);

impl RecordType {
    /// A web server begins a request (section 5.1).
    pub const BEGIN_REQUEST: RecordType = RecordType(1);
    /// A web server gives a request up (section 5.4).
    pub const ABORT_REQUEST: RecordType = RecordType(2);
    /// An application has ended a request (section 5.5).
    pub const END_REQUEST: RecordType = RecordType(3);
    /// A piece of a request's parameters, or their end (section 5.2).
    pub const PARAMS: RecordType = RecordType(4);
    /// A piece of a request's body, or its end (section 5.3).
    pub const STDIN: RecordType = RecordType(5);
    /// A piece of a response, or its end (section 5.3).
    pub const STDOUT: RecordType = RecordType(6);
    /// A piece of what an application has to say of errors, or its end (section 5.3).
    pub const STDERR: RecordType = RecordType(7);
    /// A piece of the file that a Filter is to filter, or its end (section 5.3).
    pub const DATA: RecordType = RecordType(8);
    /// A web server asks for values (section 4.1).
    pub const GET_VALUES: RecordType = RecordType(9);
    /// An application's answer to that (section 4.1).
    pub const GET_VALUES_RESULT: RecordType = RecordType(10);
    /// An application's answer to a management record that it does not know (section 4.2).
    pub const UNKNOWN_TYPE: RecordType = RecordType(11);
}
