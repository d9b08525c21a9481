//! A tolerant reader of the tags in a page.

use std::borrow::Cow;

/// A piece of a page.
#[derive(Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Start(Tag),
    /// An end tag, with its name in lower case.
    End(String),
    Text(Cow<'a, str>),
}

/// A start tag.
#[derive(Debug, PartialEq)]
pub(crate) struct Tag {
    /// The name in lower case.
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute. It is empty if the attribute has none.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| &**value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// The value of an attribute in lower case, or nothing.
    pub(crate) fn keyword(&self, name: &str) -> String {
        self.attribute(name)
            .unwrap_or_default()
            .to_ascii_lowercase()
    }

    /// Whether a link or a form may name its page to its target (HTML Standard, "Link type
    /// `noreferrer`").
    pub(crate) fn sends_referrer(&self) -> bool {
        let relations = self.keyword("rel");
        let mut relations = relations.split_ascii_whitespace();
        !relations.any(|relation| relation == "noreferrer")
    }
}

/// Whether an element stands in a line of its own or in a cell, or ends a line, so that the words
/// before and after it are apart (HTML Standard, "Rendering").
pub(crate) fn is_line(name: &str) -> bool {
    const LINES: &str = "address article aside blockquote br caption center dd details dialog dir \
        div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend \
        li listing main menu nav ol p plaintext pre search section summary table tbody td tfoot th \
        thead tr ul xmp";
    LINES.split(' ').any(|line| line == name)
}

/// The tokens of a page, as the tokenizer of the HTML Standard (section 13.2.5) finds them in pages
/// without errors. Comments, declarations, and the content of scripts and styles are left out.
///
/// Of the named character references, it knows `amp`, `lt`, `gt`, `quot`, `apos` and `nbsp`. Others
/// stay as they are.
pub(crate) struct Tokens<'a> {
    rest: &'a str,
    /// The name of an open element in whose text `<` is not a tag.
    raw: Option<&'static str>,
}

/// The elements in whose text `<` is not a tag.
const RAW: [&str; 8] = [
    "iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp",
];

impl<'a> Tokens<'a> {
    pub(crate) fn new(page: &'a str) -> Self {
        Self {
            rest: page,
            raw: None,
        }
    }

    /// Takes the text up to an end, which is left out as well. Without that end, it is everything.
    fn take_past(&mut self, end: &str) {
        let at = self.rest.find(end).map(|at| at + end.len());
        self.rest = &self.rest[at.unwrap_or(self.rest.len())..];
    }

    /// Takes a text of this length.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn raw_text(&mut self, name: &'static str) -> Token<'a> {
        let text = self.take(end_of_raw(self.rest, name));
        match name {
            "textarea" | "title" => Token::Text(decoded(text)),
            _ => Token::Text("".into()),
        }
    }

    fn end_tag(&mut self) -> Token<'a> {
        self.take("</".len());
        let name = self.take(name_length(self.rest)).to_ascii_lowercase();
        self.attributes();
        Token::End(name)
    }

    fn start_tag(&mut self) -> Token<'a> {
        self.take("<".len());
        let name = self.take(name_length(self.rest)).to_ascii_lowercase();
        self.raw = RAW.into_iter().find(|raw| *raw == name);
        let attributes = self.attributes();
        Token::Start(Tag { name, attributes })
    }

    /// Takes the rest of a tag. Of two attributes with the same name, the first counts.
    fn attributes(&mut self) -> Vec<(String, String)> {
        let mut attributes: Vec<(String, String)> = Vec::new();
        loop {
            self.rest = self
                .rest
                .trim_start_matches(|c: char| is_space(c) || c == '/');
            match self.rest.chars().next() {
                None => return attributes,
                Some('>') => {
                    self.take(1);
                    return attributes;
                }
                Some(_) => {
                    let (name, value) = self.attribute();
                    if !attributes.iter().any(|(known, _)| *known == name) {
                        attributes.push((name, value));
                    }
                }
            }
        }
    }

    fn attribute(&mut self) -> (String, String) {
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let is_end = |c: char| is_space(c) || matches!(c, '/' | '>' | '=');
        let length = self.rest[first..].find(is_end);
        let name = self.take(length.map_or(self.rest.len(), |length| first + length));
        let name = name.to_ascii_lowercase();
        let after = self.rest.trim_start_matches(is_space);
        let Some(after) = after.strip_prefix('=') else {
            return (name, String::new());
        };
        self.rest = after.trim_start_matches(is_space);
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = match quote {
            Some(quote) => {
                self.take(1);
                let end = self.rest.find(quote);
                let value = self.take(end.unwrap_or(self.rest.len()));
                self.rest = self.rest.strip_prefix(quote).unwrap_or(self.rest);
                value
            }
            None => {
                let end = self.rest.find(|c: char| is_space(c) || c == '>');
                self.take(end.unwrap_or(self.rest.len()))
            }
        };
        (name, decoded(value).into_owned())
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_text(name));
        }
        loop {
            let after = self.rest.strip_prefix('<');
            let Some(after) = after else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let text = self.take(end);
                return (!text.is_empty()).then(|| Token::Text(decoded(text)));
            };
            let starts_name = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
            if starts_name(after) {
                return Some(self.start_tag());
            } else if after.strip_prefix('/').is_some_and(starts_name) {
                return Some(self.end_tag());
            } else if after.starts_with("!--") {
                self.take("<!--".len());
                self.take_past("-->");
            } else if after.starts_with(['!', '?', '/']) {
                self.take_past(">");
            } else {
                return Some(Token::Text(self.take(1).into()));
            }
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

fn name_length(text: &str) -> usize {
    let is_end = |c: char| is_space(c) || matches!(c, '/' | '>');
    text.find(is_end).unwrap_or(text.len())
}

/// The length of the text up to the end tag of an element.
fn end_of_raw(text: &str, name: &str) -> usize {
    let is_end = |&(at, _): &(usize, &str)| {
        let after = &text.as_bytes()[at + "</".len()..];
        let (start, rest) = after.split_at_checked(name.len()).unwrap_or((b"", b""));
        let is_over = rest
            .first()
            .is_none_or(|&byte| is_space(byte.into()) || b"/>".contains(&byte));
        start.eq_ignore_ascii_case(name.as_bytes()) && is_over
    };
    text.match_indices("</")
        .find(is_end)
        .map_or(text.len(), |(at, _)| at)
}

/// The text with the characters that its references stand for (HTML Standard section 13.2.5.72).
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((character, length)) => {
                decoded.push(character);
                rest = &rest[length..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded.into()
}

/// The character of a reference at the start of a text, and the length of the reference.
fn reference(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = "&#x0010FFFF;".len();
    let window = text.as_bytes();
    let end = window.iter().take(LONGEST).position(|&byte| byte == b';')?;
    let name = &text[1..end];
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix(['x', 'X']) {
                Some(digits) => (digits, 16),
                None => (number, 10),
            };
            // A sign is no digit, although the parser of numbers accepts one.
            let is_number = digits.chars().all(|digit| digit.is_digit(radix));
            let code = u32::from_str_radix(digits, radix).ok();
            char::from_u32(code.filter(|_| is_number)?)
                .filter(|&c| c != '\0')
                .unwrap_or('\u{fffd}')
        }
    };
    Some((character, end + 1))
}

#[cfg(test)]
mod tests {
    use super::{Token, Tokens};

    /// The tokens, each in one line.
    fn shown(page: &str) -> String {
        let show = |token| match token {
            Token::Start(tag) => {
                let attributes = tag.attributes.iter();
                let attributes = attributes.map(|(name, value)| format!(" {name}={value}"));
                format!("<{}{}>", tag.name, attributes.collect::<String>())
            }
            Token::End(name) => format!("</{name}>"),
            Token::Text(text) => text.into_owned(),
        };
        Tokens::new(page).map(show).collect::<Vec<_>>().join("|")
    }

    #[track_caller]
    fn check(page: &str, tokens: &str) {
        assert_eq!(shown(page), tokens, "{page:?}");
    }

    #[test]
    fn tags_have_attributes_of_all_forms() {
        check("<A Href=/x?a&amp;b>", "<a href=/x?a&b>");
        check("<a b='\"' c=\"'\" d e = f>", "<a b=\" c=' d= e=f>");
        check("<a b=1 B=2/>", "<a b=1>");
        check("<a b=1/>", "<a b=1/>");
        check("<br/>x</ p></P >", "<br>|x|</p>");
        check("<a =b=c>", "<a =b=c>");
        check("<a\nb\t=\r'1'c>", "<a b=1 c=>");
    }

    #[test]
    fn what_is_not_a_tag_is_text_or_left_out() {
        check("a < b<3", "a |<| b|<|3");
        check("<!doctype html><!-- <a> -->x<?php ?>", "x");
        check("<!-- <a>", "");
        check("<a", "<a>");
        check("<a b='", "<a b=>");
        check("</", "");
        check("<", "<");
        check("", "");
    }

    #[test]
    fn tags_in_scripts_and_text_areas_are_none() {
        check("<script>'<b>'</script >x", "<script>||</script>|x");
        check(
            "<textarea><b>&lt;</textareax></TEXTAREA>",
            "<textarea>|<b><</textareax>|</textarea>",
        );
        check("<style>a", "<style>|");
    }

    #[test]
    fn references_are_decoded() {
        check(
            "&amp;&lt;&gt;&quot;&#39;&#x41;&eacute;&",
            "&<>\"'A&eacute;&",
        );
        check(
            "&#0;&#xD800;&#x110000;&#99999999999;",
            "\u{fffd}\u{fffd}\u{fffd}&#99999999999;",
        );
        check("&é;&#;&;", "&é;&#;&;");
        check("&#+65;&#x+41;&#-1;&#x;", "&#+65;&#x+41;&#-1;&#x;");
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        let page = "<é a=é b=\"é><!--é--><textarea>é</é";
        for end in (0..=page.len()).filter(|&end| page.is_char_boundary(end)) {
            assert!(Tokens::new(&page[..end]).count() <= end);
        }
    }
}
