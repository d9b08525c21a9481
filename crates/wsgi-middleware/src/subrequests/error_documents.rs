//! Pages of a site for its errors.

use std::fmt;

use wsgi_application::{
    Application, Environ, ErrorPage, Filter, Head, Headers, Result, Scope, StartResponse, Status,
    filtered,
};
use wsgi_headers::Value;

use crate::{
    calls::Calls,
    members::members,
    set_cookie::add_earlier_cookies,
    shared_caches::be_private,
    subrequests::{
        cache_limits::{CacheLimits, is_of_caches},
        carried::call_again,
        check_code,
        gate::{Gate, discard},
        internal_request::Original,
        internal_target::InternalTarget,
    },
    vary::vary_by,
};

/// The fields about the representation of a resource (RFC 9110 sections 8.8 and 14.3). Those of the
/// error are about content that is replaced. Those of the page are about the page's own URL: with a
/// date of it, caches would keep the error for the client's URL (RFC 9111 section 4.2.2).
const OF_REPRESENTATION: [&str; 3] = ["ETag", "Last-Modified", "Accept-Ranges"];

/// Middleware that has pages of the site answer in place of errors.
///
/// If a response of the application has a status that has a page, it is dropped, and the
/// application is called again for the path of that page. The client gets the page with the status
/// of the error. Statuses without a page are left alone. So is the page's own response, whatever
/// its status: there is no loop. If the page fails, the request does.
///
/// The page is asked for as by an [`InternalRedirect`](crate::InternalRedirect): by `GET` or
/// `HEAD`, without the body and the conditions of the request. It finds the client's request in
/// `REDIRECT_URL`, `REDIRECT_QUERY_STRING` and `REDIRECT_REQUEST_METHOD`, and the code of the error
/// in `REDIRECT_STATUS`, as in Apache. Its response has its own fields, but not `ETag`,
/// `Last-Modified` and `Accept-Ranges`, which are about the URL of the page. It also has those of
/// the error, such as `WWW-Authenticate`, `Allow`, `Retry-After` and cookies, but not those about
/// the content, and not those that it sets itself. Caches keep the response for as long as the
/// error says in `Cache-Control`, `Expires` and fields such as `CDN-Cache-Control`. Those of the
/// page are left out, except for limits: `no-store`, `private`, `no-cache`, `max-age=0`, an
/// `Expires` that has passed and `no-transform` count. With a cookie, the response is private. The
/// page finds the session of an application inside this middleware as the error left it.
///
/// Put [`TrustedProxies`](crate::TrustedProxies) around this middleware: inside, the page would
/// lose the proxy's prefix in `SCRIPT_NAME`.
///
/// If an application fails, or panics, there is no response to replace. The gateway answers then,
/// and its page is that of wsgi-gateway's `Engine::error_output`.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{ErrorDocuments, Mounts};
/// use wsgi_testing::Request;
///
/// let sorry = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok(format!("Sorry, {} is not here.", environ.get("REDIRECT_URL").unwrap()).into())
/// });
/// let site = Mounts::new().mount("/sorry", sorry);
/// let site = ErrorDocuments::new(site).document(404, "/sorry".parse()?);
///
/// let response = Request::get("/menu").call(&site);
/// assert_eq!(response.status(), &Status::NOT_FOUND);
/// assert_eq!(response.text(), "Sorry, /menu is not here.");
/// # Ok::<(), wsgi_middleware::InvalidTarget>(())
/// ```
#[derive(Clone)]
pub struct ErrorDocuments<A> {
    application: A,
    documents: Vec<(u16, InternalTarget)>,
}

impl<A: Application> ErrorDocuments<A> {
    /// Wraps an application: a whole site.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            documents: Vec::new(),
        }
    }

    /// Sets the page for a status code. It replaces one that was set for the same code before.
    ///
    /// # Panics
    ///
    /// The code is not that of a [`Status`], from 200 to 999.
    #[must_use]
    #[track_caller]
    pub fn document(mut self, code: u16, page: InternalTarget) -> Self {
        check_code(code);
        self.documents.retain(|(known, _)| *known != code);
        self.documents.push((code, page));
        self
    }

    fn find(&self, head: &Head) -> Option<&InternalTarget> {
        let code = head.status.code();
        let mut documents = self.documents.iter();
        documents.find_map(|(known, page)| (*known == code).then_some(page))
    }
}

impl<A: Application> Application for ErrorDocuments<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        Calls::make(environ, |environ| self.answer(environ, start_response))
    }
}

impl<A: Application> ErrorDocuments<A> {
    fn answer(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let mut original = Original::of(environ);
        let (exchange, outlet) = start_response.parts();
        let mut gate = Gate::new(outlet, |head: &Head| self.find(head).is_some());
        let result = {
            let mut start_response = StartResponse::new(exchange, &mut gate);
            self.application.call(environ, &mut start_response)
        };
        let is_replaced = gate.has_refused() || (result.is_ok() && gate.holds_back(&exchange.head));
        let Some(page) = self.find(&exchange.head).filter(|_| is_replaced) else {
            original.restore(environ);
            return result;
        };
        discard(result, environ);
        let error = ErrorHead {
            status: std::mem::take(&mut exchange.head.status),
            headers: std::mem::take(&mut exchange.head.headers),
        };
        exchange.clear();
        environ.remove_extension::<ErrorPage>();
        original.get(environ, page);
        let code = error.status.code().to_string();
        original.tell(environ, "REDIRECT_STATUS", code.as_bytes());
        let page = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            call_again(&self.application, environ, start_response)
        };
        let result = filtered(&page, error, environ, start_response);
        original.restore(environ);
        result
    }
}

/// The head of an error, for the page that is sent in its place.
struct ErrorHead {
    status: Status,
    headers: Headers,
}

impl Filter for ErrorHead {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        head.status = std::mem::take(&mut self.status);
        let page = &mut head.headers;
        for name in OF_REPRESENTATION {
            page.remove(name);
        }
        let limits = CacheLimits::of(page);
        page.retain(|name, _value| !is_of_caches(name));
        for member in members(&self.headers, "Vary") {
            vary_by(page, member)?;
        }
        let cookies = self.headers.get_all("Set-Cookie");
        add_earlier_cookies(page, cookies.map(Value::as_bytes))?;
        self.headers
            .retain(|name, _value| !is_of_content(name) && !page.contains(name));
        for (name, value) in &self.headers {
            page.append(name, value)?;
        }
        limits.restrict(page)?;
        if page.contains("Set-Cookie") {
            be_private(page)?;
        }
        Ok(Scope::Head)
    }
}

fn is_of_content(name: &str) -> bool {
    let prefix = name.get(.."Content-".len());
    let mut others = OF_REPRESENTATION.iter();
    prefix.is_some_and(|start| start.eq_ignore_ascii_case("Content-"))
        || others.any(|known| known.eq_ignore_ascii_case(name))
}

impl<A: fmt::Debug> fmt::Debug for ErrorDocuments<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut documents = f.debug_map();
        for (code, page) in &self.documents {
            documents.entry(code, &format_args!("{page}"));
        }
        documents.finish()
    }
}
