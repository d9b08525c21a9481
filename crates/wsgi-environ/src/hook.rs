//! The hooks at the end of a request.

use std::sync::Arc;

use crate::{environ::Environ, outcome::Outcome};

/// A hook that many requests share
/// ([`Environ::on_finished_shared`](crate::Environ::on_finished_shared)).
pub type SharedHook = Arc<dyn Fn(&Environ, &Outcome) + Send + Sync>;

/// The hook of one request.
type OwnHook = Box<dyn FnOnce(&Environ, &Outcome) + Send>;

/// A function that runs at the end of a request.
pub(crate) enum Hook {
    Own(OwnHook),
    Shared(SharedHook),
}

impl Hook {
    pub(crate) fn run(self, environ: &Environ, outcome: &Outcome) {
        match self {
            Self::Own(hook) => hook(environ, outcome),
            Self::Shared(hook) => hook(environ, outcome),
        }
    }
}
