//! Further fields of files.

use wsgi_environ::is_hop_by_hop;
use wsgi_headers::{Headers, InvalidHeader, is_field_value, is_token};

use crate::{file_path::FilePath, pattern::Pattern};

/// The rules by which files get further fields.
#[derive(Debug, Default)]
pub(crate) struct FieldRules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    name: String,
    value: String,
}

/// The fields whose values depend on the response, and `Cache-Control`, which has rules of its own.
const RESERVED: [&str; 14] = [
    "Accept-Ranges",
    "Cache-Control",
    "Content-Digest",
    "Content-Encoding",
    "Content-Length",
    "Content-MD5",
    "Content-Range",
    "Content-Type",
    "Digest",
    "ETag",
    "Last-Modified",
    "Repr-Digest",
    "Vary",
    "X-Content-Type-Options",
];

impl FieldRules {
    /// Adds a rule.
    ///
    /// # Panics
    ///
    /// The pattern matches no file, the name or the value is invalid, or the name is reserved.
    #[track_caller]
    pub(crate) fn add(&mut self, pattern: &str, name: &str, value: &str) {
        let is_reserved = RESERVED.iter().any(|own| own.eq_ignore_ascii_case(name));
        assert!(
            !is_reserved && !is_hop_by_hop(name),
            "{name:?} cannot be set for files"
        );
        assert!(is_token(name.as_bytes()), "{name:?} is not a field name");
        assert!(
            is_field_value(value.as_bytes()),
            "{value:?} is not a field value"
        );
        self.0.push(Rule {
            pattern: Pattern::of_paths(pattern),
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }

    /// Adds the fields of a file. Of several rules for one name, the first counts.
    pub(crate) fn append(
        &self,
        path: &FilePath<'_>,
        headers: &mut Headers,
    ) -> Result<(), InvalidHeader> {
        let matching = self.0.iter().filter(|rule| rule.matches(path));
        for Rule { name, value, .. } in matching {
            headers.set_default(name, value)?;
        }
        Ok(())
    }
}

impl Rule {
    fn matches(&self, path: &FilePath<'_>) -> bool {
        self.pattern.matches(path.as_bytes())
    }
}
