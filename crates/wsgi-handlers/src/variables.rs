//! The variables of a handler.

use wsgi_environ::{Environ, Field, InvalidVariable};

const METHOD: &str = "REQUEST_METHOD";

/// Names and values in a text, for [`Environ::receive_variables`].
#[derive(Debug, Default)]
pub(crate) struct Variables {
    text: Vec<u8>,
    fields: Vec<Field>,
}

impl Variables {
    pub(crate) fn receive_in(&self, environ: &mut Environ) -> Result<(), InvalidVariable> {
        let fields = self.fields.iter().copied();
        environ
            .receive_variables(&self.text, fields)
            .inspect_err(|_| {
                // The answer to HEAD has no body (RFC 9110 section 9.3.2).
                if self.last(METHOD) == Some(b"HEAD") {
                    environ.set(METHOD, "HEAD");
                }
            })
    }

    /// Whether the last variable of this name is present and not empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.last(name).is_some_and(|value| !value.is_empty())
    }

    fn last(&self, name: &str) -> Option<&[u8]> {
        let slice = |(start, end)| self.text.get(start as usize..end as usize);
        let is_named = |field: &&Field| slice(field.name) == Some(name.as_bytes());
        slice(self.fields.iter().rev().find(is_named)?.value)
    }

    /// Appends a text and returns its span. A span beyond 4 GiB is out of range and reads as empty.
    fn push(&mut self, text: &[u8]) -> (u32, u32) {
        let offset = |text: &Vec<u8>| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let start = offset(&self.text);
        self.text.extend_from_slice(text);
        (start, offset(&self.text))
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut variables = Self::default();
        for (name, value) in pairs {
            let name = variables.push(name.as_ref());
            let value = variables.push(value.as_ref());
            variables.fields.push(Field { name, value });
        }
        variables
    }
}
