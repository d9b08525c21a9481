//! The parameters of a Content-Disposition, as programs write them.

use std::borrow::Cow;

use wsgi_headers::is_token;

/// An iterator over the parameters of `; name=value; ..`. A malformed parameter is `None`, and the
/// last item.
///
/// They are read as those of any field (RFC 9110 section 5.6.6), with three exceptions. A backslash
/// nearly always stands for itself, see [`Parameter::quoted`]. A value without quotes may contain a
/// comma, since this field is not a list. An extended value may contain a semicolon, see
/// [`end_of_extended`].
#[derive(Clone, Debug)]
pub(crate) struct Parameters<'a> {
    rest: &'a [u8],
}

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter<'a> {
    /// The name, with the star of an extended value.
    pub(crate) name: &'a [u8],
    /// The value, without quotes and the escapes in them.
    pub(crate) value: Cow<'a, [u8]>,
    pub(crate) is_quoted: bool,
}

impl<'a> Parameters<'a> {
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Option<Parameter<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = self.rest.trim_ascii_start();
        let is_separated = bytes.starts_with(b";");
        // Empty parameters are skipped.
        while let [b';', after @ ..] = bytes {
            bytes = after.trim_ascii_start();
        }
        self.rest = &[];
        if bytes.is_empty() {
            return None;
        }
        let split = Parameter::split_first(bytes).filter(|_| is_separated);
        Some(split.map(|(parameter, rest)| {
            self.rest = rest;
            parameter
        }))
    }
}

impl<'a> Parameter<'a> {
    /// Splits off the first parameter.
    fn split_first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let length = bytes.iter().take_while(|&&byte| is_token(&[byte])).count();
        let (name, after) = bytes.split_at_checked(length).filter(|_| length > 0)?;
        let (value, rest) = match after {
            // Spaces are not allowed here, but accepted.
            [b'=', after @ ..] => match after.trim_ascii_start() {
                [b'"', inside @ ..] => {
                    let (value, rest) = Self::quoted(inside)?;
                    return Some((Self::new(name, value, true), rest));
                }
                after if name.ends_with(b"*") => after.split_at(end_of_extended(after)),
                after => {
                    let end = after.iter().position(|&byte| byte == b';');
                    after.split_at(end.unwrap_or(after.len()))
                }
            },
            _ if Self::has_meaning(name) => return None,
            _ => (&[][..], after),
        };
        let value = value.trim_ascii_end();
        let is_allowed = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        let parameter = Self::new(name, Cow::Borrowed(value), false);
        value.iter().all(is_allowed).then_some((parameter, rest))
    }

    /// Whether a form gives meaning to parameters of this name. Without an equals sign, they are
    /// malformed (RFC 9110 section 5.6.6): some readers take them for empty, others for absent.
    fn has_meaning(name: &[u8]) -> bool {
        let name = name.split(|&byte| byte == b'*').next().unwrap_or_default();
        name.eq_ignore_ascii_case(b"name") || name.eq_ignore_ascii_case(b"filename")
    }

    /// Whether this is a piece of a longer value, `name*0` or `name*0*` (RFC 2231 section 3).
    pub(crate) fn is_piece_of(&self, name: &[u8]) -> bool {
        let Some((start, number)) = self.name.split_at_checked(name.len()) else {
            return false;
        };
        let number = number.strip_suffix(b"*").unwrap_or(number);
        start.eq_ignore_ascii_case(name) && number.iter().all(u8::is_ascii_digit)
    }

    fn new(name: &'a [u8], value: Cow<'a, [u8]>, is_quoted: bool) -> Self {
        Self {
            name,
            value,
            is_quoted,
        }
    }

    /// Splits off the text inside quotes. `inside` begins after the opening quote.
    ///
    /// Browsers do not escape a backslash (HTML, "multipart/form-data encoding algorithm"), and old
    /// ones send paths. Other programs escape backslashes and quotes. So a backslash stands for
    /// itself, except before one of these two. Before a quote that ends the field it also stands
    /// for itself, since the quotes would otherwise not be closed.
    fn quoted(inside: &'a [u8]) -> Option<(Cow<'a, [u8]>, &'a [u8])> {
        let mut text = Vec::new();
        let mut rest = inside;
        loop {
            let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            let (plain, special) = rest.split_at(at);
            let after = &special[1..];
            if special[0] == b'"' {
                if text.is_empty() {
                    return Some((Cow::Borrowed(plain), after));
                }
                text.extend_from_slice(plain);
                return Some((Cow::Owned(text), after));
            }
            let (literal, next) = match after {
                [b'"', end @ ..] if end.trim_ascii().is_empty() => (b'\\', after),
                [escaped @ (b'"' | b'\\'), next @ ..] => (*escaped, next),
                _ => (b'\\', after),
            };
            text.extend_from_slice(plain);
            text.push(literal);
            rest = next;
        }
    }
}

/// The position of the semicolon that ends an extended value.
///
/// Some programs do not escape semicolons in the value, but all of them escape spaces. So a
/// semicolon belongs to the value unless a space or a parameter of a form follows it.
fn end_of_extended(bytes: &[u8]) -> usize {
    let starts = |after: &[u8], name: &[u8]| {
        let start = after.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let is_end = |&at: &usize| {
        let after = &bytes[at + 1..];
        matches!(after, [] | [b' ' | b'\t' | b';', ..])
            || starts(after, b"name")
            || starts(after, b"filename")
    };
    let semicolons = (0..bytes.len()).filter(|&at| bytes[at] == b';');
    semicolons.into_iter().find(is_end).unwrap_or(bytes.len())
}
