//! Sessions that begin with values.

use std::time::SystemTime;

use wsgi_application::Application;
use wsgi_sessions::{Error, Session, Sessions};

use crate::{client::Client, cookie::Cookie};

impl<A: Application> Client<A> {
    /// Begins a session with values, without a page of the application, and keeps its cookie. It is
    /// how a test logs in.
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
    /// The closure fails, or the store does.
    #[track_caller]
    pub fn begin_session(
        &mut self,
        sessions: &Sessions,
        fill: impl FnOnce(&Session) -> Result<(), Error>,
    ) {
        let begun = sessions.begin(self.origin.is_https(), SystemTime::now(), fill);
        let cookie = match begun {
            Ok(cookie) => cookie,
            Err(error) => panic!("no session was begun: {error}"),
        };
        let (name, value) = cookie.split_once('=').unwrap_or(("", &cookie));
        self.cookies
            .keep(Cookie::made(name, value, &self.origin), self.now());
    }
}
