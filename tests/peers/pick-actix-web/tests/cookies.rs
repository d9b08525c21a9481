//! Cookies that browsers accept.

use actix_web::{HttpRequest, HttpResponse, Result, error, http::header, web};
use wsgi_cookies::{Cookies, SameSite, SetCookie};

/// Shows the theme of the last visit, and sets another.
async fn theme(request: HttpRequest) -> Result<HttpResponse> {
    let fields = request.headers().get_all(header::COOKIE);
    let cookies: Cookies<'_> = fields.map(|field| field.as_bytes()).collect();
    let theme = cookies.get("__Host-theme").unwrap_or("light");
    let other = if theme == "light" { "dark" } else { "light" };
    let cookie = SetCookie::new("__Host-theme", other)
        .path("/")
        .secure(true)
        .same_site(SameSite::Lax)
        .to_header_value()
        .map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::SET_COOKIE, cookie))
        .body(format!("The theme was {theme}.\n")))
}

fn site(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(theme));
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, test};

    #[actix_web::test]
    async fn a_cookie_is_read_and_set() {
        let app = test::init_service(App::new().configure(site)).await;
        let request = test::TestRequest::get().insert_header(("Cookie", "a=1; __Host-theme=dark"));
        let response = test::call_service(&app, request.to_request()).await;
        let expected = "__Host-theme=light; Path=/; Secure; SameSite=Lax";
        assert_eq!(response.headers().get("Set-Cookie").unwrap(), expected);
        assert_eq!(test::read_body(response).await, "The theme was dark.\n");
    }
}
