//! The forms of a response.

use super::{Form, page};
use crate::response::Response;

/// The forms of the page.
impl Response {
    /// The first form of the page, for [`Client::submit`](crate::Client::submit).
    ///
    /// # Panics
    ///
    /// The page has no form, or its body is not text.
    #[track_caller]
    pub fn form(&self) -> Form {
        let form = self.forms().into_iter().next();
        form.unwrap_or_else(|| panic!("the page {} has no form", self.url))
    }

    /// All forms of the page.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    ///     Ok("<form id=search></form> <form id=login action=/login method=post></form>".into())
    /// });
    /// let forms = Request::get("/").call(&app).forms();
    /// let login = forms.into_iter().find(|form| form.id() == "login").unwrap();
    /// assert_eq!(login.method(), "POST");
    /// assert_eq!(login.action(), "http://127.0.0.1/login");
    /// ```
    ///
    /// # Panics
    ///
    /// The body is not text.
    #[must_use]
    #[track_caller]
    pub fn forms(&self) -> Vec<Form> {
        page::forms(self.text(), &self.url)
    }
}
