//! The sessions of the calls that run for a request, one inside the other.

use std::slice;

use wsgi_environ::{Environ, ReusableExtension};
use wsgi_sessions::{Session, Sessions};

/// The sessions that middleware has opened for a request; an extension of the environ, from the
/// first call with a session on.
#[derive(Default)]
pub(crate) struct Opened {
    /// Those of the calls that run, from the outermost to the innermost one.
    running: Vec<Session>,
    /// Those that a gateway between frameworks saves, from the outermost to the innermost one.
    of_gateway: Vec<Session>,
    has_begun: bool,
    /// The last handle to the session of the call that ended last, which leaves its memory to the
    /// next one.
    ///
    /// Extensions are cleared from the last to the first. So the session itself, which comes after
    /// this one, is gone by then, unless a gateway had inserted one before. While another handle
    /// exists, the memory is not left: it is freed with the last one.
    last: Option<Session>,
}

impl Opened {
    /// Gives a session to the application that is about to be called.
    fn enter(environ: &mut Environ, session: &Session) {
        let opened = environ.reusable_extension::<Self>();
        let is_first = !std::mem::replace(&mut opened.has_begun, true);
        opened.running.push(session.clone());
        let former = environ.insert_extension(session.clone());
        if is_first && let Some(former) = former {
            environ.reusable_extension::<Self>().of_gateway.push(former);
        }
    }

    /// Ends a call, and gives the session of the call around it back. Without one, the session
    /// stays.
    fn leave(environ: &mut Environ) {
        let opened = environ.reusable_extension::<Self>();
        opened.last = opened.running.pop();
        let around = opened.running.last().or(opened.of_gateway.last());
        if let Some(session) = around.cloned() {
            environ.insert_extension(session);
        }
    }
}

impl ReusableExtension for Opened {
    fn clear(&mut self) {
        self.running.clear();
        self.of_gateway.clear();
        self.has_begun = false;
        if let Some(session) = self.last.take() {
            session.recycle();
        }
    }
}

/// The sessions of the calls that run for a request, from the outermost to the innermost one. It is
/// for gateways between frameworks, whose applications can share one of them.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{SessionMiddleware, running_sessions};
/// use wsgi_sessions::{MemoryStore, Sessions};
/// use wsgi_testing::Request;
///
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, ())?;
///     Ok(running_sessions(environ).count().to_string().into())
/// });
/// assert_eq!(Request::get("/").call(&app).text(), "0");
/// let app = SessionMiddleware::new(app, Sessions::new(MemoryStore::new()));
/// assert_eq!(Request::get("/").call(&app).text(), "1");
/// ```
pub fn running_sessions(environ: &Environ) -> impl Iterator<Item = &Session> {
    let (of_gateway, running) = match environ.extension::<Opened>() {
        Some(opened) => (&*opened.of_gateway, &*opened.running),
        None => (
            environ.extension().map_or(&[][..], slice::from_ref),
            &[][..],
        ),
    };
    of_gateway.iter().chain(running)
}

/// Sets the sessions of the calls that run around a new environ, from the outermost to the
/// innermost one. It is for gateways between frameworks, which save these sessions. A call with the
/// same [`Sessions`] shares one of these, and no other one that is an extension of the environ.
///
/// ```
/// use wsgi_environ::Environ;
/// use wsgi_middleware::{open_session, running_sessions, set_running_sessions};
/// use wsgi_sessions::{MemoryStore, Session, Sessions};
///
/// let mut environ = Environ::new();
/// let session = open_session(&Sessions::new(MemoryStore::new()), &environ);
/// set_running_sessions(&mut environ, [session]);
/// assert_eq!(running_sessions(&environ).count(), 1);
/// assert!(environ.extension::<Session>().is_some(), "the application has the innermost one");
/// ```
pub fn set_running_sessions(environ: &mut Environ, sessions: impl IntoIterator<Item = Session>) {
    let opened = environ.reusable_extension::<Opened>();
    opened.has_begun = true;
    opened.of_gateway.clear();
    opened.of_gateway.extend(sessions);
    if let Some(session) = opened.of_gateway.last().cloned() {
        environ.insert_extension(session);
    }
}

/// The environ in a call with a session. However the call ends, even by a panic, dropping this
/// gives the session of the call around it back.
pub(crate) struct Entered<'a> {
    pub(crate) environ: &'a mut Environ,
}

impl<'a> Entered<'a> {
    pub(crate) fn new(environ: &'a mut Environ, session: &Session) -> Self {
        Opened::enter(environ, session);
        Self { environ }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        Opened::leave(self.environ);
    }
}

/// The session that a call shares with one around it, which has the same sessions and saves it.
pub(crate) struct Around {
    /// The session, if a call in between has given another one to the environ.
    pub(crate) hidden: Option<Session>,
    /// Whether a gateway between frameworks saves it, and not middleware.
    pub(crate) is_of_gateway: bool,
}

impl Around {
    /// Finds the session of a call around the one that is about to be made.
    pub(crate) fn of(environ: &Environ, sessions: &Sessions) -> Option<Self> {
        let is_wanted = |session: &&Session| sessions.has_opened(session);
        let shown = environ.extension::<Session>();
        let Some(opened) = environ.extension::<Opened>() else {
            return shown.filter(is_wanted).map(|_| Self {
                hidden: None,
                is_of_gateway: true,
            });
        };
        // The one in the environ may be that of a call that has ended.
        let running = opened.running.iter().rfind(is_wanted);
        let session = running.or_else(|| opened.of_gateway.iter().rfind(is_wanted))?;
        let is_shown = shown.is_some_and(|shown| is_wanted(&shown));
        Some(Self {
            hidden: (!is_shown).then(|| session.clone()),
            is_of_gateway: running.is_none(),
        })
    }
}
