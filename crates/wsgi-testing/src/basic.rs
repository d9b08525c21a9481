//! Credentials of the scheme `Basic` (RFC 7617).

use base64::{Engine, engine::general_purpose::STANDARD};
use wsgi_application::Application;

use crate::{client::Client, request::Request};

/// The user.
impl Request {
    /// Sets the field `Authorization` to a user and a password of the scheme `Basic` (RFC 7617), in
    /// UTF-8. It replaces one that was set before.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    /// use wsgi_testing::Request;
    ///
    /// let app = Adaptor::new().get("/", |request| {
    ///     request.basic_auth().map_or("Who?".to_owned(), |found| found.user().to_owned())
    /// });
    /// assert_eq!(Request::get("/").call(&app).text(), "Who?");
    /// assert_eq!(Request::get("/").basic_auth("ada", "open sesame").call(&app).text(), "ada");
    /// ```
    ///
    /// # Panics
    ///
    /// The user has a colon, or one of both has a control character (RFC 7617 section 2).
    #[track_caller]
    pub fn basic_auth(mut self, user: &str, password: &str) -> Self {
        self.headers.remove("Authorization");
        self.header("Authorization", basic(user, password))
    }
}

/// The user.
impl<A: Application> Client<A> {
    /// Sets the field `Authorization` of every request that does not have it to a user and a
    /// password, as [`header`](Self::header) does: a redirect to another origin loses it.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    /// use wsgi_testing::{Client, Request};
    ///
    /// let app = Adaptor::new().get("/", |request| match request.basic_auth() {
    ///     Some(found) if found.password() == "sesame" => Response::text(found.user().to_owned()),
    ///     _ => Response::unauthorized("Cave"),
    /// });
    /// let mut client = Client::new(app).basic_auth("ada", "sesame");
    /// assert_eq!(client.get("/").text(), "ada");
    /// let wrong = Request::get("/").basic_auth("ada", "sesam");
    /// assert_eq!(client.send(wrong).status().code(), 401);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Request::basic_auth`].
    #[must_use]
    #[track_caller]
    pub fn basic_auth(self, user: &str, password: &str) -> Self {
        self.header("Authorization", basic(user, password))
    }
}

/// The value of the field.
#[track_caller]
fn basic(user: &str, password: &str) -> String {
    assert!(!user.contains(':'), "the user {user:?} has a colon");
    assert!(
        ![user, password]
            .iter()
            .any(|text| text.contains(char::is_control)),
        "the user {user:?} or the password has a control character"
    );
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[cfg(test)]
mod tests {
    use super::basic;

    #[test]
    fn the_vectors_of_rfc_7617_are_encoded() {
        let value = basic("Aladdin", "open sesame");
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test", "123\u{a3}"), "Basic dGVzdDoxMjPCow==");
        assert_eq!(basic("", ":"), "Basic Ojo=");
    }
}
