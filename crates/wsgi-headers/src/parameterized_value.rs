//! Reading values with parameters, `form-data; name="file"; filename="bud.gif"`.

use std::{borrow::Cow, iter::FusedIterator};

use crate::{
    InvalidHeader, Value, extended_value,
    octets::{is_field_value, is_token, is_unquoted, trim},
};

/// A field value with parameters, taken apart: `text/html; charset=utf-8` (RFC
/// 9110, section 5.6.6).
///
/// The value before the parameters is a token, or two around a slash. Work is
/// linear in the length of the value, and only what has escapes is copied.
///
/// ```
/// use wsgi_headers::ParameterizedValue;
///
/// let value = ParameterizedValue::parse(
///     r#"form-data; name="file"; filename="EURO.txt"; filename*=UTF-8''%e2%82%ac.txt"#,
/// )?;
/// assert_eq!(value.value(), "form-data");
/// assert_eq!(value.parameter("name").unwrap(), "file");
/// assert_eq!(value.parameter("FILENAME").unwrap(), "€.txt");
/// assert_eq!(value.parameter("size"), None);
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
#[derive(Clone, Debug)]
pub struct ParameterizedValue<'a> {
    value: &'a str,
    /// From the first semicolon on; checked.
    parameters: &'a [u8],
}

impl<'a> ParameterizedValue<'a> {
    /// Takes a value apart, or says at which byte it is malformed.
    pub fn parse(value: impl Into<Value<'a>>) -> Result<Self, InvalidHeader> {
        let bytes = value.into().as_bytes();
        let _ = (
            bytes,
            trim(bytes),
            is_token(bytes),
            is_field_value(bytes),
            is_unquoted(b' '),
        );
        todo!()
    }

    /// What stands before the parameters, in the case it was sent in: compare it
    /// with `eq_ignore_ascii_case`.
    pub fn value(&self) -> &'a str {
        self.value
    }

    /// The value of the parameter of that name, whatever the case of its letters.
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        let _ = name;
        todo!()
    }

    /// The parameters in order.
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters {
            rest: self.parameters,
        }
    }
}

/// The parameters of a [`ParameterizedValue`] in order.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let _ = (self.rest, extended_value::decode(""));
        todo!()
    }
}

impl FusedIterator for Parameters<'_> {}
