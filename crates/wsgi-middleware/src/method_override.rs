//! Other methods for clients that can send only GET and POST.

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::Value;

use crate::{
    cross_origin::policy::allowed_overrides,
    overridden::{METHODS, override_method},
};

/// The field in which a client asks for a method.
pub(crate) const FIELD: &str = "X-HTTP-Method-Override";

/// The variable of the field.
const VARIABLE: &str = "HTTP_X_HTTP_METHOD_OVERRIDE";

/// Middleware that lets a POST ask for PUT, PATCH or DELETE.
///
/// HTML forms have only GET and POST, and some networks let nothing else pass. A client asks for
/// another method in the field `X-HTTP-Method-Override` or, if you name one, in a
/// [parameter](Self::parameter) of the query. The application, and later also hooks and logs, see
/// the other method. The body stays as it is.
///
/// Only a POST is changed. The method may be written in any case. Without one, or with an empty
/// one, the request remains a POST. A POST that asks for anything else is answered with 400: a GET
/// must not change anything, and a POST must not run in place of a method that is spelt wrong.
///
/// # Pages of other sites
///
/// A form on another site can send a POST in the name of the user, and with a parameter it can also
/// ask for DELETE. Browsers would otherwise ask the site before they send that. An application
/// without [`CrossOriginProtection`] must therefore not have a parameter. An `Adaptor` of
/// wsgi-adaptor has this protection. Put it inside this middleware, so that it sees the method that
/// is called. In either order, `CrossOriginProtection` refuses a request of another origin with 403
/// if only an [exemption](crate::CrossOriginPolicy::exempt) would let it pass: exempt is the
/// request that was sent, and no other. An `Adaptor`, or middleware of your own that asks a
/// [`CrossOriginPolicy`](crate::CrossOriginPolicy), does so only inside.
///
/// Browsers send the field for a page of another site only if [`Cors`] or the application allows
/// it. Who may then send a POST with the field may do what PUT, PATCH and DELETE do. For an origin
/// that `Cors` allows with credentials, its
/// [methods](crate::CorsPolicyBuilder::methods) count all the same; other methods are refused with
/// 403, in either order.
///
/// # Rules for methods
///
/// Rules around this middleware see a POST: `limit_except` of nginx does, and so does the key of a
/// [`RateLimit`](crate::RateLimit). Put such rules inside, or let the front server remove the
/// field. `DigestAuth` works in either order.
///
/// [`CrossOriginProtection`]: crate::CrossOriginProtection
/// [`Cors`]: crate::Cors
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::MethodOverride;
/// use wsgi_testing::Request;
///
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(environ.request_method().to_string().into())
/// });
/// let app = MethodOverride::new(app);
///
/// let request = Request::post("/notes/7").header("X-HTTP-Method-Override", "DELETE");
/// assert_eq!(request.call(&app).text(), "DELETE");
/// let request = Request::post("/notes/7").header("X-HTTP-Method-Override", "GET");
/// assert_eq!(request.call(&app).status(), &Status::BAD_REQUEST);
/// ```
#[derive(Clone, Debug)]
pub struct MethodOverride<A> {
    application: A,
    parameter: Option<String>,
}

impl<A: Application> MethodOverride<A> {
    /// Wraps an application. No parameter counts yet.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            parameter: None,
        }
    }

    /// Names a parameter of the query in which a form can ask for a method. The first one with this
    /// name counts, unless the field asks for a method, too.
    ///
    /// Its value is compared as it is in the query, without decoding.
    ///
    /// # Panics
    ///
    /// The name is empty, or has other characters than letters, digits, `-`, `.` and `_`.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_middleware::{CrossOriginProtection, MethodOverride};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    ///     Ok(match environ.request_method().as_bytes() {
    ///         b"DELETE" => "<p>Deleted.".into(),
    ///         _ => "<form method=post action='?_method=DELETE'><button>Delete</button></form>".into(),
    ///     })
    /// });
    /// let app = CrossOriginProtection::new(app);
    /// let mut browser = Client::new(MethodOverride::new(app).parameter("_method"));
    /// let form = browser.get("/notes/7").form();
    /// assert_eq!(browser.submit(form).text(), "<p>Deleted.");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn parameter(mut self, name: &str) -> Self {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        assert!(
            !name.is_empty() && name.bytes().all(is_plain),
            "the parameter {name:?} has characters that a form would escape"
        );
        self.parameter = Some(name.to_owned());
        self
    }

    /// The method that a request asks for, as it is written.
    fn wanted<'e>(&self, environ: &'e Environ) -> Option<&'e [u8]> {
        let is_given = |value: &&[u8]| !value.is_empty();
        let field = environ.get(VARIABLE).map(Value::as_bytes);
        field.filter(is_given).or_else(|| {
            let name = self.parameter.as_deref()?;
            let query = environ.query_string().as_bytes();
            query
                .split(|&byte| byte == b'&')
                .find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
                .filter(is_given)
        })
    }
}

impl<A: Application> Application for MethodOverride<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        if environ.request_method() == "POST"
            && let Some(wanted) = self.wanted(environ)
        {
            let is_wanted = |method: &&str| wanted.eq_ignore_ascii_case(method.as_bytes());
            match METHODS.into_iter().find(is_wanted) {
                Some(method) if allowed_overrides(environ).allow(method) => {
                    override_method(environ, method);
                }
                Some(_) => {
                    let text = "403 Forbidden: this site may not ask for another method\n";
                    return refuse(Status::FORBIDDEN, text, start_response);
                }
                None if is_wanted(&"POST") => {}
                None => {
                    let text = "400 Bad Request: a POST can ask for PUT, PATCH or DELETE alone\n";
                    return refuse(Status::BAD_REQUEST, text, start_response);
                }
            }
        }
        self.application.call(environ, start_response)
    }
}

fn refuse(status: Status, text: &'static str, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(status, [("Content-Type", "text/plain")])?;
    Ok(text.into())
}
