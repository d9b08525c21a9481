//! The boundary of a multipart form.

use wsgi_headers::{ParameterizedValue, Value, is_token};

use crate::form_error::FormError;

/// The boundary between the parts of a multipart form: 1 to 200 valid characters.
///
/// RFC 2046 section 5.1.1 allows 70 characters of fewer kinds. Programs send longer boundaries,
/// with any character that a Content-Type allows without quotes.
///
/// ```
/// use wsgi_forms::{Boundary, FormError};
///
/// let boundary = Boundary::from_content_type("multipart/form-data; boundary=\"a b\"")?;
/// assert_eq!(boundary.as_str(), "a b");
/// assert_eq!(boundary, Boundary::new("a b")?);
///
/// let error = Boundary::from_content_type("multipart/form-data").unwrap_err();
/// assert!(matches!(error, FormError::Boundary));
/// let error = Boundary::from_content_type("multipart/mixed; boundary=a").unwrap_err();
/// assert!(matches!(error, FormError::NotMultipart));
/// # Ok::<(), FormError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Boundary(Box<str>);

/// The maximum length of a boundary in bytes.
pub(crate) const MAX_LENGTH: usize = 200;

impl Boundary {
    /// Creates a boundary from a text without the two hyphens that precede it in the body.
    ///
    /// Valid characters are letters, digits, space, `'()+_,-./:=?` (RFC 2046 section 5.1.1) and
    /// the other characters of tokens, ``!#$%&*^`|~`` (RFC 9110 section 5.6.2).
    ///
    /// # Errors
    ///
    /// [`FormError::Boundary`] if the text is empty, has more than 200 characters or invalid ones,
    /// or ends with a space.
    pub fn new(text: &str) -> Result<Self, FormError> {
        let is_length_valid = (1..=MAX_LENGTH).contains(&text.len());
        if !is_length_valid || text.ends_with(' ') || !text.bytes().all(is_boundary_byte) {
            return Err(FormError::Boundary);
        }
        Ok(Self(text.into()))
    }

    /// Reads the boundary from a Content-Type (RFC 7578 section 4.1).
    ///
    /// # Errors
    ///
    /// [`FormError::NotMultipart`] if the Content-Type is not `multipart/form-data`, and
    /// [`FormError::Boundary`] if it does not have exactly one valid boundary. If there are two, a
    /// proxy may have used the other one.
    pub fn from_content_type<'a>(content_type: impl Into<Value<'a>>) -> Result<Self, FormError> {
        let content_type = content_type.into();
        if !is_media_type(content_type, "multipart/form-data") {
            return Err(FormError::NotMultipart);
        }
        let content_type =
            ParameterizedValue::parse(content_type).map_err(|_| FormError::Boundary)?;
        let mut boundaries = content_type
            .parameters()
            .filter(|(name, _)| name.eq_ignore_ascii_case("boundary"));
        match (boundaries.next(), boundaries.next()) {
            (Some((_, boundary)), None) => Self::new(&boundary),
            _ => Err(FormError::Boundary),
        }
    }

    /// The boundary as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a Content-Type is `media_type`, with any parameters.
pub(crate) fn is_media_type(content_type: Value<'_>, media_type: &str) -> bool {
    let bytes = content_type.as_bytes();
    let end = bytes.iter().position(|&byte| byte == b';');
    let found = bytes[..end.unwrap_or(bytes.len())].trim_ascii();
    found.eq_ignore_ascii_case(media_type.as_bytes())
}

/// Whether a byte is one of `bchars` of RFC 2046 section 5.1.1 or `tchar` of RFC 9110 section
/// 5.6.2. CR is not, and the search relies on that.
fn is_boundary_byte(byte: u8) -> bool {
    is_token(&[byte]) || b"(),/:=? ".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &str, expected: Option<&str>) {
        let boundary = Boundary::from_content_type(content_type).ok();
        assert_eq!(boundary.as_ref().map(Boundary::as_str), expected);
    }

    #[test]
    fn boundaries_of_browsers_and_programs_are_read() {
        let webkit = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
        check(
            &format!("multipart/form-data; boundary={webkit}"),
            Some(webkit),
        );
        check("Multipart/Form-Data ; BOUNDARY=x", Some("x"));
        check("multipart/form-data; charset=utf-8; boundary=x", Some("x"));
        check(
            "multipart/form-data; boundary=----=_Part_1.2:3",
            Some("----=_Part_1.2:3"),
        );
        check("multipart/form-data; boundary=\"a b\"", Some("a b"));
        check("multipart/form-data; boundary= x", Some("x"));
        check(
            "multipart/form-data; charset= utf-8; boundary= \"x\"",
            Some("x"),
        );
    }

    #[test]
    fn a_boundary_may_contain_every_character_of_a_token() {
        for byte in (0..128_u8).filter(|&byte| is_token(&[byte])) {
            let boundary = format!("a{}b", char::from(byte));
            let content_type = format!("multipart/form-data; boundary={boundary}");
            check(&content_type, Some(&boundary));
        }
    }

    #[test]
    fn a_missing_ambiguous_or_invalid_boundary_is_refused() {
        check("multipart/form-data", None);
        check("multipart/form-data; boundary=", None);
        check("multipart/form-data; boundary=\"a ", None);
        check("multipart/form-data; boundary=\"a \"", None);
        check("multipart/form-data; boundary=a; boundary=b", None);
        check("multipart/form-data; boundary=\"a@b\"", None);
        check("multipart/form-data; boundary=\"a\tb\"", None);
        check("multipart/form-data; boundary=é", None);
        check("multipart/form-datas; boundary=a", None);
        let longest = "a".repeat(MAX_LENGTH);
        check(
            &format!("multipart/form-data; boundary={longest}"),
            Some(&longest),
        );
        check(&format!("multipart/form-data; boundary={longest}a"), None);
    }
}
