//! The type of a record.

/// The type of a record (section 8). Numbers other than those named here are possible.
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
    pub const BEGIN_REQUEST: Self = Self(1);
    /// A web server aborts a request (section 5.4).
    pub const ABORT_REQUEST: Self = Self(2);
    /// An application has ended a request (section 5.5).
    pub const END_REQUEST: Self = Self(3);
    /// A piece of the parameters of a request, or their end (section 5.2).
    pub const PARAMS: Self = Self(4);
    /// A piece of the body of a request, or its end (section 5.3).
    pub const STDIN: Self = Self(5);
    /// A piece of a response, or its end (section 5.3).
    pub const STDOUT: Self = Self(6);
    /// A piece of an application's error reports, or their end (section 5.3).
    pub const STDERR: Self = Self(7);
    /// A piece of the file for a Filter, or its end (section 5.3).
    pub const DATA: Self = Self(8);
    /// A web server asks for values (section 4.1).
    pub const GET_VALUES: Self = Self(9);
    /// An application answers GET_VALUES (section 4.1).
    pub const GET_VALUES_RESULT: Self = Self(10);
    /// An application answers a management record that it does not know (section 4.2).
    pub const UNKNOWN_TYPE: Self = Self(11);
}
