//! Rules, and the macro that declares them.

use std::fmt;

/// A rule of the contract: a name, a sentence and a reference.
///
/// Each rule is a constant in the module [`rules`](crate::rules). Nothing that Rust's types already
/// guarantee is a rule.
///
/// ```
/// use wsgi_validate::{Severity, Side, rules};
///
/// let rule = rules::CONTENT_LENGTH;
/// assert_eq!(rule.name(), "CONTENT_LENGTH");
/// assert_eq!(rule.side(), Side::Application);
/// assert_eq!(rule.severity(), Severity::Violation);
/// assert_eq!(rule.reference(), "PEP 3333, Handling the Content-Length Header");
/// assert_eq!(rule.text(), "`Content-Length` is the length of the body.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    pub(crate) severity: Severity,
    pub(crate) reference: &'static str,
    pub(crate) text: &'static str,
}

/// The side that can break a rule.
///
/// ```
/// use wsgi_validate::{Side, rules};
///
/// assert_eq!(rules::CONTENT_TYPE.side(), Side::Application);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The server or gateway, or the middleware around the validator.
    Gateway,
    /// The application, or the middleware inside the validator.
    Application,
}

/// The severity of breaking a rule.
///
/// ```
/// use wsgi_validate::{Severity, rules};
///
/// assert_eq!(rules::CONTENT_TYPE.severity(), Severity::Violation);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// A specification or Python's `wsgiref.validate` forbids it.
    Violation,
    /// It is allowed, but hardly ever meant.
    Warning,
}

impl Rule {
    /// The name of the constant.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The side that can break the rule.
    #[must_use]
    pub const fn side(self) -> Side {
        self.side
    }

    /// The severity of breaking the rule.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.severity
    }

    /// The section of the specification that has the rule.
    #[must_use]
    pub const fn reference(self) -> &'static str {
        self.reference
    }

    /// The rule as a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.text
    }
}

/// Shows the sentence and the reference.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text, self.reference)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gateway => "gateway",
            Self::Application => "application",
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Violation => "violation",
            Self::Warning => "warning",
        })
    }
}

/// Declares the rules of a file in a module `rules`. Each has a sentence, a constant, a side, a
/// severity and a reference, which are the only source for documentation and findings.
macro_rules! rules {
    ($(
        $(#[doc = $text:literal])+
        $name:ident: $side:ident, $severity:ident, $reference:literal;
    )+) => {
        pub(crate) mod rules {
            use crate::rule::{Rule, Severity, Side};
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

        /// The rules of this file, in order.
        pub(crate) const RULES: &[crate::rule::Rule] = &[$(rules::$name),+];
    };
}
pub(crate) use rules;
