//! The error of a call that meets a server which does not answer.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::StoreError;

/// How long a server has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    /// The time since the silence began.
    pub(crate) lasts: Duration,
    /// Whether an earlier call has reported this silence.
    pub(crate) is_repeated: bool,
}

/// A server does not answer.
#[derive(Debug)]
pub(crate) struct Silent {
    server: String,
    silence: Silence,
    /// Why the call gave the server up, if it did: the others were turned away.
    gave_up: Option<String>,
}

impl Silent {
    /// The call waited in vain.
    pub(crate) fn gave_up(server: String, why: &dyn Error, silence: Silence) -> Self {
        Self {
            server,
            silence,
            gave_up: Some(why.to_string()),
        }
    }

    /// The call asked nothing, or was let go, since others wait in vain.
    pub(crate) fn turned_away(server: String, silence: Silence) -> Self {
        Self {
            server,
            silence,
            gave_up: None,
        }
    }

    /// Whether an earlier error has said so.
    pub(crate) fn is_repeated(&self) -> bool {
        self.silence.is_repeated
    }
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (server, lasts) = (&self.server, self.silence.lasts.as_secs_f64());
        match &self.gave_up {
            Some(why) => write!(
                f,
                "{server}: {why}; it has been silent for {lasts:.2} s, and until it answers, \
                 requests fail at once but for one at a time that tries"
            ),
            None => write!(
                f,
                "{server} has been silent for {lasts:.2} s, and enough requests wait for it"
            ),
        }
    }
}

impl Error for Silent {}

impl From<Silent> for StoreError {
    fn from(silent: Silent) -> Self {
        Self::unavailable(silent)
    }
}
