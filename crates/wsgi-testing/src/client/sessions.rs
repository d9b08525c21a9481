//! Sessions that begin with values.

use std::time::SystemTime;

use wsgi_application::Application;
use wsgi_sessions::{Cookies, Error, Scheme, Session, Sessions};

use crate::client::Client;

impl<A: Application> Client<A> {
    /// Begins a session with values, without a page of the application, and keeps its cookie with
    /// its attributes. It is how a test logs in.
    ///
    /// Needs the feature `sessions`.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::SessionMiddleware;
    /// use wsgi_sessions::{MemoryStore, Session, Sessions};
    /// use wsgi_testing::Client;
    ///
    /// let account = application(|environ, start_response| {
    ///     let session = environ.extension::<Session>().ok_or("no session")?;
    ///     let user = session.owner()?.unwrap_or("nobody".into());
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok(user.into())
    /// });
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let mut client = Client::new(SessionMiddleware::new(account, sessions.clone()));
    /// assert_eq!(client.get("/").text(), "nobody");
    /// client.begin_session(&sessions, |session| session.login("ada"));
    /// assert_eq!(client.get("/").text(), "ada");
    /// ```
    ///
    /// # Panics
    ///
    /// The closure fails, or the store does. A browser would not keep the cookie, for example
    /// because its domain is not that of the client's [origin](Self::origin).
    #[track_caller]
    pub fn begin_session(
        &mut self,
        sessions: &Sessions,
        fill: impl FnOnce(&Session) -> Result<(), Error>,
    ) {
        let scheme = match self.origin.is_https() {
            true => Scheme::Https,
            false => Scheme::Http,
        };
        let begun = begin(sessions, scheme, fill);
        let cookie = match begun {
            Ok(cookie) => cookie,
            Err(error) => panic!("no session was begun: {error}"),
        };
        let now = self.now();
        let is_kept = self.cookies.receive(cookie.as_bytes(), &self.origin, now);
        let origin = self.origin.origin();
        assert!(
            is_kept,
            "a browser would not keep the cookie of this session at {origin}: {cookie}"
        );
    }
}

/// The `Set-Cookie` field of a session that begins with values.
fn begin(
    sessions: &Sessions,
    scheme: Scheme,
    fill: impl FnOnce(&Session) -> Result<(), Error>,
) -> Result<String, Error> {
    let now = SystemTime::now();
    let session = sessions.open(&Cookies::default(), scheme, now);
    session.restart()?;
    fill(&session)?;
    let cookie = session.finish(now)?.ok_or(Error::Finished)?;
    cookie.to_header_value().map_err(Error::Cookie)
}
