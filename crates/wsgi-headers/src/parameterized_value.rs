//! The parser of values with parameters, `form-data; name="file"; filename="bud.gif"`.

use std::{borrow::Cow, iter::FusedIterator};

use crate::{
    extended_value::decode_extended_value,
    invalid_header::InvalidHeader,
    octets::{is_field_value, is_token, is_unquoted, trim, trim_start},
    value::Value,
};

/// A parsed field value with parameters, such as `text/html; charset=utf-8` (RFC 9110, section
/// 5.6.6).
///
/// The value before the parameters is a token, or two tokens separated by a slash. Parsing takes
/// time linear in the length of the value. Only parameters with escapes are copied.
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
    /// The checked bytes from the first semicolon on.
    parameters: &'a [u8],
}

impl<'a> ParameterizedValue<'a> {
    /// Parses a value.
    ///
    /// Accepts some common deviations from the grammar: a parameter that is only a name (its text
    /// is empty), spaces and tabs after the equals sign, and the delimiters `()/:<=>?@[]{}` in a
    /// value without quotes, which occur in boundaries such as `----=_Part_1`.
    ///
    /// # Errors
    ///
    /// [`InvalidHeader::Parameters`], with the byte from which on the value is malformed.
    ///
    /// ```
    /// use wsgi_headers::{InvalidHeader, ParameterizedValue};
    ///
    /// let error = ParameterizedValue::parse("text/plain; charset=\"utf-8").unwrap_err();
    /// assert_eq!(error, InvalidHeader::Parameters { offset: 20 });
    /// ```
    pub fn parse(value: impl Into<Value<'a>>) -> Result<Self, InvalidHeader> {
        let bytes = value.into().as_bytes();
        let end = bytes
            .iter()
            .position(|&byte| byte == b';')
            .unwrap_or(bytes.len());
        let (value, parameters) = bytes.split_at(end);
        let value = main_value(trim(value)).ok_or(InvalidHeader::Parameters { offset: 0 })?;
        let mut rest = parameters;
        while let Some((_, after)) =
            Parameter::split_first(rest).map_err(|rest| InvalidHeader::Parameters {
                offset: bytes.len() - rest.len(),
            })?
        {
            rest = after;
        }
        Ok(Self { value, parameters })
    }

    /// The value before the parameters, in the case in which it was sent. Compare it with
    /// `eq_ignore_ascii_case`.
    #[must_use]
    pub fn value(&self) -> &'a str {
        self.value
    }

    /// The text of the parameter with this name, ignoring case. If there are several, it is that of
    /// the first one with an extended value (`name*=`), or else of the first one (RFC 6266, section
    /// 4.3).
    ///
    /// The text comes from the peer. Once decoded, it may contain any character, including control
    /// characters and slashes, which must not be in the name of a file.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        let is_named = |other: &str| other.eq_ignore_ascii_case(name);
        self.parameters()
            .find(|(name, _)| name.strip_suffix('*').is_some_and(is_named))
            .or_else(|| self.parameters().find(|(name, _)| is_named(name)))
            .map(|(_, text)| text)
    }

    /// The parameters in order, including repeated ones.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters {
            rest: self.parameters,
        }
    }
}

/// An iterator over the parameters of a [`ParameterizedValue`]: names and the texts of their
/// values.
///
/// Text is decoded as UTF-8, or else as ISO-8859-1. A name that ends with `*` has an extended
/// value. If that is malformed or in another charset, the parameter is left out (RFC 8187, section
/// 3.2.1).
///
/// ```
/// use wsgi_headers::ParameterizedValue;
///
/// let value = ParameterizedValue::parse(r#"a; b="\"c\""; d; e*=iso-8859-1'en'%A3; f*=x"#)?;
/// let mut parameters = value.parameters();
/// assert_eq!(parameters.next(), Some(("b", "\"c\"".into())));
/// assert_eq!(parameters.next(), Some(("d", "".into())));
/// assert_eq!(parameters.next(), Some(("e*", "£".into())));
/// assert_eq!(parameters.next(), None);
/// # Ok::<(), wsgi_headers::InvalidHeader>(())
/// ```
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        // `parse` has already checked the parameters.
        while let Ok(Some((parameter, after))) = Parameter::split_first(self.rest) {
            self.rest = after;
            if let Some(text) = parameter.text() {
                return Some((parameter.name, text));
            }
        }
        None
    }
}

impl FusedIterator for Parameters<'_> {}

/// One parameter, not yet decoded.
struct Parameter<'a> {
    /// The name, with the star of an extended value.
    name: &'a str,
    /// The value, without its quotes.
    value: &'a [u8],
    is_quoted: bool,
}

impl<'a> Parameter<'a> {
    /// Splits off the first parameter of `; name=value; ..`. Returns `None` if there is none. The
    /// error is the malformed rest.
    fn split_first(bytes: &'a [u8]) -> Result<Option<(Self, &'a [u8])>, &'a [u8]> {
        let mut bytes = trim_start(bytes);
        // Empty parameters are skipped.
        while let [b';', after @ ..] = bytes {
            bytes = trim_start(after);
            if matches!(bytes, [] | [b';', ..]) {
                continue;
            }
            let (name, rest) = split_name(bytes).ok_or(bytes)?;
            let (value, rest, is_quoted) = match rest {
                [b'=', value @ ..] => match trim_start(value) {
                    quoted @ [b'"', inside @ ..] => {
                        let (value, rest) = split_quoted(inside).ok_or(quoted)?;
                        (value, rest, true)
                    }
                    unquoted => {
                        let (value, rest) = split_while(unquoted, is_unquoted);
                        (value, rest, false)
                    }
                },
                _ => (&[][..], rest, false),
            };
            return Ok(Some((
                Self {
                    name,
                    value,
                    is_quoted,
                },
                rest,
            )));
        }
        if bytes.is_empty() {
            Ok(None)
        } else {
            Err(bytes)
        }
    }

    /// The decoded text, or `None` for an extended value that cannot be decoded.
    fn text(&self) -> Option<Cow<'a, str>> {
        match (self.name.ends_with('*'), self.is_quoted) {
            (true, true) => None,
            (true, false) => decode_extended_value(self.value).map(Cow::Owned),
            (false, true) if self.value.contains(&b'\\') => {
                let bytes = unescape(self.value);
                Some(Cow::Owned(
                    String::from_utf8(bytes).unwrap_or_else(|e| latin1(e.as_bytes())),
                ))
            }
            (false, _) => Some(match str::from_utf8(self.value) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(latin1(self.value)),
            }),
        }
    }
}

/// The value before the parameters, if it is a token or a media type.
fn main_value(bytes: &[u8]) -> Option<&str> {
    let text = str::from_utf8(bytes).ok()?;
    let (kind, subtype) = text.split_once('/').unwrap_or((text, text));
    (is_token(kind.as_bytes()) && is_token(subtype.as_bytes())).then_some(text)
}

fn split_while(bytes: &[u8], keep: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes
        .iter()
        .position(|&byte| !keep(byte))
        .unwrap_or(bytes.len());
    bytes.split_at(end)
}

fn split_name(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (name, rest) = split_while(bytes, |byte| is_token(&[byte]));
    let name = str::from_utf8(name).ok()?;
    (!name.is_empty()).then_some((name, rest))
}

/// Splits off the inside of a `quoted-string` (RFC 9110, section 5.6.4). `bytes` begins after the
/// opening quote.
fn split_quoted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = bytes;
    let inside = loop {
        rest = match rest {
            [b'"', ..] => break &bytes[..bytes.len() - rest.len()],
            [b'\\', _, after @ ..] => after,
            [_, after @ ..] => after,
            [] => return None,
        };
    };
    is_field_value(inside).then_some((inside, &rest[1..]))
}

/// Replaces each `quoted-pair` by the byte that it escapes.
fn unescape(inside: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside.iter();
    while let Some(&byte) = rest.next() {
        let escaped = if byte == b'\\' { rest.next() } else { None };
        bytes.push(*escaped.unwrap_or(&byte));
    }
    bytes
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
