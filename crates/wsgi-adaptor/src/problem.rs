//! Errors as problem details in JSON (RFC 9457).

use std::fmt::{self, Write};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::{
    http_error::{HttpError, Place},
    response::Response,
};

/// The characters that are escaped in the fragment that holds a pointer (RFC 6901 section 6, RFC
/// 3986 section 3.5).
const NOT_IN_FRAGMENTS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Describes an error as a problem (RFC 9457). Its type is the status and so is left out (section
/// 4.2.1), and so is the title of a status without a reason (section 3.1). The field or pointer is
/// in the extension member that section 3 shows as an example.
pub(crate) fn problem(error: &HttpError) -> Response {
    let mut json = String::from("{");
    // Writing to a string does not fail.
    let _ = write_members(&mut json, error);
    json.push_str("}\n");
    Response::content("application/problem+json", json).with_status(error.status().clone())
}

fn write_members(json: &mut String, error: &HttpError) -> fmt::Result {
    let title = error.status().reason().to_text();
    if !title.is_empty() {
        write!(json, "\"title\":{},", Text(&title))?;
    }
    write!(json, "\"status\":{}", error.status().code())?;
    let detail = Text(error.text());
    if !error.text().is_empty() {
        write!(json, ",\"detail\":{detail}")?;
    }
    match error.place() {
        None => Ok(()),
        Some(Place::Field(name)) => {
            let name = Text(name);
            write!(
                json,
                ",\"errors\":[{{\"detail\":{detail},\"field\":{name}}}]"
            )
        }
        Some(Place::Pointer(pointer)) => {
            let pointer = utf8_percent_encode(pointer, NOT_IN_FRAGMENTS);
            let pointer = format!("#{pointer}");
            let pointer = Text(&pointer);
            write!(
                json,
                ",\"errors\":[{{\"detail\":{detail},\"pointer\":{pointer}}}]"
            )
        }
    }
}

/// A string in JSON (RFC 8259 section 7).
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\n' => f.write_str("\\n")?,
                _ if character < ' ' => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn text_is_escaped() {
        let text = Text("a \"b\" \\ \n \u{1} ü").to_string();
        assert_eq!(text, "\"a \\\"b\\\" \\\\ \\n \\u0001 ü\"");
    }
}
