//! Adaptors that are mounted in others.

use std::time::Duration;

use wsgi_adaptor::{Adaptor, HttpError, Request, Response, Result};
use wsgi_cookies::{Key, Keyring};
use wsgi_forms::Limits;
use wsgi_middleware::CrossOriginPolicy;
use wsgi_sessions::{MemoryStore, Sessions};
use wsgi_testing::{Client, Request as Test};

fn places(request: &Request<'_>) -> String {
    format!(
        "{} {} {}",
        request.url_prefix(),
        request.relative_path(),
        request.link("/x")
    )
}

fn get(app: &Adaptor, path: &str) -> wsgi_testing::Response {
    Test::get(path).call(app)
}

#[test]
fn the_prefix_moves_to_the_script_name() {
    let inner = Adaptor::new().get("/", places).get("/menu/{dish}", places);
    let deep = Adaptor::new().mount("/deep", Adaptor::new().fallback(places));
    let app = Adaptor::new()
        .get("/", places)
        .get("/shopping", |_| "outer")
        .get("/shop/hidden", |_| "outer")
        .mount("/shop", inner)
        .mount("/caf\u{e9}", deep)
        .mount("/caf\u{e9}/x", Adaptor::new().fallback(|_| "longer"));
    for (path, shown) in [
        ("/", " / /x"),
        ("/shop", "/shop  /shop/x"),
        ("/shop/", "/shop / /shop/x"),
        ("/shop/menu/tea", "/shop /menu/tea /shop/x"),
        ("/shopping", "outer"),
        ("/shop/hidden", "404 Not Found\n"),
        (
            "/caf%C3%A9/deep/%FF",
            "/caf\u{e9}/deep /\u{fffd} /caf%C3%A9/deep/x",
        ),
        ("/caf%C3%A9/x/y", "longer"),
    ] {
        let response = get(&app, path);
        assert_eq!(response.text(), shown, "{path}");
        assert_eq!(
            response.environ().script_name(),
            "",
            "the environ is as before"
        );
    }
}

#[test]
fn methods_are_answered_by_the_inner_adaptor() {
    let inner = Adaptor::new().post("/order", |_| "ordered");
    let app = Adaptor::new().mount("/shop", inner).get("/", |_| "outer");
    let call = |method| Test::new(method, "/shop/order").call(&app);
    assert_eq!(call("POST").text(), "ordered");
    assert_eq!(call("GET").status().code(), 405);
    assert_eq!(call("GET").headers().get("Allow").unwrap(), "POST, OPTIONS");
    assert_eq!(call("OPTIONS").status().code(), 204);
    assert_eq!(get(&app, "/shop/none").status().code(), 404);
}

/// An adaptor that marks its requests and responses.
fn marked(name: &'static str) -> Adaptor {
    Adaptor::new()
        .before(
            move |request| match request.query().get("stop") == Some(name) {
                true => Err(Response::text(format!("stopped by {name}"))),
                false => Ok(()),
            },
        )
        .after(move |request, response| {
            let prefix = request.url_prefix();
            response.with_added_header("X-Mark", format!("{name}{prefix}"))
        })
}

#[test]
fn the_hooks_of_the_outer_adaptor_are_around_those_of_the_inner() {
    let inner = marked("inner")
        .get("/", |_| "fine")
        .get("/fail", |_| Err::<Response, _>("the kettle is empty"))
        .get("/panic", |_| -> &'static str {
            panic!("the kettle is on fire")
        });
    let app = marked("outer").get("/", |_| "outer").mount("/shop", inner);
    for (path, status, marks) in [
        ("/", 200, "outer"),
        ("/?stop=outer", 200, "outer"),
        ("/shop/", 200, "inner/shop outer"),
        ("/shop/?stop=inner", 200, "inner/shop outer"),
        ("/shop/?stop=outer", 200, "outer"),
        ("/shop/none", 404, "inner/shop outer"),
        ("/shop/fail", 500, "inner/shop outer"),
        ("/shop/panic", 500, "inner/shop outer"),
    ] {
        let response = get(&app, path);
        assert_eq!(response.status().code(), status, "{path}");
        let found: Vec<_> = response
            .headers()
            .get_all("X-Mark")
            .map(|value| value.to_string())
            .collect();
        assert_eq!(found.join(" "), marks, "{path}");
        assert_eq!(response.environ().script_name(), "");
    }
    assert_eq!(get(&app, "/shop/?stop=inner").text(), "stopped by inner");
}

#[test]
fn a_failure_of_the_outer_adaptor_does_not_enter_the_inner_one() {
    let page = |of: &'static str| move |_: &Request<'_>, _: &HttpError| of;
    let outer = |query: &'static str| {
        move |request: &Request<'_>| match request.query().get("fail") {
            Some(at) if at == query => Err("the gate is stuck"),
            _ => Ok(()),
        }
    };
    let before = outer("before");
    let after = outer("after");
    let inner = marked("inner")
        .get("/", |_| "fine")
        .get("/fail", |_| Err::<Response, _>("the kettle is empty"))
        .on_status(500, page("inner"));
    let app = marked("outer")
        .before(move |request| before(request).map_err(wsgi_application::Error::from))
        .after(move |request, response| {
            after(request)?;
            Ok::<_, wsgi_application::Error>(response)
        })
        .mount("/shop", inner)
        .on_status(500, page("outer"));
    for (path, shown, marks) in [
        ("/shop/fail", "inner", "inner/shop outer"),
        ("/shop/?fail=before", "outer", "outer"),
        ("/shop/?fail=after", "outer", "outer"),
        ("/shop/fail?fail=before", "outer", "outer"),
    ] {
        let response = get(&app, path);
        assert_eq!(response.text(), shown, "{path}");
        let found = response.headers().get_all("X-Mark");
        let found: Vec<_> = found.map(|value| value.to_string()).collect();
        assert_eq!(found.join(" "), marks, "{path}");
    }
}

#[test]
fn the_inner_adaptor_has_its_own_pages_and_else_those_of_the_outer() {
    fn page(of: &'static str) -> impl Fn(&Request<'_>, &HttpError) -> String {
        move |request, error| format!("{of} {} {}", error.status().code(), request.link("/home"))
    }
    let inner = Adaptor::new()
        .get("/gone", |_| Err::<Response, _>(HttpError::new(410, "")))
        .get("/fail", |_| Err::<Response, _>("the kettle is empty"))
        .get("/panic", |_| -> &'static str {
            panic!("the kettle is on fire")
        })
        .on_status(410, page("inner"));
    let app = Adaptor::new()
        .mount("/shop", inner)
        .on_status(404, page("outer"))
        .on_status(410, page("outer"))
        .on_status(500, page("outer"));
    assert_eq!(get(&app, "/shop/gone").text(), "inner 410 /shop/home");
    assert_eq!(get(&app, "/shop/none").text(), "outer 404 /home");
    assert_eq!(get(&app, "/shop/fail").text(), "outer 500 /home");
    assert_eq!(get(&app, "/shop/panic").text(), "outer 500 /home");
    assert_eq!(get(&app, "/none").text(), "outer 404 /home");
    let json = Test::get("/shop/none")
        .header("Accept", "application/json")
        .call(&app);
    assert_eq!(json.text(), "{\"title\":\"Not Found\",\"status\":404}\n");
}

#[test]
fn the_outer_adaptor_gives_sessions_and_keys() {
    fn visits(request: &Request<'_>) -> Result<Response> {
        let visits = request
            .session()?
            .update("visits", |n: Option<u32>| n.unwrap_or(0) + 1)?;
        let known = request
            .signed_cookie("known", Duration::from_secs(60))?
            .is_some();
        let cookie = request.sign_cookie("known", "yes")?;
        Ok(Response::text(format!("{visits} {known}")).with_cookie(&cookie))
    }
    let app = Adaptor::new()
        .get("/", visits)
        .mount("/shop", Adaptor::new().get("/", visits))
        .sessions(Sessions::new(MemoryStore::new()))
        .keyring(Keyring::new(Key::generate().unwrap()));
    let mut client = Client::new(app);
    assert_eq!(client.get("/").text(), "1 false");
    assert_eq!(client.get("/shop/").text(), "2 true");
}

#[test]
fn each_adaptor_has_its_own_limits() {
    let form = |request: &Request<'_>| request.form().map(|_| "fine");
    let inner = Adaptor::new()
        .post("/", form)
        .form_limits(Limits::new().max_body_bytes(4));
    let app = Adaptor::new().post("/", form).mount("/shop", inner);
    let post = |path| {
        Test::post(path)
            .form([("a", "long")])
            .call(&app)
            .status()
            .code()
    };
    assert_eq!((post("/"), post("/shop/")), (200, 413));
}

#[test]
fn both_adaptors_check_the_origin() {
    let post = |outer: bool, inner: bool| {
        let policy = |checks| match checks {
            true => Some(CrossOriginPolicy::new()),
            false => None,
        };
        let shop = Adaptor::new()
            .post("/", |_| "paid")
            .cross_origin(policy(inner));
        let app = Adaptor::new()
            .mount("/shop", shop)
            .cross_origin(policy(outer));
        Test::post("/shop/")
            .header("Sec-Fetch-Site", "cross-site")
            .call(&app)
            .status()
            .code()
    };
    assert_eq!(post(true, true), 403);
    assert_eq!(post(true, false), 403);
    assert_eq!(post(false, true), 403);
    assert_eq!(post(false, false), 200);
}

#[test]
fn a_mounted_adaptor_without_a_policy_of_its_own_answers_what_that_around_it_allows() {
    let shop = || {
        Adaptor::new()
            .post("/order", |_| "paid")
            .post("/hook", |_| "paid")
    };
    let policy = CrossOriginPolicy::new()
        .trust("https://admin.example".parse().unwrap())
        .exempt("POST /site/shop/hook");
    let site = |shop| {
        let middle = Adaptor::new().mount("/shop", shop);
        Adaptor::new().mount("/site", middle)
    };
    let post = |app: &Adaptor, path, origin| {
        let request = Test::post(path).header("Sec-Fetch-Site", "cross-site");
        request.header("Origin", origin).call(app).status().code()
    };
    let (admin, other) = ("https://admin.example", "https://other.example");
    for (row, app, expected) in [
        ("none", site(shop()), [403, 403, 403]),
        (
            "the outer one",
            site(shop()).cross_origin(policy.clone()),
            [200, 403, 200],
        ),
        (
            "both",
            site(shop().cross_origin(CrossOriginPolicy::new())).cross_origin(policy.clone()),
            [403, 403, 403],
        ),
        (
            "the outer one, and the middle one off",
            Adaptor::new()
                .mount(
                    "/site",
                    Adaptor::new().mount("/shop", shop()).cross_origin(None),
                )
                .cross_origin(policy.clone()),
            [403, 403, 403],
        ),
        // What is turned off around is still on for those that are mounted.
        (
            "the outer one off",
            site(shop()).cross_origin(None),
            [403, 403, 403],
        ),
    ] {
        let answers = [
            post(&app, "/site/shop/order", admin),
            post(&app, "/site/shop/order", other),
            post(&app, "/site/shop/hook", other),
        ];
        assert_eq!(answers, expected, "{row}");
    }
}

/// An exemption of the outermost adaptor does not reach through one that is off.
#[test]
fn an_adaptor_in_one_that_is_off_has_the_default_policy_whatever_is_around_both() {
    let exempt = || CrossOriginPolicy::new().exempt("/b/{*rest}");
    let policy = CrossOriginPolicy::new;
    let shop = || Adaptor::new().post("/pay", |_| "paid");
    let around = |shop| Adaptor::new().post("/pay", |_| "paid").mount("/c", shop);
    let off = |shop| around(shop).cross_origin(None);
    let post = |middle: Adaptor, path| {
        let app = Adaptor::new().mount("/b", middle).cross_origin(exempt());
        let request = Test::post(path).header("Sec-Fetch-Site", "cross-site");
        request.call(&app).status().code()
    };
    for (row, middle, path, expected) in [
        ("off", off(shop()), "/b/pay", 200),
        ("in one that is off", off(shop()), "/b/c/pay", 403),
        (
            "both are off",
            off(shop().cross_origin(None)),
            "/b/c/pay",
            200,
        ),
        ("in one without a policy", around(shop()), "/b/c/pay", 200),
        (
            "in one with a policy",
            around(shop()).cross_origin(policy()),
            "/b/c/pay",
            403,
        ),
        (
            "four, one off",
            off(Adaptor::new().mount("/d", shop())),
            "/b/c/d/pay",
            403,
        ),
    ] {
        assert_eq!(post(middle, path), expected, "{row}");
    }
}

#[test]
fn the_body_arrives_at_the_inner_adaptor() {
    let inner = Adaptor::new().post("/", |request| {
        request.body().map(|body| format!("{body:?}"))
    });
    let app = Adaptor::new()
        .before(|_| Ok::<(), Response>(()))
        .mount("/shop", inner);
    assert_eq!(
        Test::post("/shop/").body("ab").call(&app).text(),
        "[97, 98]"
    );
}

#[test]
fn debug_of_the_outer_adaptor_shows_failures_of_the_inner() {
    let app = |debug| {
        let inner = Adaptor::new().get("/", |_| Err::<Response, _>("the kettle is empty"));
        Adaptor::new().mount("/shop", inner).debug(debug)
    };
    assert!(
        get(&app(true), "/shop/")
            .text()
            .contains("the kettle is empty")
    );
    assert_eq!(
        get(&app(false), "/shop/").text(),
        "500 Internal Server Error\n"
    );
}

#[track_caller]
fn check_refused(prefix: &'static str, message: &str) {
    let mounted = std::panic::catch_unwind(|| {
        Adaptor::new()
            .mount("/a", Adaptor::new())
            .mount(prefix, Adaptor::new())
    });
    let panic = mounted.unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains(message), "{text}");
}

#[test]
fn what_is_no_prefix_is_refused() {
    for prefix in ["", "/", "shop", "/shop/"] {
        check_refused(prefix, "it must begin with a slash and not end with one");
    }
    check_refused("/a", "another adaptor is mounted at \"/a\"");
    for prefix in ["/{user}", "/a{", "/{*rest}"] {
        check_refused(
            prefix,
            "only the paths in the mounted adaptor have parameters",
        );
    }
}

#[test]
#[should_panic(expected = "has sessions of its own")]
fn an_adaptor_with_sessions_is_not_mounted() {
    let shop = Adaptor::new().sessions(Sessions::new(MemoryStore::new()));
    let _ = Adaptor::new().mount("/shop", shop);
}
