//! The shape of a route's path.

use std::{cmp::Reverse, mem};

use crate::pattern::{Pattern, Piece};

/// The path of a route in segments, without the names of its parameters.
///
/// Shapes are ordered by precedence: if two are found at a path, the smaller one is meant.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shape(Vec<Segment>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Text(String),
    /// A parameter with text around it. More text takes precedence, first that before it.
    Parameter {
        lengths: (Reverse<usize>, Reverse<usize>),
        before: String,
        after: String,
    },
    /// The rest of the path, after a text. More text takes precedence.
    Rest(Reverse<String>),
}

impl Shape {
    pub(crate) fn of(pattern: &Pattern) -> Self {
        let (mut segments, mut segment) = (Vec::new(), Segment::empty());
        for piece in pattern.pieces() {
            match piece {
                Piece::Text(text) => {
                    for (index, part) in text.split('/').enumerate() {
                        if index > 0 {
                            segments.push(mem::replace(&mut segment, Segment::empty()));
                        }
                        segment.add_text(part);
                    }
                }
                Piece::Parameter(_) => segment.add_parameter(),
                Piece::Rest(_) => segment.add_rest(),
            }
        }
        segments.push(segment);
        Self(segments)
    }

    /// Whether two paths are alike up to a segment in which both have different parameters.
    pub(crate) fn has_other_parameter(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        let first = pairs.find(|(one, other)| one != other);
        first.is_some_and(|(one, other)| !one.is_text() && !other.is_text())
    }
}

impl Segment {
    const fn empty() -> Self {
        Self::Text(String::new())
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Adds a text at the end.
    fn add_text(&mut self, text: &str) {
        match self {
            Self::Text(own) | Self::Rest(Reverse(own)) => own.push_str(text),
            Self::Parameter { lengths, after, .. } => {
                after.push_str(text);
                lengths.1 = Reverse(after.len());
            }
        }
    }

    /// Adds a parameter at the end.
    fn add_parameter(&mut self) {
        if let Self::Text(text) = self {
            *self = Self::Parameter {
                lengths: (Reverse(text.len()), Reverse(0)),
                before: mem::take(text),
                after: String::new(),
            };
        }
    }

    /// Adds the rest of the path at the end.
    fn add_rest(&mut self) {
        if let Self::Text(text) = self {
            *self = Self::Rest(Reverse(mem::take(text)));
        }
    }
}
