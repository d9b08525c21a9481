//! What a rule is, and how a file declares those that it checks.

use std::fmt;

/// A rule of the contract: a sentence, where it is from, and what it is called.
///
/// Each is a constant of the module [`rules`](crate::rules). A rule is not there where Rust's types
/// make sure that nobody can break it.
///
/// ```
/// use wsgi_validate::{Severity, Side, rules};
///
/// let rule = rules::CONTENT_LENGTH;
/// assert_eq!(rule.name(), "CONTENT_LENGTH");
/// assert_eq!(rule.side(), Side::Application);
/// assert_eq!(rule.severity(), Severity::Violation);
/// assert_eq!(rule.reference(), "PEP 3333, Handling the Content-Length Header");
/// assert_eq!(rule.text(), "A `Content-Length` is the length of the body.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    pub(crate) severity: Severity,
    pub(crate) reference: &'static str,
    pub(crate) text: &'static str,
}

/// Who can break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The server or gateway, or the middleware around the validator.
    Gateway,
    /// The application, or the middleware inside the validator.
    Application,
}

/// How bad it is to break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// A specification forbids it, or Python's `wsgiref.validate` does.
    Violation,
    /// It is allowed, but hardly ever meant.
    Warning,
}

impl Rule {
    /// Its name: that of the constant.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Who can break it.
    #[must_use]
    pub const fn side(self) -> Side {
        self.side
    }

    /// How bad that is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.severity
    }

    /// The section of the specification that it is from.
    #[must_use]
    pub const fn reference(self) -> &'static str {
        self.reference
    }

    /// The rule itself, in a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.text
    }
}

/// The sentence and its source.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text, self.reference)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Gateway => "gateway",
            Side::Application => "application",
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Violation => "violation",
            Severity::Warning => "warning",
        })
    }
}

/// Declares the rules of a file, in a module `rules`: each a sentence, its constant, who breaks
/// it, how bad that is and its source. All that is said about a rule anywhere is made of this.
macro_rules! rules {
    ($(
        $(#[doc = $text:literal])+
        $name:ident: $side:ident, $severity:ident, $reference:literal;
    )+) => {
        pub(crate) mod rules {
            use crate::{Rule, Severity, Side};
            $(
                $(#[doc = $text])+
                #[doc = ""]
                #[doc = concat!(
                    "Broken by the ", stringify!($side), ", a ", stringify!($severity), ": ", $reference, "."
                )]
                pub const $name: Rule = Rule {
                    name: stringify!($name),
                    side: Side::$side,
                    severity: Severity::$severity,
                    reference: $reference,
                    text: concat!($($text),+).trim_ascii(),
                };
            )+
        }

        /// The rules of this file, in this order.
        pub(crate) const RULES: &[crate::Rule] = &[$(rules::$name),+];
    };
}
pub(crate) use rules;
