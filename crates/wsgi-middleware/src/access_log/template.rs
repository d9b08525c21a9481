//! The notation of this crate's text formats: fields in braces.

use crate::access_log::{field::Field, log_format_error::LogFormatError, part::Part};

/// Reads a format in which names of fields stand in braces.
pub(super) fn parts(template: &str) -> Result<Vec<Part>, LogFormatError> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let place = template.len() - rest.len() + at;
        let (text, found) = rest.split_at(at);
        parts.push(text.into());
        rest = if found.starts_with("{{") || found.starts_with("}}") {
            parts.push(found[..1].into());
            &found[2..]
        } else {
            let name = found
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'));
            let (name, after) = name.ok_or(LogFormatError::UnmatchedBrace(place))?;
            parts.push(field(name)?.into());
            after
        };
    }
    parts.push(rest.into());
    Ok(parts)
}

/// The field of a name in braces.
pub(super) fn field(name: &str) -> Result<Field, LogFormatError> {
    match name.strip_prefix("header:") {
        Some(header) => {
            Field::header(header).ok_or_else(|| LogFormatError::InvalidHeader(header.to_owned()))
        }
        None => Field::named(name).ok_or_else(|| LogFormatError::UnknownField(name.to_owned())),
    }
}
