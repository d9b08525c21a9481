//! The policy of `Content-Security-Policy`, with places for a nonce.

use std::fmt;

use super::frame_ancestors::FrameAncestors;

/// The place of a nonce.
const NONCE: &str = "{nonce}";

/// The directive that has a method of its own.
const FRAME_ANCESTORS: &str = "frame-ancestors";

pub(super) struct Policy {
    /// With the places of the nonce. May be empty.
    text: String,
    has_nonce: bool,
    ancestors: Option<String>,
    /// The policies of responses without a nonce.
    plain: String,
    plain_without_ancestors: String,
}

impl Policy {
    pub(super) fn new() -> Self {
        let mut policy = Self {
            text: String::new(),
            has_nonce: false,
            ancestors: FrameAncestors::default().directive(),
            plain: String::new(),
            plain_without_ancestors: String::new(),
        };
        policy.write();
        policy
    }

    #[track_caller]
    pub(super) fn set(&mut self, text: &str) {
        let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        assert!(is_printable, "the policy {text:?} is not printable ASCII");
        assert!(!text.contains(','), "the policy {text:?} has a comma");
        let has_ancestors = has_frame_ancestors(text.as_bytes());
        assert!(!has_ancestors, "the policy has {FRAME_ANCESTORS}");
        text.trim_end_matches([' ', ';']).clone_into(&mut self.text);
        self.has_nonce = text.contains(NONCE);
        self.write();
    }

    pub(super) fn set_ancestors(&mut self, ancestors: FrameAncestors) {
        self.ancestors = ancestors.directive();
        self.write();
    }

    pub(super) fn has_nonce(&self) -> bool {
        self.has_nonce
    }

    /// The directive `frame-ancestors`.
    pub(super) fn ancestors(&self) -> Option<&str> {
        self.ancestors.as_deref()
    }

    /// The policy of a response without a nonce.
    pub(super) fn plain(&self, with_ancestors: bool) -> &str {
        match with_ancestors {
            true => &self.plain,
            false => &self.plain_without_ancestors,
        }
    }

    /// The policy of a response with a nonce.
    pub(super) fn with_nonce(&self, nonce: &str, with_ancestors: bool) -> String {
        let source = format!("'nonce-{nonce}'");
        self.joined(self.text.replace(NONCE, &source), with_ancestors)
    }

    fn write(&mut self) {
        self.plain = self.joined(without_nonce(&self.text), true);
        self.plain_without_ancestors = self.joined(without_nonce(&self.text), false);
    }

    fn joined(&self, mut policy: String, with_ancestors: bool) -> String {
        let ancestors = self.ancestors.as_deref().filter(|_| with_ancestors);
        if let Some(ancestors) = ancestors {
            if !policy.is_empty() {
                policy.push_str("; ");
            }
            policy.push_str(ancestors);
        }
        policy
    }
}

/// The policy without the places of a nonce. A directive that has no other source allows none.
fn without_nonce(text: &str) -> String {
    let directives = text.split(';').map(|directive| {
        if !directive.contains(NONCE) {
            return directive.to_owned();
        }
        let left = directive.replace(NONCE, "");
        let mut words: Vec<&str> = left.split_ascii_whitespace().collect();
        if words.len() == 1 {
            words.push("'none'");
        }
        let space = if directive.starts_with(' ') { " " } else { "" };
        format!("{space}{}", words.join(" "))
    });
    directives.collect::<Vec<_>>().join(";")
}

/// Whether a policy, or one of several in a list, has the directive (section 2.2.1). Names of
/// directives are in any case.
pub(super) fn has_frame_ancestors(value: &[u8]) -> bool {
    let mut directives = value.split(|byte| b";,".contains(byte));
    directives.any(|directive| {
        let directive = directive.trim_ascii_start();
        let name = directive.split(u8::is_ascii_whitespace).next();
        name.is_some_and(|name| name.eq_ignore_ascii_case(FRAME_ANCESTORS.as_bytes()))
    })
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.joined(self.text.clone(), true), f)
    }
}

#[cfg(test)]
mod tests {
    use super::has_frame_ancestors;

    #[test]
    fn the_directive_is_found_by_its_name() {
        for (policy, expected) in [
            ("frame-ancestors 'self'", true),
            ("default-src 'self';frame-ancestors", true),
            ("default-src 'self'; \tFrame-Ancestors *", true),
            ("default-src 'self', frame-ancestors 'none'", true),
            ("", false),
            ("default-src frame-ancestors", false),
            ("x-frame-ancestors *", false),
            ("frame-ancestorss *", false),
        ] {
            assert_eq!(has_frame_ancestors(policy.as_bytes()), expected, "{policy}");
        }
    }
}
