//! Answers to load balancers and supervisors.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status, application};
use wsgi_environ::Errors;
use wsgi_middleware::{Health, Mounts};
use wsgi_testing::{Request, Response};

/// An application that says its path.
fn path(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    Ok(environ.path_info().to_string().into())
}

/// An application that must not be called.
fn untouched() -> impl Application {
    application(
        |environ: &mut Environ, _: &mut StartResponse<'_>| -> Result {
            panic!("called for {}", environ.path_info())
        },
    )
}

#[track_caller]
fn check(response: &Response, status: &Status, text: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.text(), text);
    let field = |name| response.headers().get(name).map(|value| value.to_string());
    assert_eq!(field("Content-Type").as_deref(), Some("text/plain"));
    assert_eq!(field("Cache-Control").as_deref(), Some("no-store"));
}

#[test]
fn a_program_lives_and_is_ready_by_itself() {
    let app = Health::new(untouched());
    check(&Request::get("/livez").call(&app), &Status::OK, "live\n");
    check(&Request::get("/readyz").call(&app), &Status::OK, "ready\n");
    let query = Request::get("/readyz?verbose").call(&app);
    check(&query, &Status::OK, "ready\n");
}

#[test]
fn head_has_the_status_and_the_fields_without_a_body() {
    let app = Health::new(untouched());
    app.handle().set_ready(false);
    check(&Request::head("/livez").call(&app), &Status::OK, "");
    let response = Request::head("/readyz").call(&app);
    check(&response, &Status::SERVICE_UNAVAILABLE, "");
}

#[test]
fn other_methods_are_not_allowed() {
    let app = Health::new(untouched());
    for (method, status) in [
        ("POST", Status::METHOD_NOT_ALLOWED),
        ("PUT", Status::METHOD_NOT_ALLOWED),
        ("DELETE", Status::METHOD_NOT_ALLOWED),
        ("OPTIONS", Status::METHOD_NOT_ALLOWED),
        ("get", Status::NOT_IMPLEMENTED),
        ("PROPFIND", Status::NOT_IMPLEMENTED),
    ] {
        for path in ["/livez", "/readyz"] {
            let response = Request::new(method, path).call(&app);
            check(&response, &status, &format!("{status}\n"));
            let allow = response
                .headers()
                .get("Allow")
                .map(|value| value.to_string());
            assert_eq!(allow.as_deref(), Some("GET, HEAD"));
        }
    }
}

#[test]
fn other_paths_go_to_the_application() {
    let app = Health::new(path);
    for target in [
        "/",
        "/livez/",
        "/livezz",
        "/readyz/x",
        "//readyz",
        "/LIVEZ",
        "/healthz",
    ] {
        assert_eq!(Request::get(target).call(&app).text(), target);
    }
}

#[test]
fn paths_can_be_changed() {
    let app = Health::new(path)
        .live_path("/up")
        .ready_path(String::from("/café"));
    check(&Request::get("/up").call(&app), &Status::OK, "live\n");
    check(
        &Request::get("/caf%C3%A9").call(&app),
        &Status::OK,
        "ready\n",
    );
    for old in ["/livez", "/readyz"] {
        assert_eq!(Request::get(old).call(&app).text(), old);
    }
}

#[test]
#[should_panic(expected = "the path begins with a slash")]
fn a_path_without_a_slash_is_refused() {
    let _ = Health::new(path).ready_path("readyz");
}

#[test]
#[should_panic(expected = "has a control character")]
fn a_check_whose_name_would_break_the_text_is_refused() {
    let _ = Health::new(path).check("a\nready", || Ok(()));
}

#[test]
fn within_a_mount_the_paths_are_those_of_the_mount() {
    let site = Mounts::new()
        .mount("/", path)
        .mount("/app", Health::new(untouched()));
    check(
        &Request::get("/app/livez").call(&site),
        &Status::OK,
        "live\n",
    );
    assert_eq!(Request::get("/livez").call(&site).text(), "/livez");
}

#[test]
fn every_source_of_readiness_has_to_agree() {
    for refusing in 0..4 {
        let flags: [Arc<AtomicBool>; 3] = Default::default();
        flags.iter().for_each(|flag| flag.store(true, SeqCst));
        let [first, second, third] = flags.clone();
        let app = Health::new(untouched())
            .ready_if(move || first.load(SeqCst))
            .ready_if(move || second.load(SeqCst))
            .check("third", move || match third.load(SeqCst) {
                true => Ok(()),
                false => Err("no".into()),
            })
            .check_interval(Duration::ZERO);
        let handle = app.handle();
        for is_ready in [true, false, true] {
            match flags.get(refusing) {
                Some(flag) => flag.store(is_ready, SeqCst),
                None => handle.set_ready(is_ready),
            }
            let response = Request::get("/readyz").call(&app);
            let third = if refusing == 2 && !is_ready {
                "failed"
            } else {
                "ok"
            };
            let (status, summary) = match is_ready {
                true => (&Status::OK, "ready"),
                false => (&Status::SERVICE_UNAVAILABLE, "not ready"),
            };
            check(&response, status, &format!("{summary}\nthird: {third}\n"));
            check(&Request::get("/livez").call(&app), &Status::OK, "live\n");
        }
    }
}

#[test]
fn the_log_hears_of_a_check_when_its_result_changes() {
    let calls = AtomicUsize::new(0);
    let app = Health::new(untouched())
        .check("store", move || match calls.fetch_add(1, SeqCst) {
            1 | 2 | 5 => Err("line one\nline two".into()),
            _ => Ok(()),
        })
        .check_interval(Duration::ZERO);
    let (errors, log) = Errors::buffer();
    for _ in 0..7 {
        let errors = errors.clone();
        let request = Request::get("/readyz").environ(|environ| environ.set_errors(errors));
        let _ = request.call(&app);
    }
    let fails = "GET \"/readyz\": the health check store fails: line one\\nline two\n";
    let succeeds = "the health check store succeeds again\n";
    let expected = [fails, succeeds, fails, succeeds].concat();
    assert_eq!(log.to_string(), expected);
}

#[test]
fn requests_at_the_same_time_share_one_round_of_checks() {
    let [waiting, runs]: [Arc<AtomicUsize>; 2] = Default::default();
    let (came, all, count) = (waiting.clone(), waiting, runs.clone());
    let app = Health::new(untouched())
        .ready_if(move || came.fetch_add(1, SeqCst) < 4)
        .check("store", move || {
            while all.load(SeqCst) < 4 {
                thread::yield_now();
            }
            count.fetch_add(1, SeqCst);
            Ok(())
        })
        .check_interval(Duration::ZERO);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let response = Request::get("/readyz").call(&app);
                check(&response, &Status::OK, "ready\nstore: ok\n");
            });
        }
    });
    assert_eq!(runs.load(SeqCst), 1);
}

#[test]
fn a_stranger_who_asks_often_gets_the_last_results() {
    let runs = Arc::new(AtomicUsize::new(0));
    let count = runs.clone();
    let fails = move || {
        count.fetch_add(1, SeqCst);
        Err("no".into())
    };
    let app = Health::new(untouched())
        .check("store", fails)
        .check_interval(Duration::from_secs(3600));
    for is_ready in [true, false, true] {
        app.handle().set_ready(is_ready);
        let response = Request::get("/readyz").call(&app);
        let text = "not ready\nstore: failed\n";
        check(&response, &Status::SERVICE_UNAVAILABLE, text);
    }
    assert_eq!(runs.load(SeqCst), 1);
}

#[test]
fn after_a_panic_of_a_check_the_next_request_runs_it_again() {
    let runs = AtomicUsize::new(0);
    let app = Health::new(untouched()).check("store", move || match runs.fetch_add(1, SeqCst) {
        0 => panic!("out of ink"),
        _ => Ok(()),
    });
    let first = Request::get("/readyz").call(&app);
    assert_eq!(first.status(), &Status::INTERNAL_SERVER_ERROR);
    let second = Request::get("/readyz").call(&app);
    check(&second, &Status::OK, "ready\nstore: ok\n");
}

#[test]
#[should_panic(expected = "a query is not a part of a path")]
fn a_path_that_no_request_has_is_refused() {
    let _ = Health::new(path).live_path("/livez?full=1");
}

#[test]
#[should_panic(expected = "the path \"/live/:name\": a path has no parameters")]
fn a_path_with_a_parameter_is_refused() {
    let _ = Health::new(path).ready_path("/live/:name");
}
