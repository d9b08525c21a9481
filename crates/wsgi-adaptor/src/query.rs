//! The query of a URL.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use wsgi_forms::Urlencoded;

use crate::{invalid_value::InvalidValue, request_error::RequestError};

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
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self(Urlencoded::parse(text).collect())
    }

    /// The first value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(found, value)| (found == name).then_some(value))
    }

    /// The first value of this name, parsed. An empty value that does not parse is `None`: a form
    /// sends it for a field of numbers that nobody has filled in.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, RequestError};
    ///
    /// fn page(request: &Request<'_>) -> Result<String, RequestError> {
    ///     let page = request.query().parse("page")?.unwrap_or(1_u32);
    ///     Ok(format!("page {page}"))
    /// }
    ///
    /// let app = Adaptor::new().get("/", page);
    /// let get = |target| wsgi_testing::Request::get(target).call(&app);
    /// assert_eq!(get("/?page=2").text(), "page 2");
    /// assert_eq!(get("/?page=").text(), "page 1");
    /// assert_eq!(get("/?page=-2").status().code(), 400);
    /// ```
    ///
    /// # Errors
    ///
    /// [`RequestError::Query`] if the value does not parse. The adaptor answers with 400 and names
    /// it.
    pub fn parse<T>(&self, name: &str) -> Result<Option<T>, RequestError>
    where
        T: FromStr<Err: Display>,
    {
        let parsed = parsed(self.get(name));
        parsed.map_err(|error| RequestError::Query(error.of(name)))
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

/// A value of a query or a form, parsed. `None` if there is none, or an empty one that does not
/// parse.
pub(crate) fn parsed<T>(value: Option<&str>) -> Result<Option<T>, InvalidValue>
where
    T: FromStr<Err: Display>,
{
    match (value.map(str::parse), value) {
        (None, _) | (Some(Err(_)), Some("")) => Ok(None),
        (Some(Ok(parsed)), _) => Ok(Some(parsed)),
        (Some(Err(cause)), _) => Err(InvalidValue::malformed(cause)),
    }
}
