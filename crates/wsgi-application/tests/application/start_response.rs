//! Refusals of `start_response`, and the response after them.

use std::io::{self, Write};

use wsgi_application::{
    Body, Environ, Exchange, Filter, Head, Outlet, Result, Scope, StartError, StartResponse,
    Status, application, filtered,
};

#[track_caller]
fn check(fields: &[(&str, &str)], refused: fn(&StartError) -> bool) {
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let error = start_response.start(Status::OK, fields).err().unwrap();
    assert!(refused(error.downcast_ref().unwrap()), "{error}");
    assert!(start_response.writer().is_none(), "nothing is started");
    start_response.start(Status::NOT_FOUND, ()).unwrap();
    assert_eq!(exchange.head.status, Status::NOT_FOUND);
    assert!(exchange.head.headers.is_empty(), "no refused field is left");
}

#[test]
fn a_refused_field_is_the_source_of_the_refusal() {
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let error = start_response.start(Status::OK, [("X", "a\nb")]).err();
    assert_eq!(error.unwrap().chain().count(), 2);
    start_response.start(Status::OK, ()).unwrap();
    let error = start_response.start(Status::OK, ()).err();
    assert_eq!(error.unwrap().chain().count(), 1);
}

#[test]
fn fields_that_would_split_the_response_are_refused() {
    let refused = |error: &StartError| matches!(error, StartError::Header(_));
    for value in ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "\x7f"] {
        check(&[("X-Good", "1"), ("X-Bad", value)], refused);
    }
    for name in ["", "a b", "a:", "a\r\nb", "é"] {
        check(&[("X-Good", "1"), (name, "1")], refused);
    }
}

#[test]
fn fields_of_the_connection_are_refused() {
    for name in [
        "Connection",
        "keep-alive",
        "Proxy-Authenticate",
        "TE",
        "Transfer-Encoding",
        "UPGRADE",
    ] {
        check(&[("X-Good", "1"), (name, "1")], |error| {
            matches!(error, StartError::HopByHop(_))
        });
    }
}

#[test]
fn a_refused_restart_leaves_nothing_started() {
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    start_response
        .start(Status::OK, [("X-First", "1")])
        .unwrap();
    let result = start_response.restart("broken".into(), Status::OK, [("Upgrade", "x")]);
    assert!(result.is_err());
    assert!(start_response.head().is_none());
    assert!(!exchange.head.is_started());
    assert!(exchange.head.headers.is_empty());
}

#[test]
fn a_refusal_says_what_is_wrong() {
    #[track_caller]
    fn check(error: &StartError, text: &str) {
        assert_eq!(error.to_string(), text);
    }
    let header = wsgi_application::Headers::from_fields([("a b", "1")]).unwrap_err();
    check(
        &StartError::AlreadyStarted,
        "the response was started before",
    );
    check(&StartError::NotStarted, "the response was never started");
    check(&StartError::Header(header), "a header field cannot be sent");
    check(
        &StartError::HopByHop("TE".to_owned()),
        "`TE` is a hop-by-hop field, which only the server may send",
    );
    check(
        &StartError::ContentLength,
        "`Content-Length` is repeated or not a number",
    );
}

#[test]
fn the_head_can_be_changed_until_it_is_settled_and_the_body_written_from_the_start() {
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    assert!(start_response.head().is_none());
    assert!(start_response.writer().is_none());
    start_response.start(Status::OK, ()).unwrap();
    start_response.head().unwrap().status = Status::ACCEPTED;
    let mut body = start_response.writer().unwrap();
    body.write_all(b"a").unwrap();
    body.flush().unwrap();
    assert!(start_response.head().is_none());
    let mut body = start_response.writer().unwrap();
    body.write_all(b"b").unwrap();
    assert_eq!(exchange.head.status, Status::ACCEPTED);
    assert_eq!(sent, b"ab");
}

#[test]
fn a_cleared_exchange_has_no_response() {
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let mut body = start_response
        .start(Status::NOT_FOUND, [("A", "1")])
        .unwrap();
    body.write_all(b"gathered").unwrap();
    exchange.clear();
    assert!(!exchange.head.is_started());
    assert_eq!(exchange.head.status, Status::OK);
    assert!(exchange.head.headers.is_empty());
    assert!(exchange.gathered.is_empty());
}

#[test]
fn nothing_of_a_response_whose_head_was_cleared_goes_into_the_next_one() {
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    for line in ["first", "next"] {
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        let mut body = start_response.start(Status::OK, [("A", line)]).unwrap();
        body.write_all(line.as_bytes()).unwrap();
        assert_eq!(exchange.gathered, line.as_bytes());
        assert!(exchange.head.headers.get_all("A").eq([line]));
        exchange.head.clear();
    }
}

#[test]
fn nothing_of_a_response_that_a_filter_dropped_goes_into_the_one_in_its_place() {
    struct Drops;
    impl Filter for Drops {
        fn head(&mut self, head: &mut Head) -> Result<Scope> {
            head.clear();
            head.headers.append("X-Secret", "1")?;
            Err("the page cannot be saved".into())
        }
    }
    let page = application(|_environ, start_response| {
        let mut body = start_response.start(Status::OK, [("X-Page", "1")])?;
        write!(body, "secret of the first page ")?;
        Ok("secret of its end".into())
    });
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    filtered(&page, Drops, &mut Environ::new(), &mut start_response).unwrap_err();
    let fields = [("Retry-After", "9")];
    let mut body = start_response
        .start(Status::SERVICE_UNAVAILABLE, fields)
        .unwrap();
    write!(body, "later").unwrap();
    assert_eq!(exchange.gathered, b"later");
    assert_eq!(exchange.head.status, Status::SERVICE_UNAVAILABLE);
    let names = exchange.head.headers.iter().map(|(name, _)| name);
    assert!(names.eq(["Retry-After"]));
}

/// Keeps the refusals.
#[derive(Default)]
struct Refusals(Vec<StartError>);

impl Outlet for Refusals {
    fn write(&mut self, _: &mut Head, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self, _: &mut Head) -> io::Result<()> {
        Ok(())
    }

    fn refused(&mut self, error: &StartError) {
        self.0.push(error.clone());
    }
}

#[test]
fn the_outlet_is_told_of_refusals_also_through_a_filter() {
    struct Nothing;
    impl Filter for Nothing {
        fn head(&mut self, _: &mut Head) -> Result<Scope> {
            Ok(Scope::Head)
        }
    }
    let careless = application(|_environ, start_response| {
        let _ = start_response.start(Status::OK, [("Upgrade", "x")]);
        start_response.start(Status::OK, ())?;
        let _ = start_response.start(Status::OK, ());
        let _ = start_response.restart("failed".into(), Status::OK, [("TE", "x")]);
        start_response.restart("failed".into(), Status::OK, ())?;
        Ok(Body::empty())
    });
    let (mut exchange, mut outlet) = (Exchange::new(), Refusals::default());
    let mut start_response = StartResponse::new(&mut exchange, &mut outlet);
    filtered(&careless, Nothing, &mut Environ::new(), &mut start_response).unwrap();
    let expected = [
        StartError::HopByHop("Upgrade".to_owned()),
        StartError::AlreadyStarted,
        StartError::HopByHop("TE".to_owned()),
    ];
    assert_eq!(outlet.0, expected);
}
