//! A line of a sample.

use crate::{name::is_label, value::Value};

/// The line of a sample, without a timestamp, as a [`Page`](crate::Page) has it.
#[derive(Debug, PartialEq)]
pub(crate) struct Sample<'a> {
    /// Everything before the value.
    pub(crate) whole: &'a str,
    /// The part before the labels.
    pub(crate) name: &'a str,
    pub(crate) value: Value,
}

impl<'a> Sample<'a> {
    pub(crate) fn read(line: &'a str) -> Option<Self> {
        let end = line.find(['{', ' '])?;
        let (name, rest) = line.split_at(end);
        let rest = match rest.strip_prefix('{') {
            Some(labels) => after_labels(labels)?,
            None => rest,
        };
        let whole = line.strip_suffix(rest)?;
        let value = Value::read(rest.strip_prefix(' ')?)?;
        Some(Self { whole, name, value })
    }
}

/// The rest of a text after labels whose first brace is open before it.
fn after_labels(mut text: &str) -> Option<&str> {
    loop {
        let (label, value) = text.split_once("=\"")?;
        if !is_label(label) && label != "le" {
            return None;
        }
        let rest = after_quoted(value)?;
        match rest.strip_prefix(',') {
            Some(next) => text = next,
            None => return rest.strip_prefix('}'),
        }
    }
}

/// The rest of a text after the next quote that has no backslash before it.
fn after_quoted(text: &str) -> Option<&str> {
    let mut is_escaped = false;
    let end = text.find(|character| {
        let ends = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        ends
    })?;
    Some(&text[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_a_name_labels_and_a_value() {
        for (line, whole, name) in [
            ("a 1", "a", "a"),
            ("a{b=\"\"} 1", "a{b=\"\"}", "a"),
            ("a{b=\"c} 2\",le=\"1\"} 1", "a{b=\"c} 2\",le=\"1\"}", "a"),
            ("a{b=\"\\\"} 2\\\\\"} 1", "a{b=\"\\\"} 2\\\\\"}", "a"),
        ] {
            let value = Value::Unsigned(1);
            assert_eq!(Sample::read(line), Some(Sample { whole, name, value }));
        }
        for line in [
            "",
            "a",
            "a 1 2",
            "a  1",
            "a{} 1",
            "a{b=\"c\"} 1 2",
            "a{b=\"c\"}1",
            "a{b=\"c\",} 1",
            "a{b=\"c} 1",
            "a{b=c} 1",
            "a{9=\"c\"} 1",
            "a{b=\"c\\\"} 1",
        ] {
            assert_eq!(Sample::read(line), None, "{line}");
        }
    }
}
