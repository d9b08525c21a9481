//! Errors that say what failed and why.

use std::{error::Error, io};

/// An error whose message is "cannot `action`", the error, and each of its causes.
pub(crate) fn cannot(action: &str, error: &dyn Error) -> io::Error {
    let mut message = format!("cannot {action}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = format!(": {error}");
        // Some errors name their cause themselves.
        if !message.ends_with(&text) {
            message += &text;
        }
        cause = error.source();
    }
    io::Error::other(message)
}

#[cfg(test)]
mod tests {
    use wsgi::sessions::StoreError;

    use super::*;

    #[test]
    fn a_cause_that_an_error_names_itself_appears_once() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let wrapped = cannot("reach it", &refused);
        let message = cannot("serve", &StoreError::unavailable(wrapped)).to_string();
        assert!(
            message.starts_with("cannot serve: the session store"),
            "{message}"
        );
        assert_eq!(
            message.matches("connection refused").count(),
            1,
            "{message}"
        );
    }
}
