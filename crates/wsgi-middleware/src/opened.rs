//! The sessions of the calls that run for a request, one inside the other.

use wsgi_environ::{Environ, ReusableExtension};
use wsgi_sessions::{Session, Sessions};

/// The sessions that middleware has opened for a request; an extension of the environ, from the
/// first call with a session on.
#[derive(Default)]
pub(crate) struct Opened {
    /// Those of the calls that run, from the outermost to the innermost one.
    running: Vec<Session>,
    /// The session that a gateway between frameworks had inserted into the environ before.
    of_gateway: Option<Session>,
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
        if is_first && former.is_some() {
            environ.reusable_extension::<Self>().of_gateway = former;
        }
    }

    /// Ends a call, and gives the session of the call around it back. Without one, the session
    /// stays.
    fn leave(environ: &mut Environ) {
        let opened = environ.reusable_extension::<Self>();
        opened.last = opened.running.pop();
        let around = opened.running.last().or(opened.of_gateway.as_ref());
        if let Some(session) = around.cloned() {
            environ.insert_extension(session);
        }
    }
}

impl ReusableExtension for Opened {
    fn clear(&mut self) {
        self.running.clear();
        self.of_gateway = None;
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
    let opened = environ.extension::<Opened>();
    let of_gateway = match opened {
        Some(opened) => opened.of_gateway.as_ref(),
        None => environ.extension(),
    };
    let running = opened.map_or(&[][..], |opened| &opened.running);
    of_gateway.into_iter().chain(running)
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
        let session = running.or(opened.of_gateway.as_ref().filter(is_wanted))?;
        let is_shown = shown.is_some_and(|shown| is_wanted(&shown));
        Some(Self {
            hidden: (!is_shown).then(|| session.clone()),
            is_of_gateway: running.is_none(),
        })
    }
}
