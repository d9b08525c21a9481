//! The sessions of a request that middleware has opened, one inside the other.

use wsgi_environ::{Environ, ReusableExtension};
use wsgi_sessions::{Session, Sessions};

/// The sessions that middleware has opened for a request; an extension of the environ.
#[derive(Default)]
pub(crate) struct Opened {
    /// The last handle to the session that was opened last, which leaves its memory to the next
    /// one.
    ///
    /// Extensions are cleared from the last to the first. So the session itself, which comes after
    /// this one, is gone by then, unless a gateway had inserted one before. While another handle
    /// exists, the memory is not left: it is freed with the last one.
    last: Option<Session>,
    /// The number of calls with a session that run, one inside the other.
    running: usize,
}

impl Opened {
    /// Gives the session of a call to the application. Returns that of the call around it.
    pub(crate) fn enter(environ: &mut Environ, session: &Session) -> Option<Session> {
        let opened = environ.reusable_extension::<Self>();
        opened.last = Some(session.clone());
        opened.running += 1;
        environ.insert_extension(session.clone())
    }

    /// Ends a call, and gives the session of the call around it back.
    pub(crate) fn leave(environ: &mut Environ, former: Option<Session>) {
        let opened = environ.reusable_extension::<Self>();
        opened.running = opened.running.saturating_sub(1);
        if let Some(former) = former {
            environ.insert_extension(former);
        }
    }
}

impl ReusableExtension for Opened {
    fn clear(&mut self) {
        self.running = 0;
        if let Some(session) = self.last.take() {
            session.recycle();
        }
    }
}

/// Where the session of the call around another one comes from, if both have the same sessions.
pub(crate) enum Around {
    /// There is none.
    Nothing,
    /// Middleware has opened the session, and saves it.
    Middleware,
    /// A gateway between frameworks has inserted the session into the environ, and saves it.
    Gateway,
}

impl Around {
    /// Finds the session of the call around the one that is about to be made.
    pub(crate) fn of(environ: &Environ, sessions: &Sessions) -> Self {
        let session = environ.extension::<Session>();
        if !session.is_some_and(|session| sessions.has_opened(session)) {
            return Self::Nothing;
        }
        match environ.extension::<Opened>() {
            None => Self::Gateway,
            // An earlier call for the request has left its session.
            Some(opened) if opened.running == 0 => Self::Nothing,
            Some(_) => Self::Middleware,
        }
    }
}
