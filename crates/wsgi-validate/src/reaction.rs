//! What happens when a rule is broken.

use crate::Report;

/// What a [`Validator`](crate::Validator) does with what it finds.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Reaction {
    /// Violations fail the response, whatever the application makes of them: the gateway logs them
    /// and answers 500, or cuts the connection where the head is out. What is found when nothing can
    /// fail any more, and warnings, go to the errors stream.
    #[default]
    Fail,
    /// All goes to the errors stream, and the response is what it would have been.
    Log,
    /// All goes to a report, and the response is what it would have been.
    Collect(Report),
}
