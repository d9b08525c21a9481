//! The origins that a policy allows.

use std::{fmt, sync::Arc};

use crate::{origin::Origin, origin_pattern::OriginPattern};

/// The origins that a policy allows.
#[derive(Clone, Debug)]
pub(super) enum Origins {
    Any,
    These(Trusted),
}

/// Origins by their patterns, and by conditions. None at first.
#[derive(Clone, Debug, Default)]
pub(super) struct Trusted {
    pub(super) patterns: Vec<OriginPattern>,
    pub(super) conditions: Vec<Condition>,
}

/// A function that decides about an origin.
#[derive(Clone)]
pub(super) struct Condition(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl Trusted {
    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty() && self.conditions.is_empty()
    }

    /// Whether the value of a field `Origin` is one of these. Never the case for `null`, which any
    /// page can send.
    pub(super) fn contains(&self, value: &[u8]) -> bool {
        let (Some(origin), Ok(text)) = (Origin::parse(value), str::from_utf8(value)) else {
            return false;
        };
        let patterns = &mut self.patterns.iter();
        patterns.any(|pattern| pattern.matches_origin(&origin))
            || self.conditions.iter().any(|Condition(allows)| allows(text))
    }
}

impl Condition {
    pub(super) fn new(allows: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(allows))
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condition")
    }
}
