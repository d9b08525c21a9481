//! The body of a request: as a form, in memory, as JSON, or as it arrives.

use std::{fmt::Display, str::FromStr};

use wsgi_environ::Input;
use wsgi_forms::{Form, FormError, Upload};

use crate::{
    content_coding::is_coded, query::parsed, request::Request, request_error::RequestError,
};

/// The body, which can be read once: as a [form](Request::form), [in memory](Request::body) (as
/// [JSON](Request::json) is), or as it [arrives](Request::take_input).
///
/// The hooks, the handler and the pages of a request share what one of them has read, also in
/// [mounted](crate::Adaptor::mount) adaptors. A body in memory can still be read as a form. The
/// other ways fail with [`RequestError::BodyTaken`] once a body is read, unless its declared length
/// is 0.
impl Request<'_> {
    /// The form in the body, urlencoded or multipart. It is read at the first call, within the
    /// [limits](crate::Adaptor::form_limits) of the adaptor that calls first.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request};
    /// use wsgi_application::Result;
    ///
    /// fn order(request: &Request<'_>) -> Result<String> {
    ///     let dish = request.field("dish")?.unwrap_or("nothing");
    ///     let extras = request.form()?.get_all("extra").count();
    ///     Ok(format!("{dish} with {extras} extras"))
    /// }
    ///
    /// let app = Adaptor::new().post("/", order);
    /// let request = wsgi_testing::Request::post("/")
    ///     .header("Content-Type", "application/x-www-form-urlencoded")
    ///     .body("dish=soup&extra=bread&extra=salt");
    /// assert_eq!(request.call(&app).text(), "soup with 2 extras");
    /// ```
    ///
    /// # Errors
    ///
    /// The body is not a form, has a content coding such as gzip, is malformed, exceeds the limits,
    /// or cannot be read. The adaptor answers with 415, 400, 413 or 408. After a failure every
    /// later call fails, too. The `Decompression` of wsgi-compression decodes bodies before.
    pub fn form(&self) -> Result<&Form, FormError> {
        let content_type = self.environ.content_type().unwrap_or_default();
        let limits = self.surroundings.form_limits();
        self.content
            .form(content_type, is_coded(self.environ), limits)
    }

    /// The first field of this name in the [`form`](Self::form).
    ///
    /// # Errors
    ///
    /// Those of [`form`](Self::form).
    pub fn field(&self, name: &str) -> Result<Option<&str>, FormError> {
        Ok(self.form()?.get(name))
    }

    /// The first field of this name in the [`form`](Self::form), parsed. An empty value that does
    /// not parse is `None`: browsers send it for a field of numbers that nobody has filled in. The
    /// texts `NaN` and `inf` are an `f64`; `form_as` refuses them.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, HttpError, Request, Result};
    ///
    /// fn order(request: &Request<'_>) -> Result<String> {
    ///     let cups: u32 = request.parse_field("cups")?.unwrap_or(1);
    ///     Ok(format!("{cups} cups"))
    /// }
    ///
    /// let app = Adaptor::new().post("/", order);
    /// let post = |cups| wsgi_testing::Request::post("/").form([("cups", cups)]).call(&app);
    /// assert_eq!(post("2").text(), "2 cups");
    /// assert_eq!(post("").text(), "1 cups");
    /// assert_eq!(
    ///     post("two").text(),
    ///     "422 Unprocessable Content: the value of \"cups\" is malformed\n"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`form`](Self::form), and [`RequestError::Field`] if the value does not parse. The
    /// adaptor answers that with 422 and names the field.
    pub fn parse_field<T>(&self, name: &str) -> wsgi_application::Result<Option<T>>
    where
        T: FromStr<Err: Display>,
    {
        let parsed = parsed(self.field(name)?);
        Ok(parsed.map_err(|error| RequestError::Field(error.of(name)))?)
    }

    /// The [`form`](Self::form) as a type with fields of the names in it. Files are left out.
    ///
    /// A name that is there several times fits a list, and nothing else. An empty value is `None`
    /// for an `Option`. A `bool` is `true`, `on` or `1`, or `false`, `off`, `0` or empty. An enum
    /// is the name of a variant without fields; variants with fields need `tag` or `untagged`.
    /// Names that the type does not have are ignored. A checkbox that is off and a list without a
    /// choice are not sent, so give their fields `#[serde(default)]`. Where names are not known,
    /// there are maps, and lists of pairs such as `Vec<(String, u32)>`.
    ///
    /// A struct or a map within the type takes the names with its keys in brackets, such as
    /// `address[city]`. A list has no brackets (`extra`), empty ones (`extra[]`), or numbers
    /// (`items[0][dish]`), which give the order and may have gaps, except in a tuple. A name has at
    /// most 16 pairs of brackets. `items[][dish]` is refused, because it does not say where an item
    /// ends. A field whose own name has brackets comes first. For a name that is given in two ways,
    /// such as `address` and `address[city]`, the form is refused. If the type itself is a map or a
    /// list of pairs, its names are those that were sent. Dots in a name have no meaning.
    ///
    /// An empty item of a list is an item, too. Ruby on Rails and others send one by a hidden field
    /// before a list of choices: it fits a `Vec<Option<u8>>`, as `None`, but not a `Vec<u8>`.
    ///
    /// Fields with `#[serde(flatten)]` and enums with `tag` or `untagged` get one value as text,
    /// and several values of a name as a list of texts, because serde reads them before it knows
    /// what for. A number or a `bool` there is refused, and so is a `Vec` whose name is there once.
    /// A type that takes both, such as an untagged enum of a `String` and a `Vec<String>`, is right
    /// for any number of values. In place of `flatten`, read the inner type by a call of its own,
    /// since names of the outer type are ignored then: `let page: Page = request.form_as()?`.
    ///
    /// Names with brackets are a list there if all keys are numbers, so a map with such keys is
    /// refused. If the type itself has flattened fields, or is such an enum, a name with brackets
    /// belongs to the name before them, even if a field has the whole name, and names that the type
    /// does not have must be right, too. An error in what serde has read before names the outermost
    /// value and the field: `a[name]` for `a[inner][name]`.
    ///
    /// Needs the feature `serde`.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use wsgi_adaptor::{Adaptor, Request, Result};
    ///
    /// #[derive(Deserialize)]
    /// struct Order {
    ///     dish: Dish,
    ///     table: u8,
    ///     #[serde(default)]
    ///     takeaway: bool,
    ///     #[serde(default)]
    ///     extra: Vec<String>,
    /// }
    ///
    /// #[derive(Debug, Deserialize)]
    /// #[serde(rename_all = "lowercase")]
    /// enum Dish {
    ///     Soup,
    ///     Salad,
    /// }
    ///
    /// fn order(request: &Request<'_>) -> Result<String> {
    ///     let Order { dish, table, takeaway, extra } = request.form_as()?;
    ///     Ok(format!("{dish:?} for {table} {takeaway} {extra:?}"))
    /// }
    ///
    /// let app = Adaptor::new().post("/", order);
    /// let post = |form| {
    ///     let request = wsgi_testing::Request::post("/").body(form);
    ///     request.header("Content-Type", "application/x-www-form-urlencoded").call(&app)
    /// };
    /// assert_eq!(
    ///     post("dish=soup&table=7&takeaway=on&extra=salt&extra=bread").text(),
    ///     r#"Soup for 7 true ["salt", "bread"]"#
    /// );
    /// let error = "422 Unprocessable Content: the value of \"table\" must be a whole number from 0 \
    ///              to 255\n";
    /// assert_eq!(post("dish=soup&table=256").text(), error);
    /// let error = "422 Unprocessable Content: the value of \"dish\" must be one of soup, salad\n";
    /// assert_eq!(post("dish=tea&table=7").text(), error);
    /// ```
    ///
    /// ```
    /// use serde::Deserialize;
    /// use wsgi_adaptor::{Adaptor, Request, Result};
    ///
    /// #[derive(Deserialize)]
    /// struct Order {
    ///     address: Address,
    ///     items: Vec<Item>,
    /// }
    ///
    /// #[derive(Deserialize)]
    /// struct Address {
    ///     city: String,
    /// }
    ///
    /// #[derive(Deserialize)]
    /// struct Item {
    ///     dish: String,
    ///     count: u8,
    /// }
    ///
    /// fn order(request: &Request<'_>) -> Result<String> {
    ///     let Order { address, items } = request.form_as()?;
    ///     let items: Vec<_> =
    ///         items.iter().map(|Item { dish, count }| format!("{count} {dish}")).collect();
    ///     Ok(format!("{} to {}", items.join(", "), address.city))
    /// }
    ///
    /// let app = Adaptor::new().post("/", order);
    /// let post = |count| {
    ///     let form = [
    ///         ("address[city]", "Oslo"),
    ///         ("items[0][dish]", "soup"),
    ///         ("items[0][count]", "2"),
    ///         ("items[1][dish]", "salad"),
    ///         ("items[1][count]", count),
    ///     ];
    ///     wsgi_testing::Request::post("/").form(form).call(&app)
    /// };
    /// assert_eq!(post("1").text(), "2 soup, 1 salad to Oslo");
    /// let error = "422 Unprocessable Content: the value of \"items[1][count]\" must be a whole \
    ///              number from 0 to 255\n";
    /// assert_eq!(post("one").text(), error);
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`form`](Self::form), and [`RequestError::Field`], which the adaptor answers with
    /// 422. It has the whole name of the field.
    #[cfg(feature = "serde")]
    pub fn form_as<T: serde::de::DeserializeOwned>(&self) -> wsgi_application::Result<T> {
        let fields = self.form()?.fields();
        let pairs = fields.map(|field| (field.name(), field.value()));
        Ok(crate::typed::typed(pairs).map_err(RequestError::Field)?)
    }

    /// The first file of this name in the [`form`](Self::form).
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request};
    /// use wsgi_application::Result;
    ///
    /// fn photo(request: &Request<'_>) -> Result<String> {
    ///     let photo = request.file("photo")?.ok_or("a photo is missing")?;
    ///     Ok(format!("{} has {} bytes", photo.file_name(), photo.len()))
    /// }
    ///
    /// let app = Adaptor::new().post("/", photo);
    /// let request = wsgi_testing::Request::post("/")
    ///     .header("Content-Type", "multipart/form-data; boundary=x")
    ///     .body(
    ///         "--x\r\nContent-Disposition: form-data; name=photo; filename=cat.png\r\n\r\n\
    ///         ...\r\n--x--",
    ///     );
    /// assert_eq!(request.call(&app).text(), "cat.png has 3 bytes");
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`form`](Self::form).
    pub fn file(&self, name: &str) -> Result<Option<&Upload>, FormError> {
        Ok(self.form()?.file(name))
    }

    /// The body in memory, up to the adaptor's [limit](crate::Adaptor::max_body_bytes). It is read
    /// at the first call.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new()
    ///     .put("/", |request| request.body().map(|body| format!("{} bytes", body.len())))
    ///     .max_body_bytes(8);
    /// let put = |body: &str| wsgi_testing::Request::new("PUT", "/").body(body).call(&app);
    /// assert_eq!(put("coffee").text(), "6 bytes");
    /// assert_eq!(put("black coffee").status().code(), 413);
    /// ```
    ///
    /// # Errors
    ///
    /// The body is longer than the limit, cannot be read, or was already taken or read as a form.
    pub fn body(&self) -> wsgi_application::Result<&[u8]> {
        self.content.whole(self.surroundings.max_body_bytes())
    }

    /// Parses the body as JSON. `Content-Type` must be `application/json` or end in `+json`, which
    /// no form on another site can send.
    ///
    /// Needs the feature `json`.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_application::Result;
    ///
    /// fn sum(request: &Request<'_>) -> Result<Response> {
    ///     let numbers: Vec<i64> = request.json()?;
    ///     Ok(Response::json(&numbers.iter().sum::<i64>()))
    /// }
    ///
    /// let app = Adaptor::new().post("/sum", sum);
    /// let request = |body: &str| {
    ///     let request = wsgi_testing::Request::post("/sum").body(body);
    ///     request.header("Content-Type", "application/json")
    /// };
    /// assert_eq!(request("[1, 2, 3]").call(&app).text(), "6");
    /// assert_eq!(request("[1, 2").call(&app).status().code(), 400);
    /// assert_eq!(request("[1, null]").call(&app).status().code(), 422);
    /// ```
    ///
    /// # Errors
    ///
    /// The body is not JSON, is not of the type asked for, or cannot be read. The adaptor answers
    /// with 422 if it is JSON, but of another type, out of its range or nested deeper than 127
    /// levels, and names the value that is wrong. It answers with 400 if it is malformed or not
    /// UTF-8, with 415 if it is not declared as JSON or has a content coding such as gzip, and with
    /// 413 or 408.
    #[cfg(feature = "json")]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> wsgi_application::Result<T> {
        let content_type = self.environ.content_type().unwrap_or_default();
        if !wsgi_middleware::is_json(content_type) {
            return Err(RequestError::NotJson.into());
        }
        if is_coded(self.environ) {
            return Err(RequestError::ContentCoding.into());
        }
        Ok(crate::json_text::parse(self.body()?)?)
    }

    /// Takes the body, to be read as it arrives. A response's body may read it even after the
    /// handler has returned. Afterwards the other methods fail. If the body was read before, the
    /// input fails, unless the body was read [into memory](Self::body).
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    ///
    /// let echo = |request: &Request<'_>| Response::text(request.take_input());
    /// let app = Adaptor::new().post("/", echo);
    /// assert_eq!(wsgi_testing::Request::post("/").body("hello").call(&app).text(), "hello");
    /// ```
    #[must_use]
    pub fn take_input(&self) -> Input {
        self.content.take()
    }
}
