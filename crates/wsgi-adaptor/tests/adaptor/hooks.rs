//! Functions that are called before and after the handlers.

use std::sync::{Arc, Mutex};

use wsgi_adaptor::{Adaptor, HttpError, Request, Response, Result};
use wsgi_application::Status;
use wsgi_sessions::{MemoryStore, Sessions};
use wsgi_testing::Request as Test;

/// A list of what was called.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn push(&self, call: impl Into<String>) {
        self.0.lock().unwrap().push(call.into());
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join(" ")
    }

    fn before(&self, name: &'static str) -> impl Fn(&Request<'_>) -> Result<(), Response> + use<> {
        let calls = self.clone();
        move |_| {
            calls.push(name);
            Ok(())
        }
    }

    fn after(&self, name: &'static str) -> impl Fn(&Request<'_>, Response) -> Response + use<> {
        let calls = self.clone();
        move |_, response| {
            calls.push(format!("{name}:{}", response.status().code()));
            response
        }
    }
}

fn get(app: &Adaptor, path: &str) -> wsgi_testing::Response {
    Test::get(path).call(app)
}

#[test]
fn hooks_are_called_in_order_around_the_handler() {
    let calls = Calls::default();
    let handler = {
        let calls = calls.clone();
        move |_: &Request<'_>| {
            calls.push("handler");
            "fine"
        }
    };
    let app = Adaptor::new()
        .before(calls.before("b1"))
        .after(calls.after("a1"))
        .get("/", handler)
        .before(calls.before("b2"))
        .after(calls.after("a2"));
    assert_eq!(get(&app, "/").text(), "fine");
    assert_eq!(calls.take(), "b1 b2 handler a2:200 a1:200");
}

#[test]
fn a_before_hook_that_answers_ends_the_request() {
    let calls = Calls::default();
    let app = Adaptor::new()
        .before(|request| match request.relative_path() == "/login" {
            true => Ok(()),
            false => Err(Response::redirect("/login")),
        })
        .before(calls.before("second"))
        .after(calls.after("after"))
        .get("/account", |_| -> &'static str {
            unreachable!("it is not called")
        })
        .get("/login", |_| "Who are you?");
    for path in ["/account", "/nothing"] {
        let response = get(&app, path);
        assert_eq!(response.headers().get("Location").unwrap(), "/login");
        assert_eq!(calls.take(), "after:303");
    }
    assert_eq!(get(&app, "/login").text(), "Who are you?");
    assert_eq!(calls.take(), "second after:200");
}

#[test]
fn the_error_of_a_before_hook_is_answered_like_that_of_a_handler() {
    let app = Adaptor::new()
        .before(|request: &Request<'_>| -> Result<()> {
            match request.query().get("fail") {
                Some("http") => Err(HttpError::new(402, "pay first").into()),
                Some("bare") => Err(Response::of_status(404).into()),
                Some("text") => Err("the kettle is empty".into()),
                Some("panic") => panic!("the kettle is on fire"),
                _ => Ok(()),
            }
        })
        .get("/", |_| "fine")
        .on_status(404, |_, _| Response::html("<p>Not here</p>"));
    assert_eq!(get(&app, "/").text(), "fine");
    assert_eq!(
        get(&app, "/?fail=http").text(),
        "402 Payment Required: pay first\n"
    );
    let page = get(&app, "/?fail=bare");
    assert_eq!(
        (page.status().code(), page.text()),
        (404, "<p>Not here</p>")
    );
    for (fail, logged) in [
        ("text", "the kettle is empty"),
        ("panic", "the kettle is on fire"),
    ] {
        let response = get(&app, &format!("/?fail={fail}"));
        assert_eq!(response.text(), "500 Internal Server Error\n");
        assert!(response.errors().contains(logged));
    }
}

#[test]
fn after_hooks_see_every_response() {
    let calls = Calls::default();
    let app = Adaptor::new()
        .get("/", |_| "fine")
        .get("/file", |request| {
            Response::file("src", request.query().get("f").unwrap_or("lib.rs"))
        })
        .get("/error", |_| {
            Err::<Response, _>(HttpError::new(410, "sold out"))
        })
        .get("/fail", |_| Err::<Response, _>("the kettle is empty"))
        .get("/panic", |_| -> &'static str {
            panic!("the kettle is on fire")
        })
        .get("/early", |_| Err::<Response, _>(Response::redirect("/")))
        .after(calls.after("after"))
        .after(|request, response| response.with_header("X-Path", request.path().to_string()))
        .on_status(404, |_, _| Response::html("<p>Not here</p>"));
    for (method, path, status) in [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/file", 200),
        ("GET", "/file?f=none", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/", 405),
        ("OPTIONS", "/", 204),
        ("GET", "/error", 410),
        ("GET", "/fail", 500),
        ("GET", "/panic", 500),
        ("GET", "/early", 303),
    ] {
        let response = Test::new(method, path).call(&app);
        assert_eq!(response.status().code(), status, "{method} {path}");
        assert_eq!(calls.take(), format!("after:{status}"), "{method} {path}");
        let path = path.split('?').next().unwrap();
        assert_eq!(response.headers().get("X-Path").unwrap(), path);
    }
    let foreign = Test::post("/")
        .header("Sec-Fetch-Site", "cross-site")
        .call(&app);
    assert_eq!(
        (foreign.status(), &*calls.take()),
        (&Status::FORBIDDEN, "after:403")
    );
    let json = Test::get("/fail")
        .header("Accept", "application/json")
        .call(&app);
    assert!(json.headers().contains("X-Path") && json.text().starts_with('{'));
}

#[test]
fn an_after_hook_may_replace_a_response_or_fail() {
    let calls = Calls::default();
    let app = Adaptor::new()
        .get("/", |_| "fine")
        .after(calls.after("first"))
        .after(|request, response| -> Result<Response> {
            match request.query().get("fail") {
                Some("http") => Err(HttpError::new(409, "try again").into()),
                Some("bare") => Ok(Response::of_status(404)),
                Some("text") => Err("the kettle is empty".into()),
                Some("panic") => panic!("the kettle is on fire"),
                Some("field") => Ok(response.with_header("X", "a\r\nb")),
                _ => Ok(response.with_body("replaced")),
            }
        })
        .on_status(404, |_, _| Response::html("<p>Not here</p>"));
    assert_eq!(get(&app, "/").text(), "replaced");
    assert_eq!(get(&app, "/?fail=http").text(), "409 Conflict: try again\n");
    assert_eq!(get(&app, "/?fail=bare").text(), "<p>Not here</p>");
    assert_eq!(calls.take(), "first:200 first:409 first:404");
    for fail in ["text", "panic", "field"] {
        let response = get(&app, &format!("/?fail={fail}"));
        assert_eq!(response.text(), "500 Internal Server Error\n", "{fail}");
        assert!(!response.errors().is_empty());
    }
}

#[test]
fn a_form_that_a_hook_reads_is_there_for_the_handler() {
    let app = Adaptor::new()
        .before(|request| -> Result<()> {
            match request.field("token")? {
                Some("secret") => Ok(()),
                _ => Err(HttpError::new(403, "a token is needed").into()),
            }
        })
        .post("/{name}", |request| -> Result<String> {
            let dish = request.field("dish")?.unwrap_or_default();
            Ok(format!("{dish} for {}", request.parameter_str("name")))
        });
    let post = |fields: &[(&str, &str)]| Test::post("/ada").form(fields.iter().copied()).call(&app);
    assert_eq!(
        post(&[("token", "secret"), ("dish", "soup")]).text(),
        "soup for ada"
    );
    assert_eq!(post(&[("dish", "soup")]).status().code(), 403);
}

#[test]
fn hooks_share_the_session_of_the_handler() {
    let app = Adaptor::new()
        .before(|request| -> Result<()> {
            request
                .session()?
                .update("visits", |n: Option<u32>| n.unwrap_or(0) + 1)?;
            Ok(())
        })
        .get("/", |request| -> Result<String> {
            Ok(request
                .session()?
                .get::<u32>("visits")?
                .unwrap_or(0)
                .to_string())
        })
        .after(|request, response| -> Result<Response> {
            request
                .session()?
                .insert("last", response.status().code())?;
            Ok(response)
        })
        .sessions(Sessions::new(MemoryStore::new()));
    let mut client = wsgi_testing::Client::new(app);
    assert_eq!(client.get("/").text(), "1");
    assert_eq!(client.get("/nothing").status().code(), 404);
    assert_eq!(client.get("/").text(), "3");
}

#[test]
fn after_a_hook_that_fails_only_those_that_follow_are_called() {
    for panics in [false, true] {
        let calls = Calls::default();
        let app = Adaptor::new()
            .get("/", |_| "fine")
            .after(calls.after("last"))
            .after(move |_, _| -> Result<Response> {
                assert!(!panics, "the kettle is on fire");
                Err("the kettle is empty".into())
            })
            .after(calls.after("first"));
        let response = Test::get("/").call(&app);
        assert_eq!(response.status().code(), 500);
        assert_eq!(calls.take(), "first:200 last:500");
    }
}

#[test]
fn a_response_is_small_enough_to_be_an_error() {
    // Clippy warns of functions with larger errors, such as hooks.
    assert!(size_of::<Response>() < 128);
}

/// The user that a hook has found.
struct User(&'static str);

fn name(request: &Request<'_>) -> &'static str {
    request.extension().map_or("nobody", |User(name)| name)
}

#[test]
fn a_hook_leaves_a_value_for_everybody_after_it() {
    let inner = Adaptor::new()
        .before(|request| -> Result<(), Response> {
            assert_eq!(name(request), "ada");
            request.insert_extension(User("eve"));
            Ok(())
        })
        .get("/", name)
        .get("/fail", |_| Err::<Response, _>(HttpError::new(409, "")))
        .on_status(409, |request, _| format!("sorry, {}", name(request)));
    let app = Adaptor::new()
        .before(|request| -> Result<(), Response> {
            assert_eq!(name(request), "nobody");
            request.insert_extension(User("ada"));
            Ok(())
        })
        .get("/", name)
        .mount("/inner", inner)
        .after(|request, response| response.with_header("X-User", name(request)));
    for (path, text, user) in [
        ("/", "ada", "ada"),
        ("/inner/", "eve", "eve"),
        ("/inner/fail", "sorry, eve", "eve"),
    ] {
        let response = get(&app, path);
        assert_eq!(response.text(), text, "{path}");
        assert_eq!(response.headers().get("X-User").unwrap(), user, "{path}");
    }
}

#[test]
fn the_page_of_a_failure_sees_the_value_of_a_hook() {
    for panics in [false, true] {
        let app = Adaptor::new()
            .before(|request| -> Result<(), Response> {
                request.insert_extension(User("ada"));
                Ok(())
            })
            .get("/", move |_| -> Result<Response> {
                assert!(!panics, "the kettle is on fire");
                Err("the kettle is empty".into())
            })
            .on_status(500, |request, _| format!("sorry, {}", name(request)));
        assert_eq!(get(&app, "/").text(), "sorry, ada");
    }
}

#[test]
fn a_value_of_a_hook_takes_precedence_over_that_of_middleware() {
    let app = Adaptor::new()
        .before(|request| -> Result<(), Response> {
            if request.query().get("as") == Some("eve") {
                request.insert_extension(User("eve"));
            }
            Ok(())
        })
        .get("/", name);
    let ask = |target| Test::get(target).extension(User("ada")).call(&app);
    assert_eq!(ask("/").text(), "ada");
    assert_eq!(ask("/?as=eve").text(), "eve");
}

#[test]
fn values_are_dropped_with_the_call() {
    let kettle = Arc::new(());
    let kept = kettle.clone();
    let app = Adaptor::new().get("/", move |request| {
        for _ in 0..100 {
            request.insert_extension(kept.clone());
        }
        "hot"
    });
    assert_eq!(get(&app, "/").text(), "hot");
    assert_eq!(Arc::strong_count(&kettle), 2);
}
