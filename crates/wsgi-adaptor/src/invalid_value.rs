//! The error of a value that is not what a handler expects.

use std::{borrow::Cow, error::Error as StdError, fmt};

/// The reason why a value of the query or a form is not what a handler asked for.
///
/// `Display` writes a sentence for the client. It names no types of the application; what their own
/// `Deserialize` says is the [`source`](StdError::source), which only
/// [`debug`](crate::Adaptor::debug) shows: a client's mistake is not logged.
///
/// ```
/// use wsgi_adaptor::{Adaptor, Request, RequestError};
///
/// fn page(request: &Request<'_>) -> Result<String, RequestError> {
///     let page: u8 = request.query().parse("page")?.unwrap_or(1);
///     Ok(format!("page {page}"))
/// }
///
/// let app = Adaptor::new().get("/", page);
/// let get = |target| wsgi_testing::Request::get(target).call(&app);
/// assert_eq!(get("/?page=2").text(), "page 2");
/// assert_eq!(get("/").text(), "page 1");
/// assert_eq!(get("/?page=two").text(), "400 Bad Request: the value of \"page\" is malformed\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    name: Option<String>,
    /// Whether the name itself is wrong, and not its value.
    is_of_name: bool,
    /// Whether the name is that of a field of a value whose own name comes before it.
    is_relative: bool,
    reason: Cow<'static, str>,
    cause: Option<Cause>,
}

impl InvalidValue {
    /// An error without a name yet, with the end of a sentence about the value.
    pub(crate) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: None,
            is_of_name: false,
            is_relative: false,
            reason: reason.into(),
            cause: None,
        }
    }

    /// The error of a value that does not parse.
    pub(crate) fn malformed(cause: impl fmt::Display) -> Self {
        Self {
            cause: Some(Cause(cause.to_string())),
            ..Self::new("is malformed")
        }
    }

    /// Sets the name, unless it has one.
    pub(crate) fn of(mut self, name: &str) -> Self {
        self.name.get_or_insert_with(|| name.to_owned());
        self
    }

    /// Makes it the error of a name that the type has no place for.
    #[cfg(feature = "serde")]
    pub(crate) fn of_name(self, name: &str) -> Self {
        Self {
            cause: self.cause,
            ..Self::unexpected(name)
        }
    }

    /// The error of a name that is not expected.
    #[cfg(feature = "serde")]
    pub(crate) fn unexpected(name: &str) -> Self {
        Self {
            is_of_name: true,
            ..Self::new(crate::reasons::UNEXPECTED).of(name)
        }
    }

    /// The error of a name with empty brackets in place of a number.
    #[cfg(feature = "serde")]
    pub(crate) fn without_index(name: &str) -> Self {
        Self {
            reason: "needs a number between its last brackets".into(),
            ..Self::unexpected(name)
        }
    }

    /// Marks the name as that of a field of the value that is read.
    #[cfg(feature = "serde")]
    pub(crate) fn of_field(self) -> Self {
        Self {
            is_relative: true,
            ..self
        }
    }

    /// Makes it the error of a value of this name, or of the field of it that is named. A whole
    /// name stays.
    #[cfg(feature = "serde")]
    pub(crate) fn within(self, outer: &str) -> Self {
        let name = match self.name {
            None => outer.to_owned(),
            Some(field) if self.is_relative => format!("{outer}[{field}]"),
            Some(name) => name,
        };
        Self {
            name: Some(name),
            is_relative: false,
            ..self
        }
    }

    /// The name of the value. `None` if no single value is wrong.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, RequestError};
    ///
    /// fn page(request: &Request<'_>) -> String {
    ///     match request.query().parse::<u8>("page") {
    ///         Ok(page) => format!("page {}", page.unwrap_or(1)),
    ///         Err(RequestError::Query(error)) => format!("correct {:?}", error.name()),
    ///         Err(error) => error.to_string(),
    ///     }
    /// }
    ///
    /// let app = Adaptor::new().get("/", page);
    /// let response = wsgi_testing::Request::get("/?page=two").call(&app);
    /// assert_eq!(response.text(), "correct Some(\"page\")");
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) if self.is_of_name => write!(f, "the name {name:?} {}", self.reason),
            Some(name) => write!(f, "the value of {name:?} {}", self.reason),
            None => write!(f, "the input {}", self.reason),
        }
    }
}

impl StdError for InvalidValue {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = self.cause.as_ref();
        cause.map(|cause| cause as &(dyn StdError + 'static))
    }
}

/// The reason that the type itself gives.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Cause {}
