//! A body that several hooks, handlers and pages of a request read.

use std::io::{self, Read};

use wsgi_adaptor::{Adaptor, HttpError, Request, RequestError, Response, Result};
use wsgi_environ::{Input, InputError};
use wsgi_forms::{FormError, Limits};
use wsgi_testing::{Request as Test, Response as Answer};

const MULTIPART: &str = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--";

/// A body that fails.
struct Broken(InputError);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
}

/// Reads the body in the way that the query names, after a hook has read it in another.
fn read(request: &Request<'_>, how: &str) -> Result<String> {
    Ok(match request.query().get(how) {
        Some("form") => format!("{:?}", request.form()?.get("a")),
        Some("body") => String::from_utf8_lossy(request.body()?).into_owned(),
        Some("stream") => io::read_to_string(request.take_input())?,
        Some("part") => {
            let mut byte = [0];
            request.take_input().read_exact(&mut byte)?;
            format!("{byte:?}")
        }
        _ => "unread".to_owned(),
    })
}

/// An adaptor in another one, whose hooks read before and after it.
fn app() -> Adaptor {
    let inner = Adaptor::new().post("/", |request| read(request, "inner"));
    Adaptor::new()
        .before(|request| read(request, "outer").map(|_| ()))
        .after(|request, response| -> Result<Response> {
            let read = read(request, "after")?;
            Ok(response.with_header("X-After", read.replace("\r\n", " ")))
        })
        .mount("/inner", inner)
}

fn post(app: &Adaptor, query: &str, body: &str) -> Answer {
    let media_type = match body.starts_with("--") {
        true => "multipart/form-data; boundary=x",
        false => "application/x-www-form-urlencoded",
    };
    let request = Test::post(format!("/inner?{query}")).body(body);
    request.header("Content-Type", media_type).call(app)
}

#[track_caller]
fn check(query: &str, body: &str, text: &str) {
    let answer = post(&app(), query, body);
    assert_eq!(answer.text(), text, "{query}");
    assert_eq!(answer.status().code(), 200, "{query}");
}

#[test]
fn a_form_that_a_hook_has_read_is_there_for_a_mounted_adaptor() {
    check("outer=form&inner=form", "a=1", "Some(\"1\")");
    check("outer=form&inner=form", MULTIPART, "Some(\"1\")");
}

#[test]
fn a_body_in_memory_is_there_for_all_and_in_every_way() {
    check("outer=body&inner=body", "a=1", "a=1");
    check("outer=body&inner=form", "a=1", "Some(\"1\")");
    check("outer=body&inner=stream", "a=1", "a=1");
    check("outer=body&inner=part&after=body", "a=1", "[97]");
}

#[test]
fn a_body_in_memory_is_given_to_nobody_who_takes_only_shorter_ones() {
    let inner = Adaptor::new()
        .post("/", |request| read(request, "inner"))
        .max_body_bytes(3);
    let app = Adaptor::new()
        .before(|request| read(request, "outer").map(|_| ()))
        .mount("/inner", inner);
    for (query, body, code) in [
        ("outer=body&inner=body", "a=1", 200),
        ("outer=body&inner=body", "a=10", 413),
        ("outer=body&inner=form", "a=10", 200),
    ] {
        assert_eq!(
            post(&app, query, body).status().code(),
            code,
            "{query} {body}"
        );
    }
}

#[test]
fn a_hook_after_the_handler_has_the_form_that_the_handler_has_read() {
    for body in ["a=1", MULTIPART] {
        let answer = post(&app(), "inner=form&after=form", body);
        assert_eq!(answer.status().code(), 200);
        assert_eq!(answer.headers().get("X-After").unwrap(), "Some(\"1\")");
    }
}

#[test]
fn a_body_that_is_gone_never_passes_for_an_empty_one() {
    for query in [
        "outer=form&inner=body",
        "outer=form&inner=stream",
        "outer=stream&inner=form",
        "outer=stream&inner=body",
        "outer=stream&inner=stream",
        "outer=part&inner=form",
        "outer=part&inner=body",
        "outer=part&inner=stream",
        "inner=form&after=body",
        "inner=stream&after=form",
    ] {
        let answer = post(&app(), query, "a=1");
        assert_eq!(answer.status().code(), 500, "{query}: {}", answer.text());
        let error = RequestError::BodyTaken.to_string();
        assert!(answer.errors().contains(&error), "{}", answer.errors());
    }
}

#[test]
fn an_empty_body_can_be_read_again_and_again() {
    for how in ["form", "body", "stream"] {
        for then in ["body", "stream"] {
            check(&format!("outer={how}&inner={then}&after={then}"), "", "");
        }
    }
}

#[test]
fn a_page_of_an_error_has_the_form_that_the_handler_has_read() {
    let page = |request: &Request<'_>, _: &HttpError| -> Result<String> {
        Ok(format!("{:?} again", request.field("a")?))
    };
    let app = Adaptor::new()
        .post("/inner", |request| -> Result<String> {
            request.form()?;
            match request.query().get("fail") {
                Some("422") => Err(HttpError::new(422, "").into()),
                Some("500") => Err("out of tea".into()),
                _ => panic!("out of tea"),
            }
        })
        .on_status(422, page)
        .on_status(500, page);
    for (fail, code) in [("422", 422), ("500", 500), ("panic", 500)] {
        let answer = post(&app, &format!("fail={fail}"), "a=1");
        assert_eq!(answer.status().code(), code);
        assert_eq!(answer.text(), "Some(\"1\") again", "{fail}");
    }
}

#[test]
fn a_body_that_cannot_be_read_is_answered_alike_each_time() {
    for (error, code) in [
        (InputError::Malformed, 400),
        (InputError::TimedOut, 408),
        (InputError::TooLarge, 413),
        (InputError::DeadlinePassed, 504),
    ] {
        for (first, then) in [
            ("form", "form"),
            ("body", "form"),
            ("form", "body"),
            ("body", "body"),
        ] {
            let inner = Adaptor::new().post("/", |request| read(request, "inner"));
            let app = Adaptor::new()
                .before(|request| {
                    assert!(read(request, "outer").is_err());
                    Ok::<_, Response>(())
                })
                .mount("/inner", inner);
            let request = Test::post(format!("/inner?outer={first}&inner={then}"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .input(Input::from_reader(Broken(error), None));
            let answer = request.call(&app);
            assert_eq!(answer.status().code(), code, "{error:?}: {first}, {then}");
        }
    }
}

#[test]
fn a_page_that_reads_a_body_that_cannot_be_read_gives_way_to_a_line_of_text() {
    let page = |request: &Request<'_>, _: &HttpError| {
        Ok::<_, FormError>(format!("{:?}", request.field("a")?))
    };
    let inner = Adaptor::new()
        .post("/", |request| read(request, "inner"))
        .post("/panic", |_| -> &str { panic!("out of tea") })
        .form_limits(Limits::new().max_body_bytes(10))
        .on_any_status(page);
    let app = Adaptor::new().mount("/inner", inner);
    let long = "a=1&a=2&a=3&a=4";
    let slow = Input::from_reader(Broken(InputError::TimedOut), None);
    let slow = Test::post("/inner/?inner=form").input(slow);
    let form = "application/x-www-form-urlencoded";
    for (request, media_type, code, line) in [
        (
            Test::post("/inner/?inner=form").body(long),
            form,
            413,
            "413 Content Too Large: ",
        ),
        (
            Test::post("/inner/?inner=form").body("a"),
            "text/plain",
            415,
            "415 Unsupported ",
        ),
        (
            Test::post("/inner/nothing").body(long),
            form,
            404,
            "404 Not Found\n",
        ),
        (
            Test::new("PUT", "/inner/").body(long),
            form,
            405,
            "405 Method Not Allowed\n",
        ),
        (slow, form, 408, "408 Request Timeout: "),
    ] {
        let answer = request.header("Content-Type", media_type).call(&app);
        assert_eq!(answer.status().code(), code, "{}", answer.errors());
        assert!(answer.text().starts_with(line), "{}", answer.text());
        assert_eq!(answer.errors(), "", "{code}");
    }
    let panic = Test::post("/inner/panic").body(long);
    let answer = panic.header("Content-Type", form).call(&app);
    assert_eq!(
        (answer.status().code(), answer.text()),
        (500, "500 Internal Server Error\n")
    );
    assert!(
        !answer.errors().contains("error page"),
        "{}",
        answer.errors()
    );
}

#[test]
fn a_page_that_reads_a_body_which_a_handler_has_streamed_gives_way_to_a_line_of_text() {
    for (error, code) in [
        (InputError::Malformed, 400),
        (InputError::TimedOut, 408),
        (InputError::TooLarge, 413),
        (InputError::Truncated, 400),
        (InputError::DeadlinePassed, 504),
    ] {
        for (inner, page) in [
            ("form", "form"),
            ("form", "body"),
            ("form", "stream"),
            ("body", "form"),
            ("body", "stream"),
            ("stream", "form"),
            ("stream", "body"),
            ("stream", "stream"),
        ] {
            let app = Adaptor::new()
                .post("/", |request| read(request, "inner"))
                .on_any_status(|request, _| read(request, "page"));
            let answer = Test::post(format!("/?inner={inner}&page={page}"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .input(Input::from_reader(Broken(error), None))
                .call(&app);
            let name = format!("{error:?}, {inner}, {page}: {}", answer.errors());
            assert_eq!(answer.status().code(), code, "{name}");
            assert!(answer.text().starts_with(&code.to_string()), "{name}");
            assert!(!answer.errors().contains("error page"), "{name}");
            assert!(code == 504 || answer.errors().is_empty(), "{name}");
        }
    }
    let app = Adaptor::new()
        .post("/inner", |request| -> Result<String> {
            io::read_to_string(request.take_input())?;
            Err(HttpError::new(422, "no tea").into())
        })
        .on_any_status(|request, _| read(request, "page"));
    for page in ["form", "body", "stream"] {
        let answer = post(&app, &format!("page={page}"), "a=1");
        assert_eq!(answer.text(), "422 Unprocessable Content: no tea\n");
        assert_eq!(answer.errors(), "", "{page}");
    }
}

#[test]
fn a_form_that_cannot_be_read_is_answered_alike_as_a_stream() {
    let app = |max| {
        Adaptor::new()
            .before(|request| {
                assert!(request.form().is_err());
                Ok::<_, Response>(())
            })
            .post("/inner", |request| read(request, "inner"))
            .form_limits(Limits::new().max_body_bytes(max))
            .on_any_status(|request, _| read(request, "page"))
    };
    let cut = MULTIPART.trim_end_matches("--");
    for (max, body, code) in [(2, "a=1", 413), (1000, cut, 400)] {
        for (inner, page) in [("stream", "none"), ("stream", "stream"), ("form", "stream")] {
            let answer = post(&app(max), &format!("inner={inner}&page={page}"), body);
            assert_eq!(answer.status().code(), code, "{inner}, {page}");
            assert_eq!(answer.errors(), "", "{code}");
        }
    }
}

#[test]
fn a_page_that_fails_by_itself_is_a_failure() {
    let app = Adaptor::new()
        .on_status(404, |request, _| -> Result<Response> {
            match request.query().get("fail") {
                Some("form") => drop(request.field("a")?),
                Some("field") => drop(request.parse_field::<u8>("a")?),
                Some("query") => drop(request.query().parse::<u8>("fail")?),
                _ => return Err("out of ink".into()),
            }
            Ok(Response::text("a page"))
        })
        .on_status(410, |_, _| Err::<Response, _>(HttpError::new(402, "")))
        .get("/gone", |_| Response::of_status(410))
        .on_status(500, |_, _| "sorry");
    for request in [
        Test::get("/nothing"),
        Test::get("/nothing?fail=form"),
        Test::get("/nothing?fail=query"),
        Test::post("/nothing?fail=field").form([("a", "x")]),
        Test::get("/gone"),
    ] {
        let answer = request.call(&app);
        assert_eq!((answer.status().code(), answer.text()), (500, "sorry"));
        assert_ne!(answer.errors(), "");
    }
}

#[test]
fn the_rest_of_a_body_stays_in_the_environ() {
    use wsgi_application::{Application, Environ, Exchange, StartResponse};
    let app = Adaptor::new().post("/", |_| "unread");
    let mut environ = Environ::new();
    for (name, value) in [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/")] {
        environ.set(name, value);
    }
    environ.set_input(Input::from_bytes("rest"));
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let start_response = &mut StartResponse::new(&mut exchange, &mut sent);
    let _body = app.call(&mut environ, start_response).unwrap();
    let rest = io::read_to_string(environ.take_input()).unwrap();
    assert_eq!(rest, "rest");
}
