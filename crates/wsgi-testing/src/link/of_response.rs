//! The links of a response.

use super::{Link, page};
use crate::response::Response;

/// The links of the page.
impl Response {
    /// The link with this text, id or `href`, for [`Client::click`](crate::Client::click).
    ///
    /// # Panics
    ///
    /// The page has no such link, or several that lead to different URLs:
    /// [`links`](Self::links) has all of them. Its body is not text. The message tells of an error
    /// as that of [`form`](Self::form) does.
    #[track_caller]
    pub fn link(&self, label: &str) -> Link {
        let links = self.links();
        let found: Vec<_> = links.iter().filter(|link| link.is_of(label)).collect();
        let Some((first, others)) = found.split_first() else {
            let known: Vec<_> = links.iter().map(Link::text).collect();
            panic!(
                "the page {} has no link {label:?}, only {known:?}{}",
                self.url,
                self.trouble()
            );
        };
        let is_other = |link: &&&Link| link.url() != first.url();
        if let Some(other) = others.iter().find(is_other) {
            let (one, other) = (first.url(), other.url());
            panic!("the page has several links {label:?}, such as to {one} and to {other}");
        }
        (*first).clone()
    }

    /// All links of the page.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    ///     if environ.path_info() == "/2" {
    ///         return Ok("Tea".into());
    ///     }
    ///     Ok("<ol><li><a href=/1>Show</a><li><a href=/2>Show</a></ol>".into())
    /// });
    /// let mut client = Client::new(app);
    /// let second = client.get("/").links().remove(1);
    /// assert_eq!(client.click(second).text(), "Tea");
    /// ```
    ///
    /// # Panics
    ///
    /// The body is not text.
    #[must_use]
    #[track_caller]
    pub fn links(&self) -> Vec<Link> {
        page::links(self.text(), &self.url)
    }
}
