//! The error of a URL that cannot be built.

use std::{error::Error as StdError, fmt};

/// The reason why [`Request::url_for`](crate::Request::url_for) has no URL. It is a mistake in the
/// application, so an [`Adaptor`](crate::Adaptor) answers 500 and logs it.
///
/// ```
/// use wsgi_adaptor::Adaptor;
///
/// let app = Adaptor::new()
///     .get("/", |request| request.url_for("dihs", &[]))
///     .get("/menu/{dish}", |_| "soup")
///     .name("dish", "/menu/{dish}");
/// let response = wsgi_testing::Request::get("/").call(&app);
/// assert_eq!(response.status().code(), 500);
/// assert!(response.errors().contains(r#"no path has the name "dihs", only ["dish"]"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// No path has this name. Give it one with [`Adaptor::name`](crate::Adaptor::name).
    UnknownName {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The path has a parameter for which there is no value.
    MissingParameter {
        /// The parameter's name.
        name: String,
    },
    /// The path with this value would not be found again: the value is empty, has a slash or NUL,
    /// makes a segment that is `.` or `..`, or the path is that of another route or mounted
    /// adaptor, such as `/articles/new` beside `/articles/{id}`.
    UnfitParameter {
        /// The parameter's name.
        name: String,
    },
    /// Another mounted adaptor is at the path, which has no parameters.
    HiddenPath {
        /// The decoded path, without the prefix of its adaptor.
        path: String,
    },
    /// The request does not tell the host.
    NoHost,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName { name, known } => {
                write!(f, "no path has the name {name:?}, only {known:?}")
            }
            Self::MissingParameter { name } => write!(f, "the URL needs the parameter {name:?}"),
            Self::UnfitParameter { name } => {
                write!(
                    f,
                    "the URL cannot have this value of the parameter {name:?}"
                )
            }
            Self::HiddenPath { path } => {
                write!(f, "another adaptor is mounted at the path {path:?}")
            }
            Self::NoHost => f.write_str("the request does not tell the host of the URL"),
        }
    }
}

impl StdError for UrlError {}
