//! The field `Cache-Control` of files.

use std::time::Duration;

use crate::{file_path::FilePath, pattern::Pattern};

/// The value for files that never change (RFC 8246): a year.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The rules by which files get a field `Cache-Control` (RFC 9111, section 5.2.2).
#[derive(Debug, Default)]
pub(crate) struct CacheRules {
    by_path: Vec<(Pattern, String)>,
    has_fingerprints: bool,
    by_type: Vec<(Pattern, String)>,
    others: Option<String>,
}

impl CacheRules {
    /// Adds a rule for paths.
    ///
    /// # Panics
    ///
    /// The pattern matches no file.
    #[track_caller]
    pub(crate) fn add_path(&mut self, pattern: &str, value: String) {
        self.by_path.push((Pattern::of_paths(pattern), value));
    }

    /// Adds a rule for media types.
    ///
    /// # Panics
    ///
    /// The pattern matches no media type.
    #[track_caller]
    pub(crate) fn add_type(&mut self, pattern: &str, value: String) {
        self.by_type.push((Pattern::of_media_types(pattern), value));
    }

    pub(crate) fn set_fingerprints(&mut self, are_immutable: bool) {
        self.has_fingerprints = are_immutable;
    }

    pub(crate) fn set_others(&mut self, value: String) {
        self.others = Some(value);
    }

    /// Sets the value of all others to a time. Only zero is zero seconds, with which caches ask.
    pub(crate) fn set_max_age(&mut self, time: Duration) {
        let part = u64::from(time.subsec_nanos() > 0);
        let seconds = time.as_secs().saturating_add(part);
        self.set_others(match seconds {
            0 => "no-cache".to_owned(),
            // Caches may read it as a signed number.
            _ => format!("max-age={}", seconds.min(i64::MAX as u64)),
        });
    }

    /// The value for a file. The closest rule wins: of the path, the name, the type.
    pub(crate) fn of(&self, path: &FilePath<'_>, content_type: &str) -> Option<&str> {
        if let Some(value) = first(&self.by_path, path.as_bytes()) {
            return Some(value);
        }
        if !self.has_fingerprints && self.by_type.is_empty() {
            return self.others.as_deref();
        }
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        if self.has_fingerprints && media_type != "text/html" && has_fingerprint(path.name()) {
            return Some(IMMUTABLE);
        }
        first(&self.by_type, media_type.as_bytes()).or(self.others.as_deref())
    }
}

fn first<'a>(rules: &'a [(Pattern, String)], text: &[u8]) -> Option<&'a str> {
    let rule = rules.iter().find(|(pattern, _)| pattern.matches(text));
    rule.map(|(_, value)| &**value)
}

/// Whether a name has a part that a build tool makes from the contents, as `app.3f9c2b1a.js` and
/// `index-B4x9Kq2Z.js` have: at least eight characters between a dot or hyphen and a dot, which are
/// hexadecimal digits, or letters of both cases, digits and underscores, and which have a digit
/// before a letter.
fn has_fingerprint(name: &[u8]) -> bool {
    let mut before = None;
    let mut rest = name;
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'.' | b'-')) {
        let part = &rest[..end];
        if before.is_some() && rest[end] == b'.' && is_fingerprint(part) {
            return true;
        }
        before = Some(rest[end]);
        rest = &rest[end + 1..];
    }
    false
}

fn is_fingerprint(part: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| part.iter().any(is);
    let is_hex = part
        .iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    let is_word = part
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_mixed = has(u8::is_ascii_lowercase) && (is_hex || has(u8::is_ascii_uppercase));
    // Words with a number at the end, such as `Version2`, are names that people give.
    let digit = part.iter().position(u8::is_ascii_digit);
    let has_inner_digit = digit.is_some_and(|at| part[at..].iter().any(u8::is_ascii_alphabetic));
    part.len() >= 8 && is_word && is_mixed && has_inner_digit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_told_from_words_and_dates() {
        for name in [
            "app.3f9c2b1a.js",
            "app-3f9c2b1a.min.js",
            "index-B4x9Kq2Z.js",
            "main.0123456789abcdef0123456789abcdef.css",
            "a.b.c-9Fe_0aaa.woff2",
        ] {
            assert!(has_fingerprint(name.as_bytes()), "{name}");
        }
        for name in [
            "app.js",
            "3f9c2b1a.js",
            "app.3f9c2b1.js",
            "app.3f9c2b1a",
            "report-20261128.pdf",
            "the-deadbeef.js",
            "jquery-migrated.js",
            "index-MyComponent.js",
            "index-mycomponent2.js",
            "index-MyComponent2.js",
            "report-Version2.pdf",
            "photo.facade12.jpg",
            "photo-IMG12345.jpg",
            "a-b9Fe 0aaa.js",
        ] {
            assert!(!has_fingerprint(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn the_closest_rule_wins() {
        let mut rules = CacheRules::default();
        let of = |rules: &CacheRules, path: &str, content_type: &str| {
            let path = FilePath::new(path).unwrap();
            rules.of(&path, content_type).map(str::to_owned)
        };
        assert_eq!(of(&rules, "a.html", "text/html"), None);
        rules.set_others("others".into());
        rules.add_type("Text/*", "text".into());
        rules.add_type("text/html", "never reached".into());
        rules.set_fingerprints(true);
        rules.add_path("/assets/*", "assets".into());
        rules.add_path("assets/a*", "never reached".into());
        let html = "text/html; charset=utf-8";
        assert_eq!(of(&rules, "a.html", html).as_deref(), Some("text"));
        let page = of(&rules, "a.3f9c2b1a.html", html);
        assert_eq!(page.as_deref(), Some("text"), "a page is not immutable");
        assert_eq!(of(&rules, "a.png", "image/png").as_deref(), Some("others"));
        let css = "text/css; charset=utf-8";
        let of = |path| of(&rules, path, css);
        assert_eq!(of("a.3f9c2b1a.css").as_deref(), Some(IMMUTABLE));
        assert_eq!(of("assets/a.3f9c2b1a.css").as_deref(), Some("assets"));
    }
}
