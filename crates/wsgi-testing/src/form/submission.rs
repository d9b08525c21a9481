//! The request that submits a form (HTML Standard, "Form submission algorithm").

use super::{Form, control::Content};
use crate::{multipart::Multipart, request::Request, url::Url, urlencoded::urlencoded};

/// The request.
impl Form {
    /// The request that submits the form, for [`Client::send`](crate::Client::send) or to be
    /// changed before.
    ///
    /// # Panics
    ///
    /// The form's action is not an http URL, or is on another host, which the application does not
    /// answer for. Its method is `dialog`. No button was [pressed](Self::press), and the first one
    /// is disabled, so that the Enter key does nothing.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     if environ.request_method() == "POST" {
    ///         return Ok(std::io::read_to_string(environ.input())?.into());
    ///     }
    ///     Ok("<form method=post><input type=hidden name=price value=9></form>".into())
    /// });
    /// let mut client = Client::new(app);
    /// // What the page does not offer:
    /// let request = client.get("/").form().add("discount", "100").into_request();
    /// let response = client.send(request.header("Accept-Language", "de"));
    /// assert_eq!(response.text(), "price=9&discount=100");
    /// ```
    #[track_caller]
    pub fn into_request(self) -> Request {
        assert!(
            !self
                .button()
                .is_some_and(|at| self.controls[at].is_disabled),
            "the first button of the form is disabled, so another one must be pressed"
        );
        let method = self.choice(|sending| &sending.method).unwrap_or_default();
        let is_dialog = method.eq_ignore_ascii_case("dialog");
        assert!(!is_dialog, "the form closes a dialog and is not sent");
        let Some(url) = self.url() else {
            panic!(
                "the form is sent to {:?}, which is not an http URL",
                self.action()
            );
        };
        assert!(
            url.host() == self.page.host(),
            "the form is sent to {:?}, on another host, {}",
            self.action(),
            url.host()
        );
        let mut request = match self.method() {
            "GET" => Request::get(url.with_query(&self.urlencoded()).to_string()),
            _ => self.post(&url),
        };
        if !self.sends_referrer {
            // Such a page stays unknown (Fetch Standard, "append a request `Origin` header").
            if self.method() == "POST" {
                request = request.imply("Origin", "null");
            }
        } else if let Some(referrer) = self.page.referrer_to(&url) {
            request = request.imply("Referer", referrer);
        }
        request.page = Some(self.page);
        request
    }

    fn post(&self, url: &Url) -> Request {
        let request = Request::post(url.to_string());
        let enctype = self.choice(|sending| &sending.enctype).unwrap_or_default();
        match &*enctype.to_ascii_lowercase() {
            "multipart/form-data" => request.multipart(&self.multipart()),
            "text/plain" => {
                let lines = self.normalized();
                let lines = lines
                    .iter()
                    .map(|(name, value)| format!("{name}={value}\r\n"));
                request.content("text/plain", lines.collect::<String>())
            }
            _ => request.content("application/x-www-form-urlencoded", self.urlencoded()),
        }
    }

    fn urlencoded(&self) -> String {
        let fields = self.normalized();
        urlencoded(fields.iter().map(|(name, value)| (&**name, &**value)))
    }

    /// The fields with the line ends of forms, which are CR LF.
    fn normalized(&self) -> Vec<(String, String)> {
        let crlf = |text: &str| {
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            text.replace('\n', "\r\n")
        };
        let fields = self.fields();
        fields
            .map(|(name, value)| (crlf(name), crlf(value)))
            .collect()
    }

    fn multipart(&self) -> Multipart {
        let entries = self.entries().zip(self.normalized());
        entries.fold(
            Multipart::new(),
            |form, (entry, (name, value))| match entry.content {
                Content::Text(_) => form.field(&name, &value),
                Content::File(file) => {
                    let media_type = match &*file.media_type {
                        "" => "application/octet-stream",
                        media_type => media_type,
                    };
                    form.file(&name, &file.name, media_type, file.content.clone())
                }
            },
        )
    }
}
