//! The calls of an application for one request.

use wsgi_application::Environ;
#[cfg(feature = "sessions")]
use wsgi_sessions::{Session, Sessions};

/// The things that the calls of an application for one request have in common; an extension of the
/// environ.
///
/// `InternalRedirects`, `ErrorDocuments` and `Cascade` may call what is inside them several times
/// for a request. Only then is there this extension, in which middleware inside them leaves what
/// its next call has to know. It ends with the outermost of the three.
#[derive(Default)]
pub(crate) struct Calls {
    /// The ids of the access logs that write a line for the request.
    logs: Vec<usize>,
    #[cfg(feature = "sessions")]
    sessions: Vec<Session>,
}

impl Calls {
    /// Whether an earlier call for this request has left a line in an access log.
    pub(crate) fn has_line(environ: &Environ, log: usize) -> bool {
        let calls = environ.extension::<Self>();
        calls.is_some_and(|calls| calls.logs.contains(&log))
    }

    /// Notes that the request has a line in an access log, so that later calls write none.
    pub(crate) fn leave_line(environ: &mut Environ, log: usize) {
        if let Some(calls) = environ.extension_mut::<Self>() {
            calls.logs.push(log);
        }
    }
}

#[cfg(any(feature = "cascade", feature = "internal-redirects"))]
impl Calls {
    /// Makes several calls for a request.
    pub(crate) fn make<R>(environ: &mut Environ, make: impl FnOnce(&mut Environ) -> R) -> R {
        if environ.extension::<Self>().is_some() {
            return make(environ);
        }
        environ.insert_extension(Self::default());
        let result = make(environ);
        environ.remove_extension::<Self>();
        result
    }
}

#[cfg(feature = "sessions")]
impl Calls {
    /// Takes the session that an earlier call for this request has left.
    pub(crate) fn take_session(environ: &mut Environ, of: &Sessions) -> Option<Session> {
        let left = &mut environ.extension_mut::<Self>()?.sessions;
        let index = left.iter().position(|session| of.has_opened(session))?;
        Some(left.swap_remove(index))
    }

    /// Leaves a session for later calls for this request.
    pub(crate) fn leave_session(environ: &mut Environ, session: &Session) {
        if let Some(calls) = environ.extension_mut::<Self>() {
            calls.sessions.push(session.clone());
        }
    }

    /// The sessions that earlier calls for this request have left.
    #[cfg(any(feature = "cascade", feature = "internal-redirects"))]
    pub(crate) fn sessions(environ: &Environ) -> &[Session] {
        let calls = environ.extension::<Self>();
        calls.map_or(&[], |calls| &calls.sessions)
    }
}
