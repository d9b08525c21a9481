//! The choice of a handler, and the answer if there is none.

use proptest::prelude::*;
use wsgi_adaptor::{Adaptor, IntoResponse, Request, Response};
use wsgi_application::{Result, Status};
use wsgi_files::Files;
use wsgi_middleware::Cascade;
use wsgi_testing::Request as Call;
use wsgi_validate::validator;

fn site() -> Adaptor {
    Adaptor::new()
        .get("/", |_| "index")
        .get("/menu", |_| "menu")
        .post("/menu", |_| "ordered")
        .get("/menu/{dish}", |request| {
            format!("dish {}", request.parameter_str("dish"))
        })
        .get("/menu/today", |_| "today")
        .put("/files/{*path}", |request| {
            format!("put {}", request.parameter_str("path"))
        })
        .delete("/only", |_| Response::empty(Status::NO_CONTENT))
}

#[track_caller]
fn check(method: &str, target: &str, code: u16, text: &str) {
    let response = Call::new(method, target).call(&site());
    assert_eq!(response.status().code(), code);
    assert_eq!(response.text(), text);
}

#[track_caller]
fn check_allowed(method: &str, target: &str, code: u16, allow: &str) {
    let response = Call::new(method, target).call(&site());
    assert_eq!(response.status().code(), code);
    assert_eq!(response.headers().get("Allow").unwrap(), allow);
}

#[test]
fn path_and_method_find_the_handler() {
    check("GET", "/", 200, "index");
    check("GET", "/menu", 200, "menu");
    check("POST", "/menu", 200, "ordered");
    check("GET", "/menu/tea", 200, "dish tea");
    check("GET", "/menu/today", 200, "today");
    check("PUT", "/files/a/b.txt", 200, "put a/b.txt");
}

#[test]
fn parameters_are_decoded() {
    check(
        "GET",
        "/menu/caf%C3%A9%20au%20lait",
        200,
        "dish café au lait",
    );
    check("PUT", "/files/100%25", 200, "put 100%");
}

#[test]
fn other_paths_are_not_found() {
    for target in [
        "/nothing",
        "/menu/",
        "/menu/a/b",
        "//",
        "/menu%2Fa%2Fb",
        "/menu/%FF",
    ] {
        check("GET", target, 404, "404 Not Found\n");
    }
}

#[test]
fn a_method_without_a_handler_is_answered_with_those_that_have_one() {
    check_allowed("DELETE", "/menu", 405, "GET, HEAD, POST, OPTIONS");
    check_allowed("get", "/menu", 501, "GET, HEAD, POST, OPTIONS");
    check_allowed("GET", "/files/x", 405, "PUT, OPTIONS");
    check_allowed("HEAD", "/only", 405, "DELETE, OPTIONS");
    check_allowed("PURGE", "/only", 501, "DELETE, OPTIONS");
    check_allowed("PROPFIND", "/only", 501, "DELETE, OPTIONS");
    check_allowed("QUERY", "/only", 405, "DELETE, OPTIONS");
}

#[test]
fn a_method_of_another_path_is_known() {
    let status = |app: &Adaptor, method, path| {
        let response = Call::new(method, path).call(app);
        response.status().code()
    };
    let app = site().route("PURGE", "/cache", |_| "purged");
    assert_eq!(status(&app, "PURGE", "/cache"), 200);
    assert_eq!(status(&app, "PURGE", "/menu"), 405);
    assert_eq!(status(&app, "PURGE", "/none"), 404);
    assert_eq!(status(&app, "PROPFIND", "/menu"), 501);
    let dav = Adaptor::new().route("PROPFIND", "/", |_| "found");
    let app = app.mount("/shop", site().mount("/dav", dav));
    assert_eq!(status(&app, "PROPFIND", "/shop/dav"), 200);
    for path in ["/menu", "/shop/menu"] {
        assert_eq!(status(&app, "PROPFIND", path), 405, "{path}");
        assert_eq!(status(&app, "PURGE", path), 405, "{path}");
        assert_eq!(status(&app, "purge", path), 501, "{path}");
    }
    assert_eq!(status(&app, "PURGE", "/shop/dav"), 405);
}

#[test]
fn a_cascade_passes_on_methods_that_an_application_does_not_know() {
    let cascade = |codes: &[u16]| {
        Cascade::new()
            .then(Files::folder("src").unwrap())
            .then(site())
            .then(Adaptor::new().route("PURGE", "/{*path}", |_| "purged"))
            .pass_on(codes.iter().copied())
    };
    let purge = |path, codes: &[u16]| Call::new("PURGE", path).call(&cascade(codes));
    for path in ["/lib.rs", "/menu", "/none"] {
        assert_eq!(purge(path, &[404, 405, 501]).text(), "purged", "{path}");
        assert_eq!(purge(path, &[404, 405]).status().code(), 501, "{path}");
    }
}

#[test]
fn options_are_answered() {
    check_allowed("OPTIONS", "/menu", 204, "GET, HEAD, POST, OPTIONS");
    check_allowed("OPTIONS", "/only", 204, "DELETE, OPTIONS");
    let app = site().route("OPTIONS", "/only", |_| "mine");
    assert_eq!(Call::new("OPTIONS", "/only").call(&app).text(), "mine");
}

#[test]
fn head_falls_back_to_get_without_its_body() {
    let response = Call::head("/menu").call(&site());
    assert_eq!(response.headers().get("Content-Length").unwrap(), "4");
    assert_eq!(response.body(), b"");
    let app = site().route("HEAD", "/menu", |_| {
        Response::text("").with_header("X-Own", "1")
    });
    assert!(Call::head("/menu").call(&app).headers().contains("X-Own"));
}

#[test]
fn a_later_handler_of_a_path_and_method_replaces_the_earlier() {
    let app = site().get("/menu", |_| "other");
    assert_eq!(Call::get("/menu").call(&app).text(), "other");
    assert_eq!(Call::post("/menu").call(&app).text(), "ordered");
}

#[test]
fn a_mounted_adaptor_sees_the_path_below_its_mount() {
    let app = wsgi_middleware::Mounts::new().mount(
        "/shop",
        site().get("/where", |request| {
            let (path, prefix) = (request.path(), request.url_prefix());
            format!("{path} = {prefix} + {}", request.relative_path())
        }),
    );
    assert_eq!(Call::get("/shop").call(&app).text(), "index");
    assert_eq!(Call::get("/shop/").call(&app).text(), "index");
    let response = Call::get("/shop/where").call(&app);
    assert_eq!(response.text(), "/shop/where = /shop + /where");
}

#[test]
fn a_link_begins_with_the_prefix_and_stays_on_the_host() {
    #[track_caller]
    fn check(prefix: &str, target: &'static str, link: &str) {
        let app = Adaptor::new().get("/", move |request| request.link(target));
        let call = Call::get("/").variable("SCRIPT_NAME", prefix);
        assert_eq!(call.call(&app).text(), link);
    }
    check("", "/", "/");
    check("", "/a?b=%20#c", "/a?b=%20#c");
    check("/café/100%", "/", "/caf%C3%A9/100%25/");
    check("/a?b#c\"<", "/d", "/a%3Fb%23c%22%3C/d");
    check("", "//other.example/", "/.//other.example/");
    check("//other.example", "/", "/.//other.example/");
    check("", "/\\other.example/", "/./\\other.example/");
    check("", "/\t/other.example/", "/./\t/other.example/");
    check("", "/\r\n\\other.example/", "/./\r\n\\other.example/");
    check("", "/a//b\\c", "/a//b\\c");
    check("", "https://other.example", "/https://other.example");
    check("", "javascript:alert(1)", "/javascript:alert(1)");
    check("", "java\tscript:alert(1)", "/java\tscript:alert(1)");
    check("", " //other.example", "/ //other.example");
    check("", "\u{1}//other.example", "/\u{1}//other.example");
    check("", "\t //other.example", "/\t //other.example");
    check("", "\t//other.example", "/.\t//other.example");
    check("", "\n/\tother.example", "\n/\tother.example");
    check("", "menu?a", "/menu?a");
    check("", "", "/");
    check(
        "/shop",
        "https://other.example",
        "/shophttps://other.example",
    );
}

#[test]
fn a_fallback_answers_every_method_of_paths_without_a_page() {
    let app = site().fallback(|request| format!("no {}", request.relative_path()));
    assert_eq!(Call::post("/x/y").call(&app).text(), "no /x/y");
    assert_eq!(Call::get("/%FF").call(&app).body(), b"no /\xef\xbf\xbd");
    assert_eq!(Call::get("/files/x").call(&app).status().code(), 405);
}

#[test]
fn a_handler_may_return_anything_that_becomes_a_response() {
    #[track_caller]
    fn check<R: IntoResponse + 'static>(make: fn() -> R, code: u16) {
        let app = Adaptor::new().get("/", move |_: &Request<'_>| make());
        assert_eq!(Call::get("/").call(&app).status().code(), code);
    }
    check(|| "text", 200);
    check(|| String::from("text"), 200);
    check(|| Response::empty(Status::NO_CONTENT), 204);
    check(|| -> Result<Response> { Ok(Response::text("text")) }, 200);
    check(|| Status::NO_CONTENT, 204);
    check(|| (418, "text"), 418);
    check(|| (Status::CREATED, Response::text("text")), 201);
    check(|| (99, "no status"), 500);
    check(|| Err::<String, _>(Response::redirect("/")), 303);
    check(|| Err::<String, _>((404, "no such page")), 404);
    check(|| Err::<String, _>("out of tea"), 500);
    check(|| Err::<String, _>(String::from("out of tea")), 500);
    check(|| -> Result<String> { Err(std::fmt::Error.into()) }, 500);
    check(
        || -> Result<Response, Response> { Err(Response::of_status(403)) },
        403,
    );
}

#[test]
fn a_response_without_content_has_no_text_and_no_media_type() {
    let app = Adaptor::new()
        .get("/status", |_| Status::NO_CONTENT)
        .get("/text", |_| (204, "done"))
        .get("/json", |_| {
            Response::content("application/json", "{}").with_status(204)
        })
        .get("/known", |_| Response::of_status(304))
        .get("/reset", |_| (205, "done"));
    let app = validator(app);
    for (path, code) in [
        ("/status", 204),
        ("/text", 204),
        ("/json", 204),
        ("/known", 304),
        ("/reset", 205),
    ] {
        let response = Call::get(path).call(&app);
        assert_eq!(response.status().code(), code, "{path}");
        assert_eq!((response.text(), response.errors()), ("", ""), "{path}");
        let is_reset = code == 205; // Python's validator wants its type
        let has_type = response.headers().contains("Content-Type");
        assert_eq!(has_type, is_reset, "{path}");
    }
}

#[test]
fn a_response_without_content_lacks_the_fields_that_would_be_wrong() {
    const FIELDS: [&str; 7] = [
        "Content-Length",
        "Content-Type",
        "Content-Language",
        "Content-Encoding",
        "Content-Range",
        "Content-Digest",
        "ETag",
    ];
    let values = [
        "4",
        "text/plain",
        "en",
        "gzip",
        "bytes 0-3/9",
        "x=:eA==:",
        "\"1\"",
    ];
    for (code, kept) in [
        (204, &["Content-Language", "Content-Encoding", "ETag"][..]),
        (
            205,
            &[
                "Content-Type",
                "Content-Language",
                "Content-Encoding",
                "ETag",
            ],
        ),
        (304, &["Content-Length", "ETag"]),
    ] {
        let app = Adaptor::new().get("/", move |_| {
            let fields = FIELDS.into_iter().zip(values);
            let response = Response::text("done").with_status(code);
            fields.fold(response, |response, (name, value)| {
                response.with_header(name, value)
            })
        });
        let response = Call::get("/").call(&validator(app));
        assert_eq!(response.status().code(), code);
        assert_eq!((response.text(), response.errors()), ("", ""), "{code}");
        for name in FIELDS {
            let found = response.headers().get(name);
            let is_right = match (code, name) {
                (205, "Content-Length") => found.unwrap() == "0", // that of the gateway
                _ => found.is_some() == kept.contains(&name),
            };
            assert!(is_right, "{code}: {name}: {found:?}");
        }
    }
}

#[test]
fn query_is_a_method_like_any_other() {
    let app = site().query("/search", |request| {
        request.body().map(|body| format!("{} bytes", body.len()))
    });
    let response = Call::new("QUERY", "/search").body("tea").call(&app);
    assert_eq!(response.text(), "3 bytes");
    let response = Call::get("/search").call(&app);
    assert_eq!(response.status().code(), 405);
    assert_eq!(response.headers().get("Allow").unwrap(), "QUERY, OPTIONS");
}

#[test]
fn a_parameter_that_does_not_parse_is_not_found() {
    let app = Adaptor::new().get("/{year}/{name}", |request| -> Result<String> {
        let year: i16 = request.parameter("year")?;
        let name: String = request.parameter("name")?;
        let all: Vec<_> = request.parameters().collect();
        assert_eq!(all.len(), 2);
        Ok(format!("{name} in {year}"))
    });
    let get = |path| Call::get(path).call(&app);
    assert_eq!(get("/1969/moon%20landing").text(), "moon landing in 1969");
    assert_eq!(get("/-44/caesar").text(), "caesar in -44");
    for path in ["/x/y", "/99999/y", "/1%202/y"] {
        let response = get(path);
        assert_eq!(response.status().code(), 404, "{path}");
        assert_eq!(response.errors(), "", "{path}");
    }
}

#[test]
fn asking_for_an_unknown_parameter_is_a_failure() {
    let app = Adaptor::new()
        .get("/{id}", |request| request.parameter_str("name").to_owned())
        .get("/{id}/edit", |request| {
            request.parameter::<u32>("ID").map(|_| "")
        });
    for path in ["/7", "/7/edit"] {
        let response = Call::get(path).call(&app);
        assert_eq!(response.status().code(), 500);
        let said = "only [\"id\"]";
        assert!(response.errors().contains(said), "{}", response.errors());
    }
}

#[test]
#[should_panic(expected = "two parameters named \"a\"")]
fn two_parameters_of_one_name_are_refused() {
    let _ = Adaptor::new().get("/{a}/{b}/{a}", |_| "");
}

#[test]
#[should_panic(expected = "must begin with a slash")]
fn a_path_without_a_slash_is_refused() {
    let _ = Adaptor::new().get("menu", |_| "");
}

#[test]
#[should_panic(expected = "cannot add a page at \"/{b}\"")]
fn two_equivalent_paths_are_refused() {
    let page = |_: &Request<'_>| "";
    let _ = Adaptor::new().get("/{a}", page).get("/{b}", page);
}

proptest! {
    #[test]
    fn any_path_is_answered(path in "/[a-z/%{}*.]{0,20}", bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
        let response = Call::get(&path).call(&site());
        prop_assert!(response.status().code() < 500);
        let response = Call::get("/").variable("PATH_INFO", bytes).call(&site());
        prop_assert!(response.status().code() < 500);
    }
}

#[test]
fn a_question_about_the_server_is_not_one_about_a_page() {
    for app in [
        Adaptor::new(),
        Adaptor::new().get("/", |_| ""),
        Adaptor::new().route("OPTIONS", "/", |_| "mine"),
    ] {
        let asked = Call::new("OPTIONS", "/").variable("PATH_INFO", "");
        let answer = asked.call(&app);
        assert_eq!(answer.status().code(), 204);
        assert!(!answer.headers().contains("Allow"));
        let asked = Call::new("OPTIONS", "/").variable("PATH_INFO", "");
        let answer = asked.variable("SCRIPT_NAME", "/app").call(&app);
        assert_eq!(
            answer.headers().contains("Allow"),
            answer.status().code() == 204
        );
    }
}
