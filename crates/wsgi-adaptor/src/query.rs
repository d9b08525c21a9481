//! The query of a URL.

use std::{borrow::Cow, fmt::Display, slice, str::FromStr};

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
    /// sends it for a field of numbers that nobody has filled in. The texts `NaN` and `inf` are an
    /// `f64`; `query_as` refuses them.
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
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new().get("/", |request| {
    ///     let mut page = String::new();
    ///     for (name, value) in request.query() {
    ///         page += &format!("{name} is {value}\n");
    ///     }
    ///     page
    /// });
    /// let response = wsgi_testing::Request::get("/?size=small&sort=price").call(&app);
    /// assert_eq!(response.text(), "size is small\nsort is price\n");
    /// ```
    #[must_use]
    pub fn iter(&self) -> QueryIter<'_> {
        QueryIter(self.0.iter())
    }
}

impl<'q> IntoIterator for &'q Query<'_> {
    type Item = (&'q str, &'q str);
    type IntoIter = QueryIter<'q>;

    fn into_iter(self) -> QueryIter<'q> {
        self.iter()
    }
}

/// The iterator of [`Query::iter`].
///
/// ```
/// use wsgi_adaptor::Adaptor;
///
/// let app = Adaptor::new().get("/", |request| {
///     let mut pairs = request.query().iter();
///     assert_eq!((pairs.len(), pairs.next()), (2, Some(("a", "1"))));
///     assert_eq!(pairs.next_back(), Some(("b", "2")));
///     "fine"
/// });
/// assert_eq!(wsgi_testing::Request::get("/?a=1&b=2").call(&app).text(), "fine");
/// ```
#[derive(Clone, Debug)]
pub struct QueryIter<'q>(slice::Iter<'q, (Cow<'q, str>, Cow<'q, str>)>);

impl<'q> Iterator for QueryIter<'q> {
    type Item = (&'q str, &'q str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(texts)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for QueryIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(texts)
    }
}

impl ExactSizeIterator for QueryIter<'_> {}

fn texts<'q>((name, value): &'q (Cow<'q, str>, Cow<'q, str>)) -> (&'q str, &'q str) {
    (name, value)
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
