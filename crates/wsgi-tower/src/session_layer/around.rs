//! The sessions of the layers and the middleware around a service.

use http::Extensions;
use wsgi_environ::Environ;
use wsgi_middleware::{running_sessions, set_running_sessions};
use wsgi_sessions::{Session, Sessions};

/// The sessions around a service, from the outermost to the innermost one; an extension of its
/// request. Each is saved by the one who has opened it.
///
/// A session that is an extension by itself may be that of a call that has ended.
#[derive(Clone, Default)]
pub(crate) struct Around(Vec<Session>);

impl Around {
    /// Adds the session of a layer or middleware around the service.
    pub(crate) fn add(extensions: &mut Extensions, session: &Session) {
        let Self(around) = extensions.get_or_insert_default();
        around.push(session.clone());
    }

    /// The innermost one of these sessions.
    pub(crate) fn find(extensions: &Extensions, sessions: &Sessions) -> Option<Session> {
        let Self(around) = extensions.get()?;
        let session = around.iter().rfind(|session| sessions.has_opened(session));
        session.cloned()
    }

    /// Passes these sessions on to an application, with the one that is an extension by itself.
    pub(crate) fn pass_to_application(extensions: &Extensions, environ: &mut Environ) {
        let around = extensions.get::<Self>();
        let shown = extensions.get::<Session>();
        if around.is_some() || shown.is_some() {
            let around = around.into_iter().flat_map(|Self(around)| around);
            set_running_sessions(environ, around.cloned());
        }
        if let Some(session) = shown {
            environ.insert_extension(session.clone());
        }
    }

    /// Passes the sessions of an application on to a service.
    pub(crate) fn pass_to_service(environ: &Environ, extensions: &mut Extensions) {
        if let Some(session) = environ.extension::<Session>() {
            extensions.insert(session.clone());
        }
        let around: Vec<_> = running_sessions(environ).cloned().collect();
        if !around.is_empty() {
            extensions.insert(Self(around));
        }
    }
}
