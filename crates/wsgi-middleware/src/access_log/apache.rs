//! The notation of Apache's log formats (`mod_log_config`).

use crate::access_log::{field::Field, log_format_error::LogFormatError, part::Part};

/// Reads a format in the notation of Apache.
pub(super) fn parts(format: &str) -> Result<Vec<Part>, LogFormatError> {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find(['%', '\\']) {
        let (text, found) = rest.split_at(at);
        parts.push(text.into());
        rest = match found.strip_prefix('%') {
            Some(directive) => push_directive(&mut parts, directive)?,
            None => push_escaped(&mut parts, found),
        };
    }
    parts.push(rest.into());
    Ok(parts)
}

/// Adds the part of a directive, without its percent sign. Returns what follows.
fn push_directive<'a>(
    parts: &mut Vec<Part>,
    directive: &'a str,
) -> Result<&'a str, LogFormatError> {
    // Which of several responses after an internal redirect: here there is one.
    let start = directive.trim_start_matches(['<', '>']);
    let (argument, start) = match start.strip_prefix('{') {
        Some(inside) => inside.split_once('}').ok_or_else(|| unknown(directive))?,
        None => ("", start),
    };
    let mut letters = start.chars();
    let letter = letters.next().ok_or_else(|| unknown(directive))?;
    let rest = letters.as_str();
    match (letter, argument) {
        ('%', "") => parts.push("%".into()),
        // The name that a client gives its user (RFC 1413): nobody asks it.
        ('l', "") => parts.push("-".into()),
        ('t', "") => parts.extend(["[".into(), Field::Time.into(), "]".into()]),
        ('r', "") => parts.extend([
            Field::Method.into(),
            " ".into(),
            Field::Target.into(),
            " ".into(),
            Field::Protocol.into(),
        ]),
        ('i', name) => {
            let field = Field::header(name);
            let invalid = || LogFormatError::InvalidHeader(name.to_owned());
            parts.push(field.ok_or_else(invalid)?.into());
        }
        _ => {
            let end = directive.len() - rest.len();
            let field = field(letter, argument).ok_or_else(|| unknown(&directive[..end]))?;
            parts.push(field.into());
        }
    }
    Ok(rest)
}

/// The field of a directive that is a field alone.
fn field(letter: char, argument: &str) -> Option<Field> {
    Some(match (letter, argument) {
        ('h' | 'a', "") => Field::Client,
        ('u', "") => Field::User,
        ('s', "") => Field::Status,
        ('m', "") => Field::Method,
        ('H', "") => Field::Protocol,
        ('U', "") => Field::Path,
        ('q', "") => Field::Query,
        ('b', "") => Field::BodyBytesOrHyphen,
        ('B', "") => Field::BodyBytes,
        ('O', "") => Field::BytesSent,
        ('D', "") | ('T', "us") => Field::Micros,
        ('T', "ms") => Field::Millis,
        ('T', "" | "s") => Field::Seconds,
        ('L', "") => Field::RequestId,
        ('P', "") => Field::Process,
        ('v' | 'V', "") => Field::Variable("SERVER_NAME".into()),
        ('p', "") => Field::Variable("SERVER_PORT".into()),
        ('e', name) if !name.is_empty() => Field::Variable(name.into()),
        _ => return None,
    })
}

/// Adds a character after a backslash, as in a file of settings. Returns what follows.
fn push_escaped<'a>(parts: &mut Vec<Part>, escaped: &'a str) -> &'a str {
    for (escape, text) in [("\\\"", "\""), ("\\\\", "\\"), ("\\t", "\t")] {
        if let Some(rest) = escaped.strip_prefix(escape) {
            parts.push(text.into());
            return rest;
        }
    }
    parts.push("\\".into());
    &escaped[1..]
}

fn unknown(directive: &str) -> LogFormatError {
    LogFormatError::UnknownDirective(format!("%{directive}"))
}

#[cfg(test)]
mod tests {
    use super::parts;
    use crate::access_log::{field::Field, log_format_error::LogFormatError, part::Part};

    #[track_caller]
    fn check(format: &str, expected: &[Part]) {
        let mut found = parts(format).unwrap();
        found.retain(|part| *part != Part::from(""));
        assert_eq!(found, expected, "{format}");
    }

    #[test]
    fn a_backslash_stands_before_quotes_as_in_a_file_of_settings() {
        check(r#"a\"b"#, &["a".into(), "\"".into(), "b".into()]);
        check(
            r"\\\t\n\",
            &[
                "\\".into(),
                "\t".into(),
                "\\".into(),
                "n".into(),
                "\\".into(),
            ],
        );
        check("100%%", &["100".into(), "%".into()]);
        check("{client}", &["{client}".into()]);
    }

    #[test]
    fn which_of_several_responses_makes_no_difference() {
        check("%>s", &[Field::Status.into()]);
        check("%<s", &[Field::Status.into()]);
        check("%{ms}T", &[Field::Millis.into()]);
        check("%>{Accept}i", &[Field::header("accept").unwrap().into()]);
    }

    #[test]
    fn directives_that_are_not_known_are_refused() {
        for (format, directive) in [
            ("%", "%"),
            ("%h %", "%"),
            ("%>", "%>"),
            ("%Z", "%Z"),
            ("%{Location}o", "%{Location}o"),
            ("%{%H:%M}t", "%{%H:%M}t"),
            ("%{x}h", "%{x}h"),
            ("%{}e", "%{}e"),
            ("%{hours}T", "%{hours}T"),
            ("%{Accept", "%{Accept"),
            ("%400{Accept}i", "%4"),
            ("%!200s", "%!"),
            ("%\u{e9}x", "%\u{e9}"),
        ] {
            let error = LogFormatError::UnknownDirective(directive.to_owned());
            assert_eq!(parts(format), Err(error), "{format}");
        }
        let error = LogFormatError::InvalidHeader("a b".to_owned());
        assert_eq!(parts("%{a b}i"), Err(error));
    }
}
