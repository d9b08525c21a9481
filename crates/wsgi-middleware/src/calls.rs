//! The calls of an application for one request.

use wsgi_application::Environ;
#[cfg(any(feature = "cascade", feature = "internal-redirects"))]
use wsgi_headers::Headers;
#[cfg(feature = "sessions")]
use wsgi_sessions::{Session, Sessions};

#[cfg(any(feature = "cascade", feature = "internal-redirects"))]
use crate::members::members;

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
    /// The fields of the request on which the choice of the response depended so far.
    #[cfg(any(feature = "cascade", feature = "internal-redirects"))]
    vary: Vec<Vec<u8>>,
    #[cfg(feature = "sessions")]
    sessions: Vec<Session>,
}

impl Calls {
    /// Leaves a line in an access log, so that later calls for this request leave none. Returns
    /// false if an earlier call has left one.
    pub(crate) fn leave_line(environ: &mut Environ, log: usize) -> bool {
        let Some(calls) = environ.extension_mut::<Self>() else {
            return true;
        };
        let is_first = !calls.logs.contains(&log);
        if is_first {
            calls.logs.push(log);
        }
        is_first
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

    /// Leaves the `Vary` of a response that another one replaces. What it names has led to the
    /// other one, so the other one depends on it, too.
    pub(crate) fn leave_vary(environ: &mut Environ, headers: &Headers) {
        if let Some(calls) = environ.extension_mut::<Self>() {
            let names = members(headers, "Vary").map(<[u8]>::to_vec);
            calls.vary.extend(names);
        }
    }

    /// The names that earlier calls for this request have left.
    pub(crate) fn vary(environ: &Environ) -> &[Vec<u8>] {
        let calls = environ.extension::<Self>();
        calls.map_or(&[], |calls| &calls.vary)
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
