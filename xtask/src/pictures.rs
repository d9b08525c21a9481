//! `cargo xtask pictures`: writes the facade's pictures for rustdoc.
//!
//! A forge shows a picture that a text links to by a relative path. Rustdoc does not copy such
//! files. The text names its pictures by reference, and its last lines define the references for a
//! forge. In rustdoc, `pictures.md` precedes the text and contains definitions with the pictures
//! inside. Of several definitions, the first counts (CommonMark).

use std::{fmt::Write as _, fs, path::Path};

use crate::{result::Result, workspace::Workspace};

/// The folder of the pictures, below the root of the workspace.
const FOLDER: &str = "crates/wsgi/pictures";

/// The names of the pictures.
const NAMES: [&str; 4] = ["floors", "request", "hand-over", "deployment"];

/// Writes the definitions for rustdoc.
pub(crate) fn run(args: &[String]) -> Result {
    if let Some(argument) = args.first() {
        return Err(format!("unexpected argument `{argument}`").into());
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

/// Encodes text for a URL between angle brackets (RFC 3986 section 2.1).
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
    fn an_encoded_picture_is_one_line_and_stays_within_its_url() {
        assert_eq!(encode("<a b=\"#1\">\n"), "%3Ca b=%22%231%22%3E%0A");
        assert_eq!(encode("é"), "%C3%A9");
    }

    #[test]
    fn the_floors_have_every_crate() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let picture = fs::read_to_string(root.join(FOLDER).join("floors.svg")).unwrap();
        for folder in fs::read_dir(root.join("crates")).unwrap() {
            let name = folder.unwrap().file_name().into_string().unwrap();
            let short = name.strip_prefix("wsgi-").unwrap_or(&name);
            let is_drawn = [&*name, short].map(|name| picture.contains(&format!(">{name}<")));
            assert!(is_drawn.contains(&true), "no room for {name}");
        }
    }

    #[test]
    fn rustdoc_shows_the_current_pictures() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = root.join(FOLDER);
        let written = fs::read_to_string(folder.join("pictures.md")).unwrap();
        let are_current = written == definitions(&folder).unwrap();
        assert!(are_current, "run `cargo xtask pictures`");
    }
}
