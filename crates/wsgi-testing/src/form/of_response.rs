//! The forms of a response.

use super::{Form, page};
use crate::response::Response;

/// The forms of the page.
impl Response {
    /// The first form of the page, for [`Client::submit`](crate::Client::submit).
    ///
    /// # Panics
    ///
    /// The page has no form, or its body is not text. If its status is not 2xx, or the application
    /// has written to `wsgi.errors`, the message says so.
    #[track_caller]
    pub fn form(&self) -> Form {
        let form = self.forms().into_iter().next();
        form.unwrap_or_else(|| panic!("the page {} has no form{}", self.url, self.trouble()))
    }

    /// The form with this id, or with a button of this name, value or text. If it has such a
    /// button, it is sent with that, as if it was [pressed](Form::press), also if it has the id.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    ///     Ok(format!(
    ///         "{}?{} <form id=search action=/find><input name=q></form>\
    ///          <form action=/login><button>Log in</button>\
    ///          <button name=new value=1>Sign up</button></form>",
    ///         environ.path_info(), environ.query_string(),
    ///     ).into())
    /// });
    /// let mut client = Client::new(app);
    /// let page = client.get("/");
    /// let found = client.submit(page.form_of("search").set("q", "tea"));
    /// assert!(found.text().starts_with("/find?q=tea "));
    /// let joined = client.submit(page.form_of("Sign up"));
    /// assert!(joined.text().starts_with("/login?new=1 "));
    /// ```
    ///
    /// # Panics
    ///
    /// As [`form`](Self::form). The page has no such form, or several: [`forms`](Self::forms) has
    /// all of them. The button is disabled.
    #[track_caller]
    pub fn form_of(&self, label: &str) -> Form {
        let forms = self.forms();
        let found = forms.iter().filter_map(|form| form.clone().found_by(label));
        let mut found: Vec<_> = found.collect();
        match found.len() {
            1 => found.remove(0),
            0 => {
                let known: Vec<_> = forms.iter().flat_map(Form::labels).collect();
                panic!(
                    "the page {} has no form {label:?}, only {known:?}{}",
                    self.url,
                    self.trouble()
                );
            }
            count => panic!("the page {} has {count} forms {label:?}", self.url),
        }
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
