//! Cookies that browsers accept.

use crate::calls::get;

use axum::{Router, http::HeaderMap, http::HeaderValue, http::header, response::Result, routing};
use wsgi_cookies::{Cookies, SameSite, SetCookie};

/// Shows the theme of the last visit, and sets another.
async fn theme(request: HeaderMap) -> Result<(HeaderMap, String)> {
    let cookies: Cookies<'_> = request.get_all(header::COOKIE).iter().collect();
    let theme = cookies.get("__Host-theme").unwrap_or("light");
    let other = if theme == "light" { "dark" } else { "light" };
    let cookie = SetCookie::new("__Host-theme", other)
        .path("/")
        .secure(true)
        .same_site(SameSite::Lax);
    let value = HeaderValue::try_from(cookie).map_err(|error| error.to_string())?;
    let fields = HeaderMap::from_iter([(header::SET_COOKIE, value)]);
    Ok((fields, format!("The theme was {theme}.\n")))
}

fn app() -> Router {
    Router::new().route("/", routing::get(theme))
}

#[test]
fn a_cookie_is_read_and_set() {
    let (_, fields, body) = get(&app(), "/", ("Cookie", "a=1; __Host-theme=dark"));
    assert_eq!(body, "The theme was dark.\n");
    let expected = "__Host-theme=light; Path=/; Secure; SameSite=Lax";
    assert_eq!(fields["Set-Cookie"], expected);
}
