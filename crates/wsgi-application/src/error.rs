//! Errors of an application, of any type.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    error::Error as StdError,
    fmt::{self, Write as _},
    io,
};

use wsgi_environ::InputError;

use crate::{disconnected::Disconnected, named_frames::named_frames};

/// Any error, made by `?` or from a string. It has the backtrace of that place, if `RUST_BACKTRACE`
/// is set.
///
/// It does not implement [`std::error::Error`] itself, so that every type that does can be
/// converted into it. `?` makes a `Box<dyn std::error::Error>` of it, such as that of a `main`.
///
/// ```
/// use wsgi_application::Error;
///
/// fn parse(text: &str) -> Result<u32, Error> {
///     if text.is_empty() {
///         return Err("a number is needed".into());
///     }
///     Ok(text.parse()?)
/// }
/// assert_eq!(parse("").unwrap_err().to_string(), "a number is needed");
/// assert!(parse("x").unwrap_err().downcast_ref::<std::num::ParseIntError>().is_some());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    source: Box<dyn StdError + Send + Sync>,
    backtrace: Backtrace,
}

impl Error {
    #[cold]
    fn new(source: Box<dyn StdError + Send + Sync>) -> Self {
        let backtrace = Backtrace::capture();
        Self(Box::new(Inner { source, backtrace }))
    }

    /// The error that this one was made from.
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use wsgi_application::Error;
    ///
    /// let error = Error::from("seven".parse::<u8>().unwrap_err());
    /// assert!(error.get_ref().is::<ParseIntError>());
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0.source
    }

    /// Takes out the error that this one was made from.
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use wsgi_application::Error;
    ///
    /// let error = Error::from("seven".parse::<u8>().unwrap_err());
    /// let cause = error.into_inner().downcast::<ParseIntError>().unwrap();
    /// assert_eq!(cause.to_string(), "invalid digit found in string");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> Box<dyn StdError + Send + Sync> {
        self.0.source
    }

    /// The place where this error was made; disabled unless `RUST_BACKTRACE` or
    /// `RUST_LIB_BACKTRACE` is set.
    ///
    /// ```
    /// use std::backtrace::BacktraceStatus;
    /// use wsgi_application::Error;
    ///
    /// let error = Error::from("out of ink");
    /// let is_captured = error.backtrace().status() == BacktraceStatus::Captured;
    /// let is_asked_for = |name| std::env::var(name).is_ok_and(|value| value != "0");
    /// assert_eq!(
    ///     is_captured,
    ///     is_asked_for("RUST_BACKTRACE") || is_asked_for("RUST_LIB_BACKTRACE")
    /// );
    /// ```
    pub fn backtrace(&self) -> &Backtrace {
        &self.0.backtrace
    }

    /// The [backtrace](Self::backtrace) as text, without the frames that have no name. `None` if
    /// there is no backtrace, or if the program was built without symbols, so that only the frames
    /// of the system's libraries have names.
    ///
    /// The names are looked up in each call, which takes time, and memory that the process keeps.
    ///
    /// ```
    /// use wsgi_application::Error;
    ///
    /// if let Some(frames) = Error::from("out of ink").named_frames() {
    ///     assert!(!frames.contains("<unknown>"));
    /// }
    /// ```
    #[must_use]
    pub fn named_frames(&self) -> Option<String> {
        match self.backtrace().status() {
            BacktraceStatus::Captured => named_frames(&self.backtrace().to_string()),
            _ => None,
        }
    }

    /// The error that this one was made from, if it is of type `E`.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.get_ref().downcast_ref()
    }

    /// The error that this one was made from and its causes, outermost first.
    ///
    /// ```
    /// use wsgi_application::Error;
    ///
    /// let error = Error::from("no such page");
    /// assert!(error.chain().map(ToString::to_string).eq(["no such page"]));
    /// ```
    pub fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        let first: &(dyn StdError + 'static) = self.get_ref();
        std::iter::successors(Some(first), |&error| error.source())
    }

    /// The messages of the [`chain`](Self::chain), for a log or a page. A message is left out if
    /// the one before ends with it, since some errors repeat their cause.
    ///
    /// ```
    /// use std::io;
    /// use wsgi_application::Error;
    ///
    /// #[derive(Debug)]
    /// struct Unreachable(io::Error);
    ///
    /// impl std::fmt::Display for Unreachable {
    ///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    ///         write!(f, "no answer: {}", self.0)
    ///     }
    /// }
    ///
    /// impl std::error::Error for Unreachable {
    ///     fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
    ///         Some(&self.0)
    ///     }
    /// }
    ///
    /// let error = Error::from(Unreachable(io::ErrorKind::ConnectionRefused.into()));
    /// assert!(error.messages().eq(["no answer: connection refused"]));
    /// assert_eq!(error.chain().count(), 2);
    /// ```
    pub fn messages(&self) -> impl Iterator<Item = String> {
        let mut before: Option<String> = None;
        self.chain().filter_map(move |error| {
            let mut text = String::new();
            // If the error's `Display` fails, a part of the message is better than nothing.
            let _ = write!(text, "{error}");
            if before
                .as_ref()
                .is_some_and(|before| before.ends_with(&text))
            {
                return None;
            }
            before = Some(text.clone());
            Some(text)
        })
    }

    /// The first error of type `E` among the error and its causes, outermost first.
    ///
    /// It also looks inside I/O errors, in which readers and writers pass on other errors. The
    /// [`chain`](Self::chain) does not.
    ///
    /// ```
    /// use std::{io, num::ParseIntError};
    /// use wsgi_application::Error;
    ///
    /// let cause = "x".parse::<u32>().unwrap_err();
    /// let error = Error::from(io::Error::other(io::Error::other(cause.clone())));
    /// assert_eq!(error.find::<ParseIntError>(), Some(&cause));
    /// assert!(error.downcast_ref::<ParseIntError>().is_none());
    /// ```
    #[must_use]
    pub fn find<E: StdError + 'static>(&self) -> Option<&E> {
        self.causes().find_map(|error| error.downcast_ref())
    }

    /// The error of the request's body, if that is the cause; see [`find`](Self::find). A gateway
    /// then answers 400, 408 or 413 instead of 500.
    ///
    /// ```
    /// use std::io;
    /// use wsgi_application::Error;
    /// use wsgi_environ::InputError;
    ///
    /// let error = Error::from(io::Error::from(InputError::TooLarge));
    /// assert_eq!(error.input_error(), Some(&InputError::TooLarge));
    /// ```
    #[must_use]
    pub fn input_error(&self) -> Option<&InputError> {
        self.find()
    }

    /// Whether the cause is that the client went away. This is not a failure of the application,
    /// and a gateway does not log it.
    ///
    /// ```
    /// use std::io;
    /// use wsgi_application::{Disconnected, Error};
    ///
    /// assert!(Error::from(io::Error::from(Disconnected)).is_disconnected());
    /// assert!(!Error::from(io::Error::from(io::ErrorKind::NotFound)).is_disconnected());
    /// ```
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.find::<Disconnected>().is_some()
            || self
                .causes()
                .any(|error| error.downcast_ref() == Some(&InputError::Disconnected))
    }

    /// Converts into an [`io::Error`], for use inside a reader or writer. If this error was made
    /// from an I/O error, that one is returned unchanged.
    ///
    /// ```
    /// use std::io;
    /// use wsgi_application::Error;
    ///
    /// let error = Error::from(io::Error::from(io::ErrorKind::NotFound));
    /// assert_eq!(error.into_io().kind(), io::ErrorKind::NotFound);
    /// ```
    #[must_use]
    pub fn into_io(self) -> io::Error {
        match self.0.source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        }
    }

    /// The error for a writer, while this error itself goes to the gateway.
    pub(crate) fn to_io(&self) -> io::Error {
        if self.is_disconnected() {
            return Disconnected.into();
        }
        io::Error::other(self.to_string())
    }

    /// The chain, including the errors that I/O errors wrap. The source of an I/O error is not the
    /// error that it wraps, but the source of that one.
    fn causes(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        let first: &(dyn StdError + 'static) = self.get_ref();
        std::iter::successors(Some(first), |&error| {
            match error.downcast_ref::<io::Error>() {
                Some(error) => error
                    .get_ref()
                    .map(|wrapped| wrapped as &(dyn StdError + 'static)),
                None => error.source(),
            }
        })
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Error {
    fn from(error: E) -> Self {
        Self::new(error.into())
    }
}

/// The error that this one was made from, without its backtrace.
///
/// ```
/// use wsgi_application::Error;
///
/// fn open() -> Result<(), Error> {
///     Err("the door is locked".into())
/// }
///
/// fn enter() -> Result<(), Box<dyn std::error::Error>> {
///     open()?;
///     Ok(())
/// }
/// assert_eq!(enter().unwrap_err().to_string(), "the door is locked");
/// ```
impl From<Error> for Box<dyn StdError> {
    fn from(error: Error) -> Self {
        error.into_inner()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disconnected_client_is_recognised_through_io_errors_and_causes() {
        assert!(Error::from(Disconnected).is_disconnected());
        assert!(Error::from(io::Error::from(Disconnected)).is_disconnected());
        assert!(Error::from(io::Error::from(InputError::Disconnected)).is_disconnected());
        let wrapped = io::Error::other(io::Error::from(Disconnected));
        assert!(Error::from(wrapped).is_disconnected());
        assert!(!Error::from("other").is_disconnected());
        assert!(!Error::from(io::Error::other("other")).is_disconnected());
    }

    #[test]
    fn an_input_error_is_found_inside_io_and_wrapping_errors() {
        #[derive(Debug)]
        struct Wrapped(io::Error);
        impl fmt::Display for Wrapped {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("reading the form")
            }
        }
        impl StdError for Wrapped {
            fn source(&self) -> Option<&(dyn StdError + 'static)> {
                Some(&self.0)
            }
        }
        let error = Error::from(Wrapped(InputError::TooLarge.into()));
        assert_eq!(
            error.input_error().map(|error| error.status_code()),
            Some(413)
        );
        assert!(Error::from("x").input_error().is_none());
    }

    #[test]
    fn the_outermost_error_of_a_type_is_found() {
        let outer = io::Error::other(InputError::TooLarge);
        let error = Error::from(io::Error::new(io::ErrorKind::NotFound, outer));
        let kind = error.find::<io::Error>().map(io::Error::kind);
        assert_eq!(kind, Some(io::ErrorKind::NotFound));
        assert_eq!(error.find(), Some(&InputError::TooLarge));
        assert!(error.find::<Disconnected>().is_none());
    }

    #[test]
    fn a_message_that_ends_with_its_cause_stands_for_both() {
        /// An error with a message and a cause.
        #[derive(Debug)]
        struct Caused(&'static str, Option<Box<Caused>>);
        impl fmt::Display for Caused {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
        impl StdError for Caused {
            fn source(&self) -> Option<&(dyn StdError + 'static)> {
                self.1.as_deref().map(|cause| cause as _)
            }
        }
        let cause = |text, cause| Some(Box::new(Caused(text, cause)));
        let error = Caused("b: c", cause("c", cause("d", None)));
        let error = Error::from(Caused("a", Some(Box::new(error))));
        assert!(
            error
                .chain()
                .map(ToString::to_string)
                .eq(["a", "b: c", "c", "d"])
        );
        assert!(error.messages().eq(["a", "b: c", "d"]));
    }

    #[test]
    fn the_text_of_an_error_is_that_of_the_wrapped_one() {
        let error = Error::from("out of tea");
        assert_eq!(format!("{error} {error:?}"), "out of tea \"out of tea\"");
        let text = Error::from(Disconnected).to_string();
        assert_eq!(text, "the client closed the connection");
    }

    #[test]
    fn an_io_error_is_unchanged_after_the_conversion_to_error_and_back() {
        let error = Error::from(io::Error::new(io::ErrorKind::NotFound, "gone"));
        assert_eq!(error.into_io().kind(), io::ErrorKind::NotFound);
        assert_eq!(Error::from("text").into_io().to_string(), "text");
    }
}
