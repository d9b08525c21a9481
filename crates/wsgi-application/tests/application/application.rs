//! Applications and the bodies that they return.

use std::{
    io::{self, BufRead, Write},
    sync::Arc,
};

use wsgi_application::{
    Application, Body, Content, Environ, Error, ErrorPage, Exchange, FileWrapper, Head, Headers,
    Result, StartResponse, Status, application,
};
use wsgi_environ::Input;

/// The hello world of PEP 3333.
fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

/// Calls an application by hand. Returns the head, and all bytes written and returned.
#[track_caller]
fn call(application: &impl Application) -> (Head, Vec<u8>) {
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut environ = Environ::new();
    environ.set("PATH_INFO", "/x");
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let body = application.call(&mut environ, &mut start_response).unwrap();
    sent.append(&mut exchange.gathered);
    sent.extend(bytes(body).unwrap());
    (exchange.head, sent)
}

fn bytes(body: Body) -> Result<Vec<u8>> {
    match body.into_content() {
        Content::Empty => Ok(Vec::new()),
        Content::Bytes(bytes) => Ok(bytes.into_vec()),
        Content::Chunks(chunks) => chunks.collect::<Result<Vec<_>>>().map(|all| all.concat()),
        _ => Err("a stream".into()),
    }
}

#[test]
fn functions_closures_and_pointers_are_applications() {
    fn is_hello(application: &impl Application) {
        let (head, body) = call(application);
        assert_eq!(head.headers.get("Content-Type").unwrap(), "text/plain");
        assert_eq!(body, b"Hello world!\n");
    }
    is_hello(&hello);
    is_hello(&Arc::new(hello));
    is_hello(&(Arc::new(hello) as Arc<dyn Application>));
    is_hello(&(Box::new(hello) as Box<dyn Application>));
    is_hello(
        &|environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            hello(environ, start_response)
        },
    );
    let greeting = String::from("Hello world!\n");
    is_hello(&application(move |_, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(greeting.clone().into())
    }));
}

#[test]
fn header_fields_are_accepted_in_several_types() {
    fn starts(start: impl Fn(&mut StartResponse<'_>) -> Result<()> + Send + Sync) -> usize {
        let app = application(move |_, start_response| {
            start(start_response)?;
            Ok(Body::empty())
        });
        call(&app).0.headers.len()
    }
    assert_eq!(starts(|r| r.start(Status::OK, ()).map(drop)), 0);
    assert_eq!(starts(|r| r.start(Status::OK, [("A", "1")]).map(drop)), 1);
    assert_eq!(
        starts(|r| r
            .start(Status::OK, vec![("A".to_owned(), b"\xff".to_vec())])
            .map(drop)),
        1
    );
    let fields: &[(&str, &str)] = &[("A", "1"), ("B", "2")];
    assert_eq!(starts(|r| r.start(Status::OK, fields).map(drop)), 2);
    let headers = Headers::from_fields([("A", "1"), ("A", "2")]).unwrap();
    assert_eq!(starts(|r| r.start(Status::OK, &headers).map(drop)), 2);
    assert_eq!(
        starts(|r| r.start(Status::OK, headers.clone()).map(drop)),
        2
    );
}

#[test]
fn text_and_bytes_become_bodies() {
    #[track_caller]
    fn check(body: impl Into<Body>, expected: &[u8]) {
        let body = body.into();
        assert_eq!(body.len(), Some(expected.len() as u64));
        assert_eq!(body.is_empty(), expected.is_empty());
        assert_eq!(bytes(body).unwrap(), expected);
    }
    check((), b"");
    check("text", b"text");
    check(String::from("text"), b"text");
    check(b"text", b"text");
    check(&b"text"[..], b"text");
    check(b"text".to_vec(), b"text");
    check(std::borrow::Cow::Borrowed("text"), b"text");
    check(std::borrow::Cow::<[u8]>::Owned(b"text".to_vec()), b"text");
}

#[test]
fn a_file_and_an_input_are_bodies_that_are_not_in_memory() {
    let file = Body::from(FileWrapper::new(&b"text"[..]));
    assert_eq!(file.len(), None);
    assert!(matches!(file.into_content(), Content::File(_)));
    let input = Body::from(Input::from_reader(&b"text"[..], Some(4)));
    assert_eq!(input.len(), Some(4));
    assert!(matches!(input.into_content(), Content::Input(_)));
}

#[test]
fn a_content_that_was_taken_out_becomes_a_body_again() {
    let content = Body::from("text").into_content();
    assert_eq!(bytes(content.into()).unwrap(), b"text");
}

#[test]
fn chunks_are_text_bytes_or_results_of_them() {
    #[track_caller]
    fn check(body: Body, expected: &str) {
        assert_eq!(body.len(), None);
        assert!(!body.is_empty());
        match bytes(body) {
            Ok(bytes) => assert_eq!(String::from_utf8_lossy(&bytes), expected),
            Err(error) => assert_eq!(error.to_string(), expected),
        }
    }
    check(Body::chunks(["a", "b"]), "ab");
    check(Body::chunks(vec![b"a".to_vec()]), "a");
    check(Body::chunks([b"ab"]), "ab");
    check(Body::chunks((0..3).map(|n| n.to_string())), "012");
    check(Body::chunks(b"a\nb".lines()), "ab");
    check(Body::chunks([Ok("a"), Err(io::Error::other("b"))]), "b");
    check(Body::chunks([Ok("a"), Err("b")]), "b");
    check(Body::chunks([Ok("a"), Err(Error::from("b"))]), "b");
}

#[test]
fn the_debug_form_of_a_body_shows_its_bytes_or_its_length() {
    assert_eq!(format!("{:?}", Body::from("a\n")), r#"Body("a\n")"#);
    assert_eq!(format!("{:?}", Body::empty()), "Body(0 bytes)");
    assert_eq!(format!("{:?}", Body::chunks(["a"])), "Body(stream)");
}

#[test]
fn written_bytes_come_before_the_returned_body() {
    let app = application(|environ, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        write!(body, "You asked for ")?;
        body.flush()?;
        write!(body, "{}", environ.path_info())?;
        Ok("\n".into())
    });
    assert_eq!(call(&app).1, b"You asked for /x\n");
}

#[test]
fn an_error_page_calls_its_application() {
    let (head, body) = call(&ErrorPage::new(hello).clone());
    assert_eq!(head.headers.get("Content-Type").unwrap(), "text/plain");
    assert_eq!(body, b"Hello world!\n");
}

#[test]
fn the_debug_form_of_an_error_page_does_not_need_that_of_its_application() {
    let page = ErrorPage::new(hello);
    assert_eq!(format!("{page:?}"), "ErrorPage { .. }");
}
