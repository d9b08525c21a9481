//! A live request from the variables that a front server made of it (RFC 3875 section 4.1).

use wsgi_headers::{is_field_value, is_token};

use crate::content_length::decimal;
use crate::live::{MAX_TEXT, Span, len, slice};
use crate::repeated::{Lines, Repeated};
use crate::{Field, InvalidVariable, field_name};

/// Variables that PEP 3333 wants in every environ; RFC 3875 has most of them empty where they
/// do not apply, and some front servers leave those out.
const DEFAULTS: [(&str, &[u8]); 4] = [
    ("SCRIPT_NAME", b""),
    ("PATH_INFO", b""),
    ("QUERY_STRING", b""),
    ("SERVER_PROTOCOL", b"HTTP/1.0"),
];

/// The variables as they came, and offsets of each. A name is looked at when somebody asks for it.
#[derive(Default)]
pub(crate) struct MetaVariables {
    text: Vec<u8>,
    variables: Vec<Field>,
    /// Where the method is, which everybody asks for.
    method: Span,
    repeated: Repeated,
}

impl MetaVariables {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.variables.clear();
        self.repeated.clear();
    }

    pub(crate) fn receive(
        &mut self,
        text: &[u8],
        variables: &[Field],
    ) -> Result<(), InvalidVariable> {
        let text = text.get(..MAX_TEXT).unwrap_or(text);
        let method = check(text, variables)?;
        self.clear();
        self.method = method;
        self.text.extend_from_slice(text);
        self.variables.extend_from_slice(variables);
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        if name == REQUEST_METHOD {
            return Some(self.slice(self.method));
        }
        // Few names have the length asked for: most cost no more than that.
        let is_named = |(_, variable): &(usize, &Field)| {
            len(variable.name) == name.len() && self.slice(variable.name) == name.as_bytes()
        };
        let mut named = self.variables.iter().enumerate().filter(is_named);
        let Some((first, variable)) = named.next() else {
            return default(name);
        };
        let value = match named.next_back() {
            None => self.slice(variable.value),
            // Lines of one field, which the front server did not join.
            Some(_) if name.starts_with("HTTP_") => self.repeated.value(first, self)?,
            Some((_, last)) => self.slice(last.value),
        };
        is_given(name, value).then_some(value)
    }

    /// The names of all variables, each once.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let is_last = |index: usize, name: &[u8]| {
            let later = self.variables.get(index + 1..).unwrap_or_default();
            !later
                .iter()
                .any(|variable| self.slice(variable.name) == name)
        };
        let given = self
            .variables
            .iter()
            .enumerate()
            .filter_map(move |(index, variable)| {
                let name = self.slice(variable.name);
                let text = str::from_utf8(name).ok()?;
                let value = self.slice(variable.value);
                (is_last(index, name) && is_given(text, value)).then_some(text)
            });
        let is_absent = |name: &str| {
            !self
                .variables
                .iter()
                .any(|variable| self.slice(variable.name) == name.as_bytes())
        };
        let defaults = DEFAULTS.into_iter().map(|(name, _)| name);
        given.chain(defaults.filter(move |&name| is_absent(name)))
    }

    fn name(&self, index: usize) -> &[u8] {
        self.slice(self.variables[index].name)
    }

    fn slice(&self, span: Span) -> &[u8] {
        slice(&self.text, span)
    }
}

impl Lines for MetaVariables {
    fn count(&self) -> usize {
        self.variables.len()
    }

    fn is_same(&self, one: usize, other: usize) -> bool {
        self.name(one) == self.name(other)
    }

    fn is_cookie(&self, index: usize) -> bool {
        self.name(index) == b"HTTP_COOKIE"
    }

    fn line(&self, index: usize) -> &[u8] {
        self.slice(self.variables[index].value)
    }
}

/// Refuses what is no request, and what no request can have brought. Gives the method.
fn check(text: &[u8], variables: &[Field]) -> Result<Span, InvalidVariable> {
    let mut method = None;
    for variable in variables {
        let (name, value) = (slice(text, variable.name), slice(text, variable.value));
        // Two names of one length: all others cost no comparison.
        if name.len() == REQUEST_METHOD.len() {
            if name == REQUEST_METHOD.as_bytes() {
                if !is_token(value) {
                    return Err(InvalidVariable::RequestMethod);
                }
                method = Some(variable.value);
            } else if name == b"CONTENT_LENGTH" && !value.is_empty() && decimal(value).is_none() {
                return Err(InvalidVariable::ContentLength);
            }
        }
        if !is_field_value(value) && (is_line(name) || value.contains(&0)) {
            return Err(InvalidVariable::ControlCharacter(name.into()));
        }
    }
    method.ok_or(InvalidVariable::NoRequestMethod)
}

const REQUEST_METHOD: &str = "REQUEST_METHOD";

const _: () = assert!(REQUEST_METHOD.len() == "CONTENT_LENGTH".len());

/// Whether the value was part of one line of a request's head, where control characters cannot
/// stand. Others may have them: decoded paths, certificates of several lines.
fn is_line(name: &[u8]) -> bool {
    name.starts_with(b"HTTP_")
        || matches!(
            name,
            b"CONTENT_TYPE" | b"QUERY_STRING" | b"REQUEST_URI" | b"SERVER_PROTOCOL"
        )
}

/// Whether a variable that came is one for the application. `name` is what was asked for, and so
/// seldom anything but a proper name.
fn is_given(name: &str, value: &[u8]) -> bool {
    match name {
        // Some front servers send them always. Without a body (RFC 3875 section 4.1.2) or a user
        // they mean the same as none; the server's name and port are never empty (PEP 3333).
        "CONTENT_LENGTH" | "CONTENT_TYPE" | "AUTH_TYPE" | "REMOTE_USER" | "REMOTE_IDENT"
        | "SERVER_NAME" | "SERVER_PORT" => !value.is_empty(),
        _ => match name.strip_prefix("HTTP_") {
            Some(field) => is_token(name.as_bytes()) && !field_name::is_withheld(field),
            None => is_token(name.as_bytes()),
        },
    }
}

fn default(name: &str) -> Option<&'static [u8]> {
    let (_, value) = DEFAULTS.iter().find(|(known, _)| *known == name)?;
    Some(value)
}
