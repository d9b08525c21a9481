//! Hooks that run at the end of a request.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{environ::Environ, outcome::Outcome};

pub(crate) type Hook = Box<dyn FnOnce(&Environ, &Outcome) + Send>;

/// Runs every hook, also after one that panicked, and returns the payloads of the panics.
pub(crate) fn run(
    hooks: &mut Vec<Hook>,
    environ: &Environ,
    outcome: &Outcome,
) -> Vec<Box<dyn Any + Send>> {
    hooks
        .drain(..)
        .filter_map(|hook| catch_unwind(AssertUnwindSafe(|| hook(environ, outcome))).err())
        .collect()
}
