//! Panics of application code.

use std::{
    any::Any,
    error::Error as StdError,
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use wsgi_application::Result;

/// A panic of the application, as an error with its message.
///
/// ```
/// use wsgi_application::{Environ, application};
/// use wsgi_gateway::{Engine, Exchange, Panic, Rules};
/// # use std::sync::{Arc, Mutex};
/// # use wsgi_gateway::{Framing, Transport};
/// # struct Discard;
/// # impl Transport for Discard {
/// #     fn head(&mut self, _: &wsgi_application::Head, _: Framing) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// #     fn body(&mut self, _: &[u8]) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// #     fn flush(&mut self) -> std::io::Result<()> {
/// #         Ok(())
/// #     }
/// # }
///
/// let panicked = Arc::new(Mutex::new(None));
/// let noted = panicked.clone();
/// let engine = Engine::new().log_exception(move |_environ, error| {
///     *noted.lock().unwrap() = error.downcast_ref::<Panic>().map(ToString::to_string);
/// });
/// let app = application(|_environ, _start_response| panic!("out of ink"));
/// // `Discard` is a transport, as in the example of `Engine`.
/// let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
/// let delivery =
///     engine.respond(&app, &mut environ, Rules::default(), &mut exchange, &mut Discard);
/// assert_eq!(delivery.status_code(&exchange), Some(500));
/// assert!(panicked.lock().unwrap().as_ref().unwrap().contains("out of ink"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic(String);

impl Panic {
    /// The error of a panic with this payload.
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        let payload = match payload.downcast::<String>() {
            Ok(message) => return Self(*message),
            Err(payload) => payload,
        };
        match payload.downcast::<&'static str>() {
            Ok(message) => Self((*message).to_owned()),
            Err(payload) => {
                mem::forget(payload); // its drop could panic
                Self("no message".to_owned())
            }
        }
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.0)
    }
}

impl StdError for Panic {}

/// Runs `code` and turns its panic into an error. The caller does not rely on any state that `code`
/// changed before the panic.
pub(crate) fn caught<T>(code: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(code)).unwrap_or_else(|payload| Err(Panic::new(payload).into()))
}

/// Drops a value of the application and ignores a panic.
pub(crate) fn discard<T>(value: T) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(value))).map_err(mem::forget);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(payload: impl FnOnce() -> Result<()>, message: &str) {
        let error = caught(payload).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.downcast_ref::<Panic>().is_some());
    }

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        check(|| panic!("literal"), "panicked: literal");
        check(|| panic!("{}", 1 + 1), "panicked: 2");
        check(|| std::panic::panic_any(7), "panicked: no message");
    }

    /// Panics when it is dropped, with another such value.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            std::panic::panic_any(Self);
        }
    }

    /// Runs `code` and forgets its panic. A bomb in it would keep the thread of the test from
    /// ending.
    fn intact<T>(code: impl FnOnce() -> T) -> std::result::Result<T, ()> {
        catch_unwind(AssertUnwindSafe(code)).map_err(mem::forget)
    }

    #[test]
    fn a_drop_that_panics_is_survived() {
        assert!(intact(|| discard(Bomb)).is_ok());
    }

    #[test]
    fn a_payload_whose_drop_panics_is_not_dropped() {
        let error = intact(|| caught::<()>(|| std::panic::panic_any(Bomb)).unwrap_err());
        assert_eq!(error.unwrap().to_string(), "panicked: no message");
    }
}
