//! The sessions of the layers and the middleware around a service.

use http::Extensions;
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
}
