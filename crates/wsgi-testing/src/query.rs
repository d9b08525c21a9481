//! Fields in the query of a request.

use crate::{request::Request, target::Target, urlencoded::urlencoded};

/// The query.
impl Request {
    /// Adds urlencoded fields to the query of the target, as the form of a search sends them.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(environ.query_string().to_string().into())
    /// });
    /// let request = Request::get("/menu?sort=name").query([("dish", "Fish & chips"), ("for", "2")]);
    /// assert_eq!(request.call(&app).text(), "sort=name&dish=Fish+%26+chips&for=2");
    /// ```
    ///
    /// # Panics
    ///
    /// The target is `*`, which has no query.
    #[track_caller]
    pub fn query<N: AsRef<str>, V: AsRef<str>>(
        mut self,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let fields = urlencoded(fields);
        if !fields.is_empty() {
            let text = extended(&self.target, &fields);
            self.target = match Target::parse(&self.method, &text) {
                Some(target) => target,
                None => panic!("the target {:?} has no query", self.target.text),
            };
            self.receive();
        }
        self
    }
}

/// The target with more in its query, which ends at a fragment.
fn extended(target: &Target, fields: &str) -> String {
    let start = target.without_fragment();
    let fragment = &target.text[start.len()..];
    let separator = match start.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{start}{separator}{fields}{fragment}")
}
