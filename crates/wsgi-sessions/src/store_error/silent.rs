//! Error of a call to a server that does not answer.

use std::{error::Error, fmt, time::Duration};

/// The duration of a server's silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    /// The time since the silence began.
    pub(crate) lasts: Duration,
    /// Whether an earlier call has reported this silence.
    pub(crate) is_repeated: bool,
}

/// Error of a call to a server that does not answer.
#[derive(Debug)]
pub(crate) struct Silent {
    server: String,
    silence: Silence,
    /// The reason why the call gave up. `None` if it was turned away.
    gave_up: Option<String>,
}

impl Silent {
    /// Makes the error of a call that waited in vain.
    pub(crate) fn gave_up(server: String, why: &dyn Error, silence: Silence) -> Self {
        Self {
            server,
            silence,
            gave_up: Some(why.to_string()),
        }
    }

    /// Makes the error of a call that was not sent, or was cut short, because others wait in vain.
    pub(crate) fn turned_away(server: String, silence: Silence) -> Self {
        Self {
            server,
            silence,
            gave_up: None,
        }
    }

    /// Whether an earlier error has reported this silence.
    pub(crate) fn is_repeated(&self) -> bool {
        self.silence.is_repeated
    }
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (server, lasts) = (&self.server, self.silence.lasts.as_secs_f64());
        match &self.gave_up {
            Some(why) => write!(f, "{server}: {why}; this has lasted for {lasts:.2} s"),
            None => write!(
                f,
                "{server} has not answered for {lasts:.2} s, and enough requests are waiting for it"
            ),
        }
    }
}

impl Error for Silent {}
