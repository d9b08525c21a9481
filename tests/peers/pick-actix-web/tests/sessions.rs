//! Sessions whose store is called on a thread for blocking work.

use std::time::SystemTime;

use actix_web::{HttpRequest, HttpResponse, Result, error, http::header, web};
use wsgi_sessions::{Cookies, Error, MemoryStore, Scheme, Sessions};

/// Counts the visits of a browser.
async fn visits(request: HttpRequest, sessions: web::Data<Sessions>) -> Result<HttpResponse> {
    let fields = request.headers().get_all(header::COOKIE);
    let fields: Vec<_> = fields.map(|field| field.as_bytes().to_vec()).collect();
    // A store may wait for a disk or a network.
    let (visits, cookie) = web::block(move || count(&sessions, &fields))
        .await?
        .map_err(error::ErrorServiceUnavailable)?;
    let mut response = HttpResponse::Ok();
    if let Some(cookie) = cookie {
        response.insert_header((header::SET_COOKIE, cookie));
    }
    Ok(response.body(format!("Visits: {visits}\n")))
}

fn count(sessions: &Sessions, fields: &[Vec<u8>]) -> Result<(u64, Option<String>), Error> {
    let cookies: Cookies<'_> = fields.iter().map(Vec::as_slice).collect();
    let session = sessions.open(&cookies, Scheme::Http, SystemTime::now());
    let visits = session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
    let cookie = session.finish(SystemTime::now())?;
    Ok((
        visits,
        cookie.map(|cookie| cookie.to_header_value()).transpose()?,
    ))
}

/// The site, with sessions that all threads of the server share.
fn site() -> impl Fn(&mut web::ServiceConfig) + Clone {
    let sessions = web::Data::new(Sessions::new(MemoryStore::new()));
    move |config| {
        config
            .app_data(sessions.clone())
            .route("/", web::get().to(visits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, test};

    #[actix_web::test]
    async fn a_browser_is_known_again() {
        let app = test::init_service(App::new().configure(site())).await;

        let request = test::TestRequest::get().to_request();
        let response = test::call_service(&app, request).await;
        let cookie = response
            .headers()
            .get("Set-Cookie")
            .unwrap()
            .to_str()
            .unwrap();
        let sent_back = cookie.split(';').next().unwrap().to_owned();
        assert_eq!(test::read_body(response).await, "Visits: 1\n");

        let request = test::TestRequest::get().insert_header(("Cookie", sent_back));
        let response = test::call_service(&app, request.to_request()).await;
        assert_eq!(test::read_body(response).await, "Visits: 2\n");
    }
}
