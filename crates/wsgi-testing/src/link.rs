//! A link of a page.

mod of_response;
mod page;

use crate::{request::Request, url::Url};

/// A link of a page, for [`Client::click`](crate::Client::click).
///
/// [`Response::link`](crate::Response::link) finds it in a page: an `a` with the attribute `href`,
/// or an `area` of a map.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Client;
///
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
///     Ok(match environ.path_info().as_bytes() {
///         b"/menu" => "Soup".into(),
///         _ => "<a href='menu#soup'>Our <b>menu</b></a> <a href='mailto:a@b.example'>Mail</a>".into(),
///     })
/// });
/// let mut client = Client::new(app);
/// let page = client.get("/");
/// let link = page.link("Our menu");
/// assert_eq!((link.text(), link.href()), ("Our menu", "menu#soup"));
/// assert_eq!(client.click(link).text(), "Soup");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a link does nothing until it is clicked"]
pub struct Link {
    id: String,
    href: String,
    text: String,
    sends_referrer: bool,
    /// The URL of the page.
    page: Url,
    /// The URL that it leads to, if that is of http or https.
    url: Option<Url>,
}

impl Link {
    /// Its attribute `id`, or nothing.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    ///     Ok("<a id=next href='/2'>Next</a>".into())
    /// });
    /// assert_eq!(Request::get("/").call(&app).link("Next").id(), "next");
    /// ```
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its attribute `href`, as the page has it.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// Its text, with single spaces, also between lines. An image in it, or an `area`, has its
    /// description (`alt`).
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The URL that it leads to, without a fragment. One that is not http or https is as the page
    /// has it.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("<a href=?page=2#top>Next</a> <a href=mailto:ada@a.example>Mail</a>".into())
    /// });
    /// let page = Request::get("http://a.example/notes").call(&app);
    /// assert_eq!(page.link("Next").url(), "http://a.example/notes?page=2");
    /// assert_eq!(page.link("Mail").url(), "mailto:ada@a.example");
    /// ```
    #[must_use]
    pub fn url(&self) -> String {
        match &self.url {
            Some(url) => url.to_string(),
            None => self.href.clone(),
        }
    }

    /// The request that follows the link, for [`Client::send`](crate::Client::send) or to be
    /// changed before.
    ///
    /// # Panics
    ///
    /// The link does not lead to an http URL, or only to another part of its page, for which a
    /// browser sends nothing. It leads to another host, which the application does not answer for;
    /// if it does, get the link's [`url`](Self::url).
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     let language = environ.get("HTTP_ACCEPT_LANGUAGE").unwrap_or_default();
    ///     let referrer = environ.referer().unwrap_or_default();
    ///     Ok(format!("<a href=/news>News</a> {language} after {referrer}").into())
    /// });
    /// let mut client = Client::new(app);
    /// let request = client.get("/").link("News").into_request();
    /// let response = client.send(request.header("Accept-Language", "de"));
    /// assert!(response.text().ends_with("de after http://localhost/"));
    /// ```
    #[track_caller]
    pub fn into_request(self) -> Request {
        let Some(url) = &self.url else {
            panic!(
                "the link leads to {:?}, which is not an http URL",
                self.href
            );
        };
        assert!(
            url.host() == self.page.host(),
            "the link leads to {:?}, on another host, {}",
            self.href,
            url.host()
        );
        assert!(
            *url != self.page || !self.href.contains('#'),
            "the link leads to {:?}, a part of its own page",
            self.href
        );
        let mut request = Request::get(url.to_string());
        if self.sends_referrer
            && let Some(referrer) = self.page.referrer_to(url)
        {
            request = request.imply("Referer", referrer);
        }
        request.page = Some(self.page);
        request
    }

    /// Whether this is the link with this text, id or `href`, which is not empty.
    fn is_of(&self, label: &str) -> bool {
        !label.is_empty() && [&self.text, &self.id, &self.href].contains(&&label.to_owned())
    }
}
