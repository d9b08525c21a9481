//! The variable of a header field (RFC 3875 section 4.1.18).

const PREFIX: &[u8] = b"HTTP_";

/// The length of a variable's name for which there is room on the stack.
const USUAL: usize = 64;

/// The entry of bytes that cannot be in a variable's name; no UTF-8 text contains this byte.
const NONE: u8 = 0xff;

/// The byte of the variable's name for each byte of a field name. An underscore has none, since
/// `X_Forwarded_For` would be mistaken for `X-Forwarded-For`.
const VARIABLE_BYTES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut byte = 0;
    while byte < 0x80 {
        table[byte as usize] = match byte {
            b'-' => b'_',
            b'_' => NONE,
            _ => byte.to_ascii_uppercase(),
        };
        byte += 1;
    }
    table
};

/// Whether a field of this name becomes the `HTTP_*` variable that ends in `variable`.
pub(crate) fn is_variable(name: &[u8], variable: &str) -> bool {
    let mut bytes = name.iter().zip(variable.as_bytes());
    name.len() == variable.len()
        && !name.is_empty()
        && bytes.all(|(&byte, &expected)| VARIABLE_BYTES[usize::from(byte)] == expected)
        && !is_withheld(variable)
}

/// The variable of a field with this name, if it has one.
pub(crate) fn variable(name: &[u8]) -> Option<String> {
    with_variable(name, str::to_owned)
}

/// Calls a function with the variable of a field with this name, if it has one. A usual name needs
/// no memory.
#[inline]
pub(crate) fn with_variable<R>(name: &[u8], work: impl FnOnce(&str) -> R) -> Option<R> {
    let mut short = [0; USUAL];
    let mut long = Vec::new();
    let length = PREFIX.len() + name.len();
    let variable = match short.get_mut(..length) {
        Some(short) => short,
        None => {
            long.resize(length, 0);
            &mut long[..]
        }
    };
    let (prefix, rest) = variable.split_at_mut(PREFIX.len());
    prefix.copy_from_slice(PREFIX);
    for (to, &from) in rest.iter_mut().zip(name) {
        *to = VARIABLE_BYTES[usize::from(from)];
    }
    let variable = str::from_utf8(variable).ok()?; // fails if a byte has no entry
    let field = &variable[PREFIX.len()..];
    (!field.is_empty() && !is_withheld(field)).then(|| work(variable))
}

/// Whether a field has no `HTTP_*` variable. `HTTP_PROXY` would configure an application's HTTP
/// clients (CVE-2016-5385). The other fields have a variable without the prefix, or describe a
/// framing that the input no longer has.
pub(crate) fn is_withheld(variable: &str) -> bool {
    matches!(
        variable,
        "PROXY" | "CONTENT_TYPE" | "CONTENT_LENGTH" | "TRANSFER_ENCODING"
    )
}

/// Whether a field has a single value and is not a list, by the name of its variable without the
/// prefix: the fields of RFC 9110 that a request may have, and `Origin` (RFC 6454 section 7.3).
pub(crate) fn is_single(variable: &str) -> bool {
    matches!(
        variable,
        "AUTHORIZATION"
            | "CONTENT_LOCATION"
            | "CONTENT_RANGE"
            | "DATE"
            | "FROM"
            | "HOST"
            | "IF_MODIFIED_SINCE"
            | "IF_RANGE"
            | "IF_UNMODIFIED_SINCE"
            | "LAST_MODIFIED"
            | "MAX_FORWARDS"
            | "ORIGIN"
            | "PROXY_AUTHORIZATION"
            | "RANGE"
            | "REFERER"
            | "USER_AGENT"
    )
}

#[cfg(test)]
mod tests {
    use super::{is_variable, variable};

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(variable(name.as_bytes()).as_deref(), expected);
        if let Some(expected) = expected {
            assert!(is_variable(name.as_bytes(), &expected["HTTP_".len()..]));
        }
    }

    #[test]
    fn a_field_name_is_written_in_capitals_with_underscores() {
        check("Host", Some("HTTP_HOST"));
        check("x-request-ID", Some("HTTP_X_REQUEST_ID"));
        check("X.!7", Some("HTTP_X.!7"));
    }

    #[test]
    fn names_that_would_collide_have_no_variable() {
        check("X_Forwarded_For", None);
        check("\u{e9}", None);
        check("", None);
        for byte in 0x80..=0xff {
            assert_eq!(variable(&[byte]), None, "{byte}");
        }
        for other in ["X_Y", "X-Y", "X\0Y", "x_y"] {
            assert!(!is_variable(b"X_Y", other), "{other}");
        }
        assert!(!is_variable(b"\xff", "\u{ff}"));
        assert!(!is_variable(b"", ""));
    }

    #[test]
    fn fields_an_application_must_not_see_have_no_variable() {
        for name in [
            "Proxy",
            "Content-Type",
            "content-length",
            "Transfer-Encoding",
        ] {
            check(name, None);
            let ending = name.to_ascii_uppercase().replace('-', "_");
            assert!(!is_variable(name.as_bytes(), &ending));
        }
    }
}
