//! The reason of a failure, for the log.

use std::fmt;

/// The longest reason that a line gives.
const MAX_REASON: usize = 200;

/// The reason of a failure as a line of the log has it. Parts of it may come from the client.
pub(crate) struct Reason<'a, E>(pub(crate) &'a E);

impl<E: fmt::Display> fmt::Display for Reason<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let mut chars = text.chars();
        for char in chars.by_ref().take(MAX_REASON) {
            match char.is_control() {
                true => write!(f, "{}", char.escape_default())?,
                false => write!(f, "{char}")?,
            }
        }
        match chars.next() {
            Some(_) => f.write_str("..."),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(Reason(&"a\r\nb\u{1b}").to_string(), "a\\r\\nb\\u{1b}");
        let long = "x".repeat(MAX_REASON + 1);
        assert_eq!(Reason(&long).to_string().len(), MAX_REASON + 3);
        assert_eq!(Reason(&&long[1..]).to_string(), long[1..]);
    }
}
