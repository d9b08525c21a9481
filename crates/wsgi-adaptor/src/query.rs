//! The query of a URL.

use std::borrow::Cow;

use wsgi_forms::Urlencoded;

/// The names and values of a query, in order, including repeated names.
///
/// ```
/// use wsgi_adaptor::Adaptor;
///
/// let app = Adaptor::new().get("/", |request| {
///     let query = request.query();
///     assert_eq!(query.get("q"), Some("tea & cake"));
///     assert_eq!(query.get("missing"), None);
///     assert!(query.get_all("tag").eq(["hot", "cold"]));
///     assert_eq!(query.iter().count(), 3);
///     "fine"
/// });
/// let request = wsgi_testing::Request::get("/?q=tea+%26+cake&tag=hot&tag=cold");
/// assert_eq!(request.call(&app).text(), "fine");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Self {
        Self(Urlencoded::parse(text).collect())
    }

    /// The first value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(found, value)| (found == name).then_some(value))
    }

    /// All values of this name.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter()
            .filter_map(move |(found, value)| (found == name).then_some(value))
    }

    /// All names, each with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}
