//! The hooks at the end of a request.

use std::sync::Arc;

use crate::outcome::Outcome;

/// The hook of one request.
type OwnHook<E> = Box<dyn FnOnce(&E, &Outcome) + Send>;

/// A hook that many requests share.
type SharedHook<E> = Arc<dyn Fn(&E, &Outcome) + Send + Sync>;

/// A function that runs at the end of a request, with what an environ holds then.
pub(crate) enum Hook<E> {
    Own(OwnHook<E>),
    Shared(SharedHook<E>),
    /// One that runs at the deadline, if that passes during the call.
    FinishedOrOverdue(SharedHook<E>),
}

impl<E> Hook<E> {
    /// The same hook for a deadline, if it is one that runs then.
    pub(crate) fn for_deadline(&self) -> Option<Self> {
        match self {
            Self::FinishedOrOverdue(hook) => Some(Self::FinishedOrOverdue(hook.clone())),
            Self::Own(_) | Self::Shared(_) => None,
        }
    }

    pub(crate) fn run(self, environ: &E, outcome: &Outcome) {
        match self {
            Self::Own(hook) => hook(environ, outcome),
            Self::Shared(hook) | Self::FinishedOrOverdue(hook) => hook(environ, outcome),
        }
    }
}
