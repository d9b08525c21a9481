//! Redirects that a client follows.

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::Input;
use wsgi_testing::{Client, Request, Response};

/// Redirects `/CODE` to the location in its query, and shows every other request.
fn app(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let code = environ.path_info().to_string()[1..].parse::<u16>();
    if let Ok(code) = code {
        let location = environ.query_string().to_string();
        start_response.start(Status::try_from(code)?, [("Location", location)])?;
        return Ok("moved".into());
    }
    let body = std::io::read_to_string(environ.input())?;
    let shown = |name: &str| match environ.get(name) {
        Some(value) => format!(" {value}"),
        None => " -".to_owned(),
    };
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    let (method, path) = (environ.request_method(), environ.path_info());
    let rest = ["CONTENT_TYPE", "HTTP_ORIGIN", "HTTP_X"]
        .map(shown)
        .concat();
    Ok(format!("{method} {path} {body:?}{rest}").into())
}

#[track_caller]
fn check(method: &str, code: u16, shown: &str) {
    let request = Request::new(method, format!("/{code}?/end")).header("X", "1");
    let request = request.form([("a", "b")]);
    let response = Client::new(app).send(request);
    assert_eq!(response.text(), shown, "{method} {code}");
}

#[test]
fn the_method_and_the_body_change_as_in_browsers() {
    const FORM: &str = "application/x-www-form-urlencoded";
    for code in [301, 302, 303] {
        check("POST", code, "GET /end \"\" - - 1");
    }
    for code in [307, 308] {
        let shown = format!("POST /end \"a=b\" {FORM} http://localhost 1");
        check("POST", code, &shown);
    }
    check("PUT", 303, "GET /end \"\" - - 1");
    for code in [301, 302, 307, 308] {
        let shown = format!("PUT /end \"a=b\" {FORM} http://localhost 1");
        check("PUT", code, &shown);
    }
    check("HEAD", 303, "");
}

fn get(target: &str) -> Response {
    Client::new(app).get(target)
}

#[test]
fn a_location_is_resolved_against_the_url() {
    for (location, url) in [
        ("/end", "http://localhost/end"),
        ("end", "http://localhost/end"),
        ("http://LOCALHOST:80/end%23#top", "http://localhost/end%23"),
        ("https://localhost/end", "https://localhost/end"),
        ("/x/../end", "http://localhost/end"),
    ] {
        let response = get(&format!("/302?{location}"));
        assert_eq!(response.url(), url, "{location}");
    }
}

#[test]
fn what_is_no_page_of_the_application_is_not_followed() {
    for location in [
        "http://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "mailto:ada@example.org",
        "http://localhost.evil.example/",
    ] {
        let response = get(&format!("/302?{location}"));
        assert_eq!(response.status().code(), 302, "{location}");
    }
    let silent = |_environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        start_response.start(Status::FOUND, ())?;
        Ok("no location".into())
    };
    assert_eq!(Client::new(silent).get("/").text(), "no location");
    for code in [300, 304, 305, 306] {
        assert_eq!(get(&format!("/{code}?/end")).status().code(), code);
    }
}

#[test]
fn a_body_that_is_read_once_is_not_sent_again() {
    let input = || Input::from_reader(&b"once"[..], Some(4));
    let mut client = Client::new(app);
    let response = client.send(Request::post("/307?/end").input(input()));
    assert_eq!(response.status().code(), 307);
    let response = client.send(Request::post("/303?/end").input(input()));
    assert_eq!(response.text(), "GET /end \"\" - - -");
}

#[test]
fn the_change_of_every_request_is_made_after_a_redirect_too() {
    let mut client = Client::new(app).prepare(|request| request.header("X", "each"));
    assert_eq!(client.get("/302?/end").text(), "GET /end \"\" - - each");
}

#[test]
fn redirects_are_counted() {
    let down = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        let left: u32 = environ.path_info().to_string()[1..].parse()?;
        match left {
            0 => start_response.start(Status::OK, ())?,
            _ => {
                let location = format!("/{}", left - 1);
                start_response.start(Status::FOUND, [("Location", location)])?
            }
        };
        Ok("".into())
    };
    assert_eq!(Client::new(down).get("/20").url(), "http://localhost/0");
    assert_eq!(
        Client::new(down).max_redirects(2).get("/2").url(),
        "http://localhost/0"
    );
    let stopped = Client::new(down).max_redirects(0).get("/9");
    assert_eq!(stopped.url(), "http://localhost/9");
}

#[test]
#[should_panic(expected = "redirects more than 20 times, now from http://localhost/302?")]
fn an_endless_redirect_is_a_mistake() {
    let endless = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        environ.set("QUERY_STRING", "/302?");
        Application::call(&app, environ, start_response)
    };
    Client::new(endless).get("/302?/302?");
}

#[test]
fn a_fragment_is_not_sent() {
    let mut client = Client::new(app);
    for (url, shown, path) in [
        ("/end#top", "GET /end", "/end"),
        ("/end?a=b#c?d", "GET /end", "/end?a=b"),
        ("/#", "GET /", "/"),
        ("http://localhost/end#top", "GET /end", "/end"),
        ("/302?/end%23a#b", "GET /end#a", "/end%23a"),
    ] {
        let response = client.get(url);
        assert_eq!(response.text(), format!("{shown} \"\" - - -"), "{url}");
        assert_eq!(response.url(), format!("http://localhost{path}"), "{url}");
    }
    // Without a browser around it, a request can have what a server would refuse.
    assert_eq!(
        Request::get("/end#top").call(&app).text(),
        "GET /end#top \"\" - - -"
    );
}
