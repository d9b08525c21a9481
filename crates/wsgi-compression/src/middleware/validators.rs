//! Validators of a representation that is compressed (RFC 9110, section 8.8).

use wsgi_application::Result;
use wsgi_environ::Environ;
use wsgi_headers::{Headers, Value};

/// Makes a strong `ETag` weak. The compressed bytes differ from those that it was made for, and may
/// differ from one time to the next (RFC 9110, section 8.8.3.3).
pub(crate) fn weaken_tag(headers: &mut Headers) -> Result<()> {
    let weak = match headers.get("ETag") {
        Some(tag) if tag.as_bytes().starts_with(b"\"") => [b"W/", tag.as_bytes()].concat(),
        _ => return Ok(()),
    };
    headers.set("ETag", weak)?;
    Ok(())
}

/// The field `If-None-Match` of a request, if it has a weak tag.
pub(crate) fn weak_tags(environ: &Environ) -> Option<Vec<u8>> {
    let tags = environ.get("HTTP_IF_NONE_MATCH")?.as_bytes();
    let is_weak = tags.windows(3).any(|bytes| bytes == b"W/\"");
    is_weak.then(|| tags.to_vec())
}

/// Makes a strong `ETag` weak if a list of tags has the weak form of it.
pub(crate) fn weaken_listed_tag(headers: &mut Headers, list: &[u8]) -> Result<()> {
    let tag = headers.get("ETag").map(Value::as_bytes);
    match tag.is_some_and(|tag| has_weak(list, tag)) {
        true => weaken_tag(headers),
        false => Ok(()),
    }
}

/// Whether a list of tags (RFC 9110, section 13.1.2) has the weak form of a strong tag.
fn has_weak(list: &[u8], tag: &[u8]) -> bool {
    let mut rest = list;
    while let Some(begin) = rest.iter().position(|byte| !b" \t,".contains(byte)) {
        let member = &rest[begin..];
        let quoted = member.strip_prefix(b"W/").unwrap_or(member);
        let mut quotes = (0..quoted.len()).filter(|&at| quoted[at] == b'"');
        let (Some(0), Some(end)) = (quotes.next(), quotes.next()) else {
            return false; // the rest is not a list
        };
        let is_weak = quoted.len() < member.len();
        if is_weak && &quoted[..=end] == tag {
            return true;
        }
        rest = &quoted[end + 1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weak_form_of_a_tag_is_found_in_a_list() {
        for (list, tag, expected) in [
            ("W/\"v1\"", "\"v1\"", true),
            ("\"v0\" ,\tW/\"v1\"", "\"v1\"", true),
            ("\"v1\", W/\"v1\"", "\"v1\"", true),
            (",, W/\"\",", "\"\"", true),
            ("W/\"v0\", \"v1\"", "\"v1\"", false),
            ("W/\"v10\"", "\"v1\"", false),
            ("\"aW/\",\"b\"", "\",\"", false),
            ("W/\"v1", "\"v1\"", false),
            ("v0, W/\"v1\"", "\"v1\"", false),
            ("W/\"v1\"", "W/\"v1\"", false), // which is weak already
            ("", "\"v1\"", false),
        ] {
            let found = has_weak(list.as_bytes(), tag.as_bytes());
            assert_eq!(found, expected, "{tag} in {list}");
        }
    }
}
