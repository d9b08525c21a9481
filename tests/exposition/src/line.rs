//! A line of the format.

use std::collections::BTreeMap;

use crate::family::Sample;

/// A line of the format.
pub(crate) enum Line {
    Help { name: String, help: String },
    Type { name: String, kind: String },
    Sample(Sample),
}

impl Line {
    pub(crate) fn read(line: &str) -> Option<Self> {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ')?;
            is_name(name, true).then_some(())?;
            return Some(Self::Help {
                name: name.to_owned(),
                help: unescape(help, false)?,
            });
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ')?;
            return Some(Self::Type {
                name: name.to_owned(),
                kind: kind.to_owned(),
            });
        }
        sample(line).map(Self::Sample)
    }
}

fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    is_name(name, true).then_some(())?;
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"")?;
            is_name(label, false).then_some(())?;
            let end = end_of_value(after)?;
            let value = unescape(&after[..end], true)?;
            labels
                .insert(label.to_owned(), value)
                .is_none()
                .then_some(())?;
            rest = &after[end + 1..];
            match rest.chars().next()? {
                ',' => rest = &rest[1..],
                '}' => break,
                _ => return None,
            }
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ')?;
    let is_plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e');
    let value = match value {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        value => value.bytes().all(is_plain).then(|| value.parse().ok())??,
    };
    Some(Sample {
        name: name.to_owned(),
        labels,
        value,
    })
}

/// The index of the quote that ends a value.
fn end_of_value(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

fn unescape(text: &str, is_quoted: bool) -> Option<String> {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next()? {
                '\\' => '\\',
                'n' => '\n',
                '"' if is_quoted => '"',
                _ => return None,
            },
            character => character,
        });
    }
    Some(plain)
}

fn is_name(name: &str, takes_colons: bool) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || (takes_colons && c == ':');
    name.starts_with(is_first) && name.chars().all(|c| is_first(c) || c.is_ascii_digit())
}
