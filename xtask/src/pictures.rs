//! `cargo xtask pictures`: the facade's pictures, once more for rustdoc.
//!
//! A forge shows a picture that a text links to by a relative path; rustdoc copies no such file.
//! The text names its pictures by reference, and its last lines define the references for a forge.
//! In rustdoc, `pictures.md` comes before the text and defines them first, with the pictures inside
//! (CommonMark: of several definitions, the first counts).

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Result;
use crate::workspace::Workspace;

/// The folder of the pictures, below the root of the workspace.
const FOLDER: &str = "crates/wsgi/pictures";

/// The pictures of the text, by their names.
const NAMES: [&str; 3] = ["floors", "request", "hand-over"];

/// Writes the definitions for rustdoc.
pub(crate) fn run(args: &[String]) -> Result {
    if let Some(argument) = args.first() {
        return Err(format!("pictures takes no argument, but was given `{argument}`").into());
    }
    let folder = Workspace::load()?.root.join(FOLDER);
    fs::write(folder.join("pictures.md"), definitions(&folder)?)?;
    Ok(())
}

fn definitions(folder: &Path) -> Result<String> {
    let mut text = String::new();
    for name in NAMES {
        let svg = fs::read_to_string(folder.join(format!("{name}.svg")))?;
        writeln!(text, "[{name}]: <data:image/svg+xml,{}>", encode(&svg))?;
    }
    Ok(text)
}

/// Text as part of a URL between angle brackets (RFC 3986 section 2.1).
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'<' | b'>' | b'"' | b'#' | b'%' | b'&' | b'\\' | ..0x20 | 0x7f.. => {
                let _ = write!(encoded, "%{byte:02X}");
            }
            byte => encoded.push(char::from(byte)),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_one_line_that_ends_no_url() {
        assert_eq!(encode("<a b=\"#1\">\n"), "%3Ca b=%22%231%22%3E%0A");
        assert_eq!(encode("é"), "%C3%A9");
    }

    #[test]
    fn rustdoc_shows_the_pictures_that_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = root.join(FOLDER);
        let written = fs::read_to_string(folder.join("pictures.md")).unwrap();
        let are_current = written == definitions(&folder).unwrap();
        assert!(are_current, "run `cargo xtask pictures`");
    }
}
