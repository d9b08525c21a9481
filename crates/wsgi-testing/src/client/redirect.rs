//! The way of a request through redirects (RFC 9110 section 15.4).

use wsgi_headers::Headers;

use crate::{body::Body, request::Request, response::Response, url::Url};

/// The part of a request that outlasts a redirect.
pub(super) struct Step {
    pub(super) method: String,
    pub(super) headers: Headers,
    pub(super) body: Body,
}

impl Step {
    /// The next request, if the response is a redirect that is followed.
    pub(super) fn redirected(&self, response: &Response, url: &Url) -> Option<(Url, Self)> {
        if !response.is_sent() {
            return None;
        }
        let code = response.status().code();
        let becomes_get = match code {
            301 | 302 => self.method == "POST",
            303 => self.method != "HEAD",
            307 | 308 => false,
            _ => return None,
        };
        let to = url.join(response.headers().get("Location")?.as_bytes())?;
        if to.host() != url.host() {
            return None;
        }
        let mut headers = self.headers.clone();
        headers.remove("Cookie");
        headers.remove("Host");
        if to.origin() != url.origin() {
            headers.remove("Authorization");
        }
        limit_referrer(&mut headers, &to);
        if !becomes_get {
            let body = self.body.again()?;
            let method = self.method.clone();
            return Some((
                to,
                Self {
                    method,
                    headers,
                    body,
                },
            ));
        }
        for name in [
            "Content-Encoding",
            "Content-Language",
            "Content-Length",
            "Content-Type",
            "Origin",
        ] {
            headers.remove(name);
        }
        let method = "GET".to_owned();
        Some((
            to,
            Self {
                method,
                headers,
                body: Body::None,
            },
        ))
    }

    /// The request to a URL.
    pub(super) fn request(&self, url: &Url) -> Request {
        let mut request = Request::new(&self.method, &url.target);
        request.headers = self.headers.clone();
        match &self.body {
            Body::Bytes(body) => request.body(body.clone()),
            _ => request,
        }
    }
}

/// Leaves of the field `Referer` what a browser sends to a URL (W3C Referrer Policy,
/// "strict-origin-when-cross-origin"). What a redirect has taken does not come back.
fn limit_referrer(headers: &mut Headers, to: &Url) {
    let field = headers.get("Referer");
    let Some(page) = field.and_then(|page| Url::parse(page.as_bytes())) else {
        return;
    };
    headers.remove("Referer");
    if let Some(referrer) = page.referrer_to(to) {
        let _ = headers.set("Referer", &referrer);
    }
}
