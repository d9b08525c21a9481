//! A live request from the variables of a front server (RFC 3875 section 4.1).

use wsgi_headers::{is_field_value, is_token};

use super::{
    field_name,
    places::Places,
    received::{Encoded, Field, ReadVariables},
    repeated::{Lines, Repeated},
    span::{MAX_TEXT, Span, len, slice},
};
use crate::{content_length::decimal, invalid_variable::InvalidVariable};

/// Variables that PEP 3333 requires in every environ. In RFC 3875 most of them are empty if they do
/// not apply, and some front servers leave them out.
const DEFAULTS: [(&str, &[u8]); 4] = [
    (SCRIPT_NAME, b""),
    (PATH_INFO, b""),
    ("QUERY_STRING", b""),
    ("SERVER_PROTOCOL", b"HTTP/1.0"),
];

const REQUEST_METHOD: &str = "REQUEST_METHOD";
const CONTENT_LENGTH: &str = "CONTENT_LENGTH";
const SCRIPT_NAME: &str = "SCRIPT_NAME";
const PATH_INFO: &str = "PATH_INFO";

const _: () = assert!(REQUEST_METHOD.len() == CONTENT_LENGTH.len());

/// The text of the variables and the offsets of each. A name is checked when it is asked for.
#[derive(Clone)]
pub(crate) struct MetaVariables {
    text: Vec<u8>,
    places: Places,
    /// Finds the places in the text.
    read: ReadVariables,
    /// The value of `REQUEST_METHOD`, which servers ask for.
    method: Span,
    repeated: Repeated,
}

impl Default for MetaVariables {
    fn default() -> Self {
        Self {
            text: Vec::new(),
            places: Places::default(),
            read: |_text, _variables| {},
            method: Span::default(),
            repeated: Repeated::default(),
        }
    }
}

impl MetaVariables {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
        self.repeated.clear();
    }

    /// After an error the variables must not be used.
    pub(crate) fn receive(
        &mut self,
        text: &[u8],
        variables: impl IntoIterator<Item = Field>,
    ) -> Result<(), InvalidVariable> {
        self.clear();
        let text = text.get(..MAX_TEXT).unwrap_or(text);
        self.text.extend_from_slice(text);
        let (mut method, mut content_length) = (None, None);
        // Few names have this length, so most of them cost no more than this.
        for variable in self.places.keep(variables) {
            if len(variable.name) == REQUEST_METHOD.len() {
                let name = slice(text, variable.name);
                if name == REQUEST_METHOD.as_bytes() {
                    method = Some(variable.value);
                } else if name == CONTENT_LENGTH.as_bytes() {
                    content_length = Some(slice(text, variable.value));
                }
            }
        }
        self.set_method(method)?;
        match content_length {
            Some(length) if !length.is_empty() && decimal(length).is_none() => {
                Err(match length.iter().all(u8::is_ascii_digit) {
                    true => InvalidVariable::ContentLengthTooLarge,
                    false => InvalidVariable::ContentLength,
                })
            }
            _ => Ok(()),
        }
    }

    /// After an error the variables must not be used.
    pub(crate) fn receive_encoded(&mut self, encoded: &Encoded<'_>) -> Result<(), InvalidVariable> {
        self.clear();
        let text = encoded.text.get(..MAX_TEXT).unwrap_or(encoded.text);
        self.text.extend_from_slice(text);
        self.read = encoded.read;
        self.set_method(encoded.method)
    }

    fn set_method(&mut self, method: Option<Span>) -> Result<(), InvalidVariable> {
        self.method = method.ok_or(InvalidVariable::NoRequestMethod)?;
        match is_token(self.slice(self.method)) {
            true => Ok(()),
            false => Err(InvalidVariable::RequestMethod),
        }
    }

    fn variables(&self) -> &[Field] {
        self.places.of(&self.text, self.read)
    }

    /// The value that the application sees. A slash alone is an empty script name, to which its
    /// leading slash does not belong (RFC 3875 section 4.1.13). PEP 3333 leaves it to `PATH_INFO`.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        match self.checked(name) {
            Some(b"/") if name == SCRIPT_NAME => Some(b""),
            Some(b"") if name == PATH_INFO && self.checked(SCRIPT_NAME) == Some(b"/") => Some(b"/"),
            value => value,
        }
    }

    /// The value as the front server sent it, if the application may see it.
    fn checked(&self, name: &str) -> Option<&[u8]> {
        if name == REQUEST_METHOD {
            return Some(self.slice(self.method));
        }
        let Some(first) = self.find(name, 0) else {
            return default(name);
        };
        let mut last = first;
        while let Some(later) = self.find(name, last + 1) {
            last = later;
        }
        let is_list = |field: &str| !field_name::is_single(field);
        let value = match last == first {
            // Lines of a field that the front server did not join.
            false if name.strip_prefix("HTTP_").is_some_and(is_list) => {
                self.repeated.value(first, self)?
            }
            _ => self.line(last),
        };
        match is_given(name, value) {
            true => Some(value),
            false => default(name),
        }
    }

    /// The index of the first variable of this name, from `start` on.
    #[inline]
    fn find(&self, name: &str, start: usize) -> Option<usize> {
        let mut rest = self.variables().get(start..)?.iter();
        let index = rest.position(|variable| {
            // Few names have the right length, and fewer the same end, where names differ most.
            len(variable.name) == name.len() && {
                let known = self.slice(variable.name);
                known.last_chunk::<8>() == name.as_bytes().last_chunk() && known == name.as_bytes()
            }
        })?;
        Some(start + index)
    }

    /// The names of all variables, each once.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let is_last = |index: usize, name: &[u8]| {
            let later = self.variables().get(index + 1..).unwrap_or_default();
            !later
                .iter()
                .any(|variable| self.slice(variable.name) == name)
        };
        let given = self.variables().iter().enumerate();
        let given = given.filter_map(move |(index, variable)| {
            let name = self.slice(variable.name);
            let text = str::from_utf8(name).ok()?;
            (is_last(index, name) && self.get(text).is_some()).then_some(text)
        });
        let is_absent = |name: &str| {
            !self
                .variables()
                .iter()
                .any(|variable| self.slice(variable.name) == name.as_bytes())
        };
        let defaults = DEFAULTS.into_iter().map(|(name, _)| name);
        given.chain(defaults.filter(move |&name| is_absent(name)))
    }

    fn name(&self, index: usize) -> &[u8] {
        self.slice(self.variables()[index].name)
    }

    fn slice(&self, span: Span) -> &[u8] {
        slice(&self.text, span)
    }
}

impl Lines for MetaVariables {
    fn count(&self) -> usize {
        self.variables().len()
    }

    fn is_same(&self, one: usize, other: usize) -> bool {
        self.name(one) == self.name(other)
    }

    fn is_cookie(&self, index: usize) -> bool {
        self.name(index) == b"HTTP_COOKIE"
    }

    fn line(&self, index: usize) -> &[u8] {
        self.slice(self.variables()[index].value)
    }
}

/// Whether the application may see a variable with this name and value.
fn is_given(name: &str, value: &[u8]) -> bool {
    let is_shown = match name {
        // Some front servers always send these. If there is no body (RFC 3875 section 4.1.2) or no
        // user, empty means absent. The server's name and port are never empty (PEP 3333).
        "CONTENT_LENGTH" | "CONTENT_TYPE" | "AUTH_TYPE" | "REMOTE_USER" | "REMOTE_IDENT"
        | "SERVER_NAME" | "SERVER_PORT" => !value.is_empty(),
        _ => match name.strip_prefix("HTTP_") {
            Some(field) => is_token(name.as_bytes()) && !field_name::is_withheld(field),
            None => is_token(name.as_bytes()),
        },
    };
    is_shown && (is_field_value(value) || !is_line(name) && (is_path(name) || !value.contains(&0)))
}

/// Whether it is part of the path. Without it the request would be for another page.
#[cold]
fn is_path(name: &str) -> bool {
    matches!(name, SCRIPT_NAME | PATH_INFO)
}

/// Whether the value was part of a line in a request's head, which has no control characters. Other
/// values may have them, such as decoded paths and certificates of several lines.
#[cold]
fn is_line(name: &str) -> bool {
    name.starts_with("HTTP_")
        || matches!(
            name,
            "CONTENT_TYPE" | "QUERY_STRING" | "REQUEST_URI" | "SERVER_PROTOCOL"
        )
}

fn default(name: &str) -> Option<&'static [u8]> {
    let (_, value) = DEFAULTS.iter().find(|(known, _)| *known == name)?;
    Some(value)
}
