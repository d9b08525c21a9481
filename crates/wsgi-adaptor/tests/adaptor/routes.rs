//! The routes that are found at a path.

use std::{cmp::Reverse, panic};

use proptest::{collection::vec, prelude::*, sample::select};
use wsgi_adaptor::{Adaptor, HttpError, Request};
use wsgi_testing::Request as Call;

/// An adaptor that shows the path of the route, and its parameters.
fn site(routes: &[String]) -> Adaptor {
    routes.iter().fold(Adaptor::new(), |site, route| {
        let name = route.clone();
        site.get(route, move |request: &Request<'_>| {
            let values = request
                .parameters()
                .map(|(_, value)| format!(" {value}"))
                .collect::<String>();
            format!("{name}{values}")
        })
    })
}

#[track_caller]
fn check(routes: &[&str], rows: &[(&str, &str)]) {
    let mut routes: Vec<String> = routes.iter().map(|&route| route.to_owned()).collect();
    for _ in 0..routes.len() {
        routes.rotate_left(1);
        let site = site(&routes);
        for (path, shown) in rows {
            let response = Call::get(path).call(&site);
            let found = match response.status().code() {
                200 => response.text(),
                _ => "",
            };
            assert_eq!(found, *shown, "{path} with {routes:?}");
        }
    }
}

#[test]
fn text_after_a_parameter_hides_no_other_route() {
    check(
        &["/{repository}.git/info", "/{user}/{page}"],
        &[
            ("/a.git/info", "/{repository}.git/info a"),
            ("/a.git/log", "/{user}/{page} a.git log"),
            ("/a/info", "/{user}/{page} a info"),
            ("/.git/info", "/{user}/{page} .git info"),
            ("/a.git", ""),
        ],
    );
    check(
        &["/{a}.tar.gz/x", "/{b}.gz/y", "/{c}/z"],
        &[
            ("/f.tar.gz/x", "/{a}.tar.gz/x f"),
            ("/f.tar.gz/y", "/{b}.gz/y f.tar"),
            ("/f.tar.gz/z", "/{c}/z f.tar.gz"),
        ],
    );
    check(
        &["/v{n}.0/a", "/v{n}/b", "/{x}/c"],
        &[
            ("/v1.0/a", "/v{n}.0/a 1"),
            ("/v1.0/b", "/v{n}/b 1.0"),
            ("/v1.0/c", "/{x}/c v1.0"),
        ],
    );
}

#[test]
fn the_first_segment_that_differs_decides() {
    check(
        &["/{a}", "/{a}.json", "/list.{a}", "/list.json"],
        &[
            ("/list.json", "/list.json"),
            ("/list.xml", "/list.{a} xml"),
            ("/7.json", "/{a}.json 7"),
            ("/7.xml", "/{a} 7.xml"),
        ],
    );
    check(
        &["/{*a}", "/v{*a}", "/{a}"],
        &[
            ("/v1", "/{a} v1"),
            ("/v1/x", "/v{*a} 1/x"),
            ("/1/x", "/{*a} 1/x"),
        ],
    );
    check(
        &["/x{a}y/b", "/x{a}/{b}", "/{a}/{b}"],
        &[
            ("/x1y/b", "/x{a}y/b 1"),
            ("/x1y/c", "/x{a}/{b} 1y c"),
            ("/1y/b", "/{a}/{b} 1y b"),
        ],
    );
}

#[test]
#[should_panic(expected = "cannot add a page at \"/{d}.a/x\"")]
fn the_same_paths_are_refused_also_among_others() {
    let _ = site(&["/{a}/x", "/{b}.a/x", "/{c}.b/x", "/{d}.a/x"].map(str::to_owned));
}

#[test]
fn a_brace_is_text_but_not_in_the_name_of_a_parameter() {
    check(
        &["/{{{a}", "/{b}{{", "/}}", "/{c}"],
        &[
            ("/{x", "/{{{a} x"),
            ("/x{", "/{b}{{ x"),
            ("/}", "/}}"),
            ("/x}", "/{c} x}"),
        ],
    );
    for route in [
        "/{a}}}", "/{{{a}}}", "/{a}}b}", "/{a{{}", "/{a{b}", "/{*a}}}",
    ] {
        let message = panic::catch_unwind(|| site(&[route.to_owned()])).unwrap_err();
        let message = message.downcast_ref::<String>().unwrap();
        let start = format!("cannot add a page at {route:?}: a brace cannot be in the name");
        assert!(message.starts_with(&start), "{message}");
    }
}

/// The kind of a segment, and the lengths of the text around a parameter.
type Rank = (u8, Reverse<usize>, Reverse<usize>);

/// The precedence of a segment of a route that matches one of a path.
fn segment(route: &str, path: &str) -> Option<Rank> {
    // Two braces stand for one.
    let route = route.replace("{{", "<").replace("}}", ">");
    let path = path.replace('{', "<").replace('}', ">");
    let Some((before, rest)) = route.split_once('{') else {
        return (route == path).then_some((0, Reverse(0), Reverse(0)));
    };
    let (_, after) = rest.split_once('}')?;
    let inside = path.strip_prefix(before)?.strip_suffix(after)?;
    (!inside.is_empty()).then_some((1, Reverse(before.len()), Reverse(after.len())))
}

/// The precedence of a route that matches the path: that of its first segments counts first.
fn rank(route: &str, path: &[&str]) -> Option<Vec<Rank>> {
    let mut segments = route[1..].split('/');
    let mut ranks = Vec::new();
    for (at, text) in path.iter().enumerate() {
        match segments.next()? {
            "{*rest}" if !path[at..].concat().is_empty() || at + 1 < path.len() => {
                ranks.push((2, Reverse(0), Reverse(0)));
                return Some(ranks);
            }
            "{*rest}" => return None,
            route => ranks.push(segment(route, text)?),
        }
    }
    segments.next().is_none().then_some(ranks)
}

/// The path of a route with these segments.
fn route(segments: &[&str], has_rest: bool) -> String {
    let rest = has_rest.then_some("{*rest}").into_iter();
    let named = segments.iter().enumerate();
    let named = named.map(|(at, text)| text.replace('p', ["p", "q", "r"][at]));
    named
        .chain(rest.map(str::to_owned))
        .map(|text| format!("/{text}"))
        .collect()
}

proptest! {
    #[test]
    fn a_route_is_found_as_if_all_were_tried(
        routes in vec(
            (
                vec(
                    select(vec![
                        "a", "b", "{p}", "a{p}", "{p}b", "a{p}b", "{{", "a}}", "{{{p}", "}}{p}{{",
                    ]),
                    1..4,
                ),
                any::<bool>(),
            ),
            1..6,
        ),
        paths in vec(
            vec(select(vec!["a", "b", "ab", "aab", "abb", "c", "{", "a}", "}b{", "{{", ""]), 1..5),
            20,
        ),
    ) {
        let mut routes: Vec<_> = routes.iter().map(|(texts, rest)| route(texts, *rest)).collect();
        routes.sort();
        routes.dedup();
        let site = site(&routes);
        for path in paths {
            let found = routes.iter().filter_map(|route| Some((rank(route, &path)?, route)));
            let expected = found.min().map_or("404", |(_, route)| route);
            let response = Call::get(format!("/{}", path.join("/"))).call(&site);
            let shown = response.text().split(' ').next();
            prop_assert_eq!(shown, Some(expected), "{:?} with {:?}", path, routes);
        }
    }
}

/// The route of a request, in the hook of an adaptor and in the handler or the fallback.
fn shown(request: &Request<'_>) -> String {
    request.route().unwrap_or_else(|| "none".to_owned())
}

#[track_caller]
fn check_route(app: &Adaptor, method: &str, path: &str, outside: &str, inside: &str) {
    let response = Call::new(method, path).call(app);
    let hook = response.headers().get("X-Route").expect("the hook's field");
    assert_eq!((hook, response.text()), (outside.into(), inside), "{path}");
}

#[test]
fn a_request_knows_the_path_of_its_route() {
    let hook = |request: &Request<'_>, response: wsgi_adaptor::Response| {
        response.with_header("X-Route", shown(request))
    };
    let shop = Adaptor::new()
        .get("/", shown)
        .get("/menu/{dish}", shown)
        .fallback(shown);
    let app = Adaptor::new()
        .get("/", shown)
        .get("/{{braces}}", shown)
        .get("/files/{*rest}", shown)
        .fallback(shown)
        .after(hook)
        .mount("/caf\u{e9}", shop);

    check_route(&app, "GET", "/", "/", "/");
    check_route(
        &app,
        "GET",
        "/files/a/b",
        "/files/{*rest}",
        "/files/{*rest}",
    );
    check_route(&app, "GET", "/%7Bbraces%7D", "/{{braces}}", "/{{braces}}");
    check_route(&app, "GET", "/none", "none", "none");
    check_route(&app, "GET", "/%FF", "none", "none");
    check_route(&app, "POST", "/", "/", "405 Method Not Allowed\n");

    check_route(&app, "GET", "/caf%C3%A9", "/caf\u{e9}/", "/");
    let dish = "/caf\u{e9}/menu/{dish}";
    check_route(&app, "GET", "/caf%C3%A9/menu/tea", dish, "/menu/{dish}");
    check_route(&app, "GET", "/caf%C3%A9/none", "none", "none");
    check_route(&app, "GET", "/caf%C3%A9/%FF", "none", "none");
}

#[track_caller]
fn check_refused(method: &str, path: &str, expected: &str) {
    let add = || Adaptor::new().route(method, path, |_| "never");
    let message = panic::catch_unwind(add).map(drop).expect_err(path);
    let message = message.downcast_ref::<String>().unwrap();
    assert!(message.ends_with(expected), "{method} {path}: {message}");
}

#[test]
fn a_path_in_the_syntax_of_another_framework_is_refused_with_its_own() {
    for (path, expected) in [
        ("/menu/:dish", "a parameter is written {dish}"),
        ("/menu/:dish?", "a parameter is written {dish}"),
        ("/menu/<int:table>/x", "a parameter is written {table}"),
        (
            "/files/<path:name>",
            "the rest of a path is written {*name}",
        ),
        ("/files/<name..>", "the rest of a path is written {*name}"),
        ("/files/*", "the rest of a path is written {*rest}"),
        ("/{table}/*path", "the rest of a path is written {*path}"),
        ("/files/{path...}", "the rest of a path is written {*path}"),
        ("/files/{**path}", "the rest of a path is written {*path}"),
        (
            "/files/{path:path}",
            "the rest of a path is written {*path}",
        ),
        (
            "/tables/{table:u32}",
            "a parameter is written {table}, and its type is that of `request.parameter`",
        ),
        (
            "/tables/{table<int>}",
            "a parameter is written {table}, and its type is that of `request.parameter`",
        ),
        ("/menu/{dish?}", "a parameter is written {dish}"),
        (
            "/menu/{$}",
            "a path ends where its pattern does, without {$}",
        ),
        ("/menu?page={page}", "a query is not a part of a path"),
        ("/menu?page=1", "a query is not a part of a path"),
        ("/menu?{page}", "a query is not a part of a path"),
        ("/{menu}?{page}", "a query is not a part of a path"),
        ("/caf%C3%A9", "so it has no percent-encoding"),
        ("/{a}%20b", "so it has no percent-encoding"),
    ] {
        check_refused("GET", path, expected);
    }
}

#[test]
fn a_method_that_no_request_has_is_refused() {
    check_refused(
        "get",
        "/",
        "methods are case-sensitive, and this one is GET",
    );
    check_refused(
        "Patch",
        "/",
        "methods are case-sensitive, and this one is PATCH",
    );
    check_refused("", "/", "a method is a token, without spaces and commas");
    check_refused(
        "GET, POST",
        "/",
        "a method is a token, without spaces and commas",
    );
    let app = Adaptor::new().route("get-all", "/", |_| "a method of its own");
    assert_eq!(Call::new("get-all", "/").call(&app).status().code(), 200);
}

#[test]
fn signs_that_mean_something_elsewhere_mean_themselves() {
    for (path, target) in [
        ("/C#", "/C%23"),
        ("/what?", "/what%3F"),
        ("/what?now", "/what%3Fnow"),
        ("/what?{{now}}", "/what%3F%7Bnow%7D"),
        ("/100%", "/100%25"),
        ("/@:user", "/@:user"),
        ("/v1/items:all", "/v1/items:all"),
        ("/a*b<c>", "/a*b%3Cc%3E"),
        ("/*.html", "/*.html"),
        ("/::", "/::"),
        ("/<>", "/%3C%3E"),
        ("/{{id:int}}", "/%7Bid:int%7D"),
        ("/:{action}", "/:go"),
        ("/*{x}", "/*x"),
        ("/<{tag}>", "/%3Cb%3E"),
        ("/{table}:open", "/7:open"),
        ("/{dish-name}", "/tea"),
    ] {
        let app = Adaptor::new().get(path, |_| "found");
        assert_eq!(Call::get(target).call(&app).text(), "found", "{path}");
    }
}

#[test]
fn a_parameter_and_a_comparison_find_a_path_that_cannot_be_written() {
    let name = |request: &Request<'_>| match request.parameter_str("name") {
        "%2F" | ":x" => Ok("found"),
        _ => Err(HttpError::new(404, "no such page")),
    };
    let app = Adaptor::new().get("/{name}", name);
    for (target, code) in [("/%252F", 200), ("/:x", 200), ("/:y", 404)] {
        assert_eq!(
            Call::get(target).call(&app).status().code(),
            code,
            "{target}"
        );
    }
}

#[test]
fn a_mounted_prefix_has_no_parameter_in_any_syntax() {
    for prefix in ["/:shop", "/a/*", "/<path:shop>", "/{shop}", "/{shop:int}"] {
        let mount = || Adaptor::new().mount(prefix, Adaptor::new());
        let message = panic::catch_unwind(mount).map(drop).expect_err(prefix);
        let message = message.downcast_ref::<String>().unwrap();
        let expected = "only the paths in the mounted adaptor have parameters";
        assert!(message.ends_with(expected), "{message}");
    }
    let shop = Adaptor::new().get("/", |_| "found");
    let app = Adaptor::new().mount("/C#", shop);
    assert_eq!(Call::get("/C%23/").call(&app).text(), "found");
}
