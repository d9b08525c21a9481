//! Cascades: which application answers, and what it finds.

#![cfg(feature = "cascade")]

mod answers;
mod apart;
mod threads;

use std::{
    io::{BufRead, Read, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use proptest::prelude::*;
use wsgi_application::{
    Application, Body, Environ, Filter, Head, Result, Scope, StartResponse, Status, application,
    filtered,
};
use wsgi_environ::Input;
use wsgi_middleware::{Cascade, not_found};
use wsgi_testing::Request;

/// Answers with a status and a text.
fn fixed(code: u16, text: &'static str) -> impl Application {
    application(move |_environ, start_response| {
        start_response.start(Status::from_code(code)?, [("X-By", text)])?;
        Ok(text.into())
    })
}

/// Answers with what it has read.
fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut body = Vec::new();
    environ.input().read_to_end(&mut body)?;
    start_response.start(Status::OK, ())?;
    Ok(body.into())
}

/// Reads some bytes and answers 404.
fn nibble(bytes: usize) -> impl Application {
    application(move |environ, start_response| {
        let mut read = vec![0; bytes];
        environ.input().read_exact(&mut read)?;
        not_found_with(start_response, format!("read {bytes}"))
    })
}

fn not_found_with(start_response: &mut StartResponse<'_>, text: String) -> Result {
    start_response.start(Status::NOT_FOUND, ())?;
    Ok(text.into())
}

#[test]
fn the_first_application_that_has_the_page_answers() {
    let site = |codes: [u16; 3]| {
        let [a, b, c] = codes;
        let cascade = Cascade::new().then(fixed(a, "a")).then(fixed(b, "b"));
        cascade.then(fixed(c, "c"))
    };
    for (codes, expected) in [
        ([200, 200, 200], "a"),
        ([404, 200, 200], "b"),
        ([404, 404, 200], "c"),
        ([404, 404, 404], "c"),
        ([500, 200, 200], "a"),
        ([405, 200, 200], "a"),
        ([404, 410, 200], "b"),
    ] {
        let response = Request::get("/").call(&site(codes));
        assert_eq!(response.text(), expected, "{codes:?}");
        let by: Vec<_> = response.headers().get_all("X-By").collect();
        assert_eq!(by, [expected]);
    }
    let response = Request::get("/").call(&site([405, 404, 200]).pass_on([404, 405]));
    assert_eq!(response.text(), "c");
    let response = Request::get("/").call(&site([404, 200, 200]).pass_on([]));
    assert_eq!(response.text(), "a");
}

#[test]
fn no_application_is_a_404_and_a_single_one_has_the_last_word() {
    let response = Request::get("/").call(&Cascade::new());
    assert_eq!(response.status(), &Status::NOT_FOUND);
    let response = Request::get("/").call(&Cascade::new().then(fixed(404, "a")));
    assert_eq!(response.text(), "a");
}

#[test]
fn each_application_reads_the_body_from_its_start() {
    let body: Vec<u8> = (0..50_000_u32).map(|n| (n % 251) as u8).collect();
    let site = Cascade::new()
        .then(not_found)
        .then(nibble(1))
        .then(nibble(50_000))
        .then(nibble(0))
        .then(nibble(777))
        .then(echo);
    for input in [
        Input::from_bytes(body.clone()),
        Input::from_reader(std::io::Cursor::new(body.clone()), Some(50_000)),
        Input::from_reader(std::io::Cursor::new(body.clone()), None),
    ] {
        let response = Request::post("/").input(input).call(&site);
        assert_eq!(response.status(), &Status::OK, "{}", response.errors());
        assert_eq!(response.body(), body);
    }
}

#[test]
fn the_remaining_length_is_that_of_the_whole_body() {
    let lengths = Arc::new(Mutex::new(Vec::new()));
    let look = |bytes: usize| {
        let lengths = lengths.clone();
        application(move |environ, start_response| {
            let before = environ.input().remaining();
            environ.input().read_exact(&mut vec![0; bytes])?;
            let after = environ.input().remaining();
            lengths.lock().unwrap().push((before, after));
            not_found(environ, start_response)
        })
    };
    let site = Cascade::new().then(look(2)).then(look(5)).then(look(1));
    Request::post("/").body("123456789").call(&site);
    let nine = Some(9);
    let expected = [(nine, Some(7)), (nine, Some(4)), (nine, Some(8))];
    assert_eq!(*lengths.lock().unwrap(), expected);
}

#[test]
fn an_application_that_reads_more_than_is_copied_has_the_last_word() {
    let site = |bytes| {
        let cascade = Cascade::new().then(nibble(bytes)).then(echo);
        cascade.max_replayed_bytes(1000)
    };
    let call = |bytes| {
        let request = Request::post("/").body(vec![b'x'; 5000]);
        request.call(&site(bytes)).body().len()
    };
    assert_eq!(call(1000), 5000);
    assert_eq!(call(1001), "read 1001".len());
    assert_eq!(call(5000), "read 5000".len());
    let nothing = Cascade::new()
        .then(nibble(1))
        .then(echo)
        .max_replayed_bytes(0);
    let response = Request::post("/").body("a").call(&nothing);
    assert_eq!(response.text(), "read 1");
}

#[test]
fn an_application_may_take_the_input_and_return_it() {
    let takes = application(|environ, start_response| {
        let mut input = environ.take_input();
        input.fill_buf()?;
        input.consume(2);
        start_response.start(Status::NOT_FOUND, ())?;
        Ok(input.into())
    });
    let site = Cascade::new().then(takes).then(echo);
    let response = Request::post("/").body("a form").call(&site);
    assert_eq!(response.text(), "a form");
    // The last one sends back what it was sent.
    let site = Cascade::new().then(nibble(3)).then(takes);
    let response = Request::post("/").body("a form").call(&site);
    assert_eq!(response.text(), "form");
}

#[test]
fn an_application_that_keeps_the_input_ends_the_request() {
    static KEPT: Mutex<Option<Input>> = Mutex::new(None);
    let keeps = application(|environ, start_response| {
        *KEPT.lock().unwrap() = Some(environ.take_input());
        not_found(environ, start_response)
    });
    let site = Cascade::new().then(keeps).then(echo);
    let response = Request::post("/").body("a form").call(&site);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert!(response.errors().contains("request's body"));
}

#[test]
fn each_application_finds_the_same_variables() {
    let changes = application(|environ, start_response| {
        environ.shift_path("/a".len());
        environ.set("REMOTE_USER", "ada");
        environ.remove("QUERY_STRING");
        environ.set_url_scheme("https");
        not_found(environ, start_response)
    });
    let shows = application(|environ, start_response| {
        let user = environ.get("REMOTE_USER").is_some();
        let (path, query) = (environ.path_info(), environ.query_string());
        let text = format!("{path}?{query} {user} {}", environ.url_scheme());
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    });
    let site = Cascade::new().then(changes).then(shows);
    let response = Request::get("/a/b?c").call(&site);
    assert_eq!(response.text(), "/a/b?c false http");
}

#[test]
fn a_hook_of_an_application_that_was_passed_over_runs_once_at_the_end() {
    let runs = Arc::new(AtomicUsize::new(0));
    let hooked = {
        let runs = runs.clone();
        application(move |environ, start_response| {
            let runs = runs.clone();
            environ.on_finished(move |_, outcome| {
                runs.fetch_add(1 + outcome.body_bytes() as usize, Relaxed);
            });
            not_found(environ, start_response)
        })
    };
    let site = Cascade::new().then(hooked).then(fixed(200, "four"));
    Request::get("/").call(&site);
    assert_eq!(runs.load(Relaxed), 5);
}

/// Counts the bodies that were closed.
struct Closed(Arc<AtomicUsize>);

impl Iterator for Closed {
    type Item = &'static str;
    fn next(&mut self) -> Option<&'static str> {
        panic!("nobody asks for the body")
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn the_body_of_a_response_that_is_passed_over_is_closed_unread() {
    let closed = Arc::new(AtomicUsize::new(0));
    let streams = {
        let closed = closed.clone();
        application(move |_environ, start_response| {
            start_response.start(Status::NOT_FOUND, ())?;
            Ok(Body::chunks(Closed(closed.clone())))
        })
    };
    let site = Cascade::new().then(streams).then(fixed(200, "b"));
    assert_eq!(Request::get("/").call(&site).text(), "b");
    assert_eq!(closed.load(Relaxed), 1);
}

#[test]
fn an_application_that_writes_a_long_404_is_stopped() {
    let written = Arc::new(AtomicUsize::new(0));
    let writes = {
        let written = written.clone();
        application(move |_environ, start_response| {
            let mut body = start_response.start(Status::NOT_FOUND, ())?;
            loop {
                body.write_all(&[b'x'; 10_000])?;
                written.fetch_add(1, Relaxed);
            }
        })
    };
    let site = Cascade::new().then(writes).then(fixed(200, "b"));
    let response = Request::get("/").call(&site);
    assert_eq!(response.text(), "b");
    assert_eq!(response.errors(), "");
    assert_eq!(written.load(Relaxed), 6); // the gathered bytes
}

#[test]
fn an_application_may_ignore_that_its_bytes_are_refused() {
    let ignores = application(|environ, start_response| {
        let mut body = start_response.start(Status::NOT_FOUND, [("X-By", "a")])?;
        let _ = write!(body, "404");
        assert!(body.flush().is_err());
        assert!(body.write_all(b"more").is_err());
        // It may even read the whole body now.
        environ.input().read_to_end(&mut Vec::new())?;
        Ok("end".into())
    });
    let site = Cascade::new().then(ignores).then(echo);
    let response = Request::post("/").body("a form").call(&site);
    assert_eq!(response.text(), "a form");
    assert!(!response.headers().contains("X-By"));
    // But not more of it than is copied.
    let response = Request::post("/")
        .body("a form")
        .call(&site.max_replayed_bytes(5));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
}

#[test]
fn a_failure_after_the_bytes_were_refused_is_logged() {
    let fails = application(|_environ, start_response| {
        let mut body = start_response.start(Status::NOT_FOUND, ())?;
        assert!(body.write_all(&[b'x'; 100_000]).is_err());
        Err("out of ink".into())
    });
    let response = Request::get("/menu").call(&Cascade::new().then(fails).then(fixed(200, "b")));
    assert_eq!(response.text(), "b");
    assert_eq!(response.errors(), "GET \"/menu\": out of ink\n");
}

#[test]
fn a_response_that_is_not_passed_over_is_streamed() {
    let streams = application(|_environ, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        write!(body, "first ")?;
        body.flush()?;
        Ok(Body::chunks(["second ", "third"]))
    });
    let site = Cascade::new().then(not_found).then(streams).then(not_found);
    let response = Request::get("/").call(&site);
    assert_eq!(response.text(), "first second third");
    // A client that leaves is seen by the writer.
    let site = Cascade::new().then(streams).then(not_found);
    let response = Request::get("/").disconnect_after(3).call(&site);
    assert!(!response.is_complete());
}

#[test]
fn an_application_that_fails_has_the_last_word() {
    let fails = application(|_environ, start_response| {
        start_response.start(Status::NOT_FOUND, ())?;
        Err("out of ink".into())
    });
    let site = Cascade::new().then(fails).then(fixed(200, "b"));
    let response = Request::get("/").call(&site);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    let panics = application(|_environ, _start_response| panic!("out of tea"));
    let response = Request::get("/").call(&Cascade::new().then(panics).then(fixed(200, "b")));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    let silent = application(|_environ, _start_response| Ok("no head".into()));
    let response = Request::get("/").call(&Cascade::new().then(silent).then(fixed(200, "b")));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
}

/// Marks heads.
struct Mark(&'static str);

impl Filter for Mark {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        head.headers.append("X-Mark", self.0)?;
        Ok(Scope::Head)
    }
}

#[test]
fn only_filters_around_the_answer_see_it() {
    let marked = |name, code| {
        application(move |environ, start_response| {
            filtered(&fixed(code, "x"), Mark(name), environ, start_response)
        })
    };
    let site = Cascade::new()
        .then(marked("a", 404))
        .then(marked("b", 200))
        .then(marked("c", 200));
    let outer = application(|environ, start_response| {
        filtered(&site, Mark("outer"), environ, start_response)
    });
    let response = Request::get("/").call(&outer);
    let marks: Vec<_> = response.headers().get_all("X-Mark").collect();
    assert_eq!(marks, ["b", "outer"]);
}

#[test]
fn a_status_that_a_filter_sets_counts() {
    struct Hide;
    impl Filter for Hide {
        fn head(&mut self, head: &mut Head) -> Result<Scope> {
            head.status = Status::NOT_FOUND;
            Ok(Scope::Head)
        }
    }
    let hidden = application(|environ, start_response| {
        filtered(&fixed(403, "secret"), Hide, environ, start_response)
    });
    let site = Cascade::new().then(hidden).then(fixed(200, "b"));
    assert_eq!(Request::get("/").call(&site).text(), "b");
}

proptest! {
    #[test]
    fn whatever_the_others_read_the_last_one_reads_everything(
        length in 0..3000_usize,
        reads in proptest::collection::vec(0..3000_usize, 0..5),
        block in 1..500_usize,
        limit in 0..3000_usize,
        is_streamed: bool,
    ) {
        let body: Vec<u8> = (0..length).map(|n| n as u8).collect();
        let mut site = Cascade::new().max_replayed_bytes(limit);
        let mut exceeds = None;
        for &most in &reads {
            let read = most.min(length);
            if exceeds.is_none() && read > limit {
                exceeds = Some(read);
            }
            site = site.then(application(move |environ, start_response| {
                let mut left = most;
                let mut sum = 0;
                while left > 0 {
                    let mut buffer = vec![0; block.min(left)];
                    match environ.input().read(&mut buffer)? {
                        0 => break,
                        read => {
                            left -= read;
                            sum += read;
                        }
                    }
                }
                not_found_with(start_response, format!("read {sum}"))
            }));
        }
        let request = match is_streamed {
            true => {
                let reader = std::io::Cursor::new(body.clone());
                Request::post("/").input(Input::from_reader(reader, Some(length as u64)))
            }
            false => Request::post("/").body(body.clone()),
        };
        let response = request.call(&site.then(echo));
        match exceeds {
            Some(read) => prop_assert_eq!(response.text(), format!("read {read}")),
            None => prop_assert_eq!(response.body(), body),
        }
    }
}
