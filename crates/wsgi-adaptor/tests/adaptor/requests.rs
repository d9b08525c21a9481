//! The header fields, cookies, forms and bodies of a request.

use std::{
    error::Error,
    fmt,
    io::{Read as _, Write as _},
    time::Duration,
};

use wsgi_adaptor::{Adaptor, IntoResponse, Request, Response};
use wsgi_application::{Application, Result, application};
use wsgi_cookies::{Key, Keyring};
use wsgi_environ::{Input, InputError};
use wsgi_forms::{Boundary, FormError, Limits, Multipart};
use wsgi_middleware::TrustedProxies;
use wsgi_testing::{Request as Call, Response as Answer};

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=xyz";

fn app<R: IntoResponse>(handler: impl Fn(&Request<'_>) -> R + Send + Sync + 'static) -> Adaptor {
    Adaptor::new().route("POST", "/", handler)
}

fn post(content_type: &str, body: impl Into<Vec<u8>>) -> Call {
    Call::post("/")
        .header("Content-Type", content_type)
        .body(body)
}

/// Lists the names and values of a form, and its files.
fn list(request: &Request<'_>) -> Result<String> {
    let form = request.form()?;
    let mut text = String::new();
    for field in form.fields() {
        text += &format!("{}={};", field.name(), field.value());
    }
    for file in form.files() {
        let mut data = String::new();
        file.reader().read_to_string(&mut data)?;
        text += &format!("{}:{}={data};", file.name(), file.file_name());
    }
    Ok(text)
}

#[test]
fn header_fields_are_found_by_their_names() {
    let app = app(|request| {
        let header = |name| request.header(name).map(|value| value.to_string());
        assert_eq!(header("Content-Type").as_deref(), Some("text/plain"));
        assert_eq!(header("content-length").as_deref(), Some("2"));
        assert_eq!(header("X-Colour").as_deref(), Some("red, blue"));
        assert_eq!(header("x-COLOUR").as_deref(), Some("red, blue"));
        assert_eq!(header("X_Colour"), None);
        assert_eq!(header("X-Other"), None);
        assert_eq!(header(""), None);
        "fine"
    });
    let call = post("text/plain", "hi")
        .header("X-Colour", "red")
        .header("x-colour", "blue");
    assert_eq!(call.call(&app).text(), "fine");
}

#[test]
fn urlencoded_and_multipart_forms_are_read() {
    let response = post(FORM, "a=1&b=two+words&a=3").call(&app(list));
    assert_eq!(response.text(), "a=1;b=two words;a=3;");

    let body = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\r\ndata\r\n--xyz--\r\n";
    let response = post(MULTIPART, body).call(&app(list));
    assert_eq!(response.text(), "a=1;f:x.txt=data;");
}

#[test]
fn spaces_after_an_equals_sign_in_a_content_type_are_forgiven() {
    let body = "--xyz\r\nContent-Disposition: form-data; name= \"a\"\r\n\r\n1\r\n--xyz--\r\n";
    for content_type in [
        "multipart/form-data; boundary= xyz",
        "multipart/form-data; charset= utf-8; boundary=\t\"xyz\"",
    ] {
        assert_eq!(post(content_type, body).call(&app(list)).text(), "a=1;");
    }
    let urlencoded = "application/x-www-form-urlencoded; charset= utf-8";
    assert_eq!(post(urlencoded, "a=1").call(&app(list)).text(), "a=1;");
}

#[test]
fn a_part_without_a_name_costs_that_part_and_not_the_form() {
    let body = "--xyz\r\n\r\nstray\r\n\
        --xyz\r\nContent-Disposition: form-data; name*=utf-8''first%20name\r\n\r\nAda\r\n--xyz--\r\n";
    let response = post(MULTIPART, body).call(&app(list));
    assert_eq!(response.text(), "first name=Ada;");
}

#[test]
fn a_form_can_be_asked_for_again_and_after_the_body() {
    let app = app(|request| -> Result<String> {
        let body = request.body()?.len();
        assert_eq!(request.body()?.len(), body);
        assert_eq!(request.field("a")?, Some("1"));
        assert_eq!(request.field("b")?, None);
        assert!(request.file("a")?.is_none());
        Ok(body.to_string())
    });
    assert_eq!(post(FORM, "a=1").call(&app).text(), "3");
}

/// Checks that the client is told about its fault, and that nothing is logged.
#[track_caller]
fn check_refused(response: &Answer, code: u16) {
    assert_eq!(response.status().code(), code);
    let start = format!("{}: the ", response.status());
    assert!(response.text().starts_with(&start), "{}", response.text());
    assert_eq!(response.errors(), "");
}

/// Checks that the client is told which types it may send (RFC 9110 section 15.5.16).
#[track_caller]
fn check_unsupported(response: &Answer, accepted: &str) {
    check_refused(response, 415);
    assert_eq!(response.headers().get("Accept").unwrap(), accepted);
}

#[test]
fn a_bad_form_is_the_clients_fault() {
    check_refused(&post(MULTIPART, "--xyz\r\nno end").call(&app(list)), 400);
    check_refused(
        &post("multipart/form-data", "--xyz--").call(&app(list)),
        400,
    );
    let forms = "application/x-www-form-urlencoded, multipart/form-data";
    check_unsupported(&post("text/plain", "a=1").call(&app(list)), forms);
    check_unsupported(&Call::post("/").body("a=1").call(&app(list)), forms);
    let small = app(list).form_limits(Limits::new().max_body_bytes(3));
    check_refused(&post(FORM, "a=12").call(&small), 413);
    assert_eq!(post(FORM, "a=1").call(&small).text(), "a=1;");
}

#[test]
fn a_form_that_is_read_as_it_arrives_fails_in_the_same_way() {
    let stream = |request: &Request<'_>| -> Result<String> {
        let boundary =
            Boundary::from_content_type(request.header("Content-Type").unwrap_or_default())?;
        let mut parts = Multipart::new(
            &boundary,
            request.take_input(),
            &Limits::new().max_body_bytes(100),
        );
        let mut length = 0;
        while let Some(mut part) = parts.next_part()? {
            length += std::io::copy(&mut part, &mut std::io::sink())?;
        }
        Ok(length.to_string())
    };
    let head = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    let call = |rest: &str| post(MULTIPART, format!("{head}{rest}")).call(&app(stream));
    assert_eq!(call("data\r\n--xyz--\r\n").text(), "4");
    check_refused(&call("cut"), 400);
    check_refused(&call(&"x".repeat(200)), 413);
}

#[test]
fn a_body_that_cannot_be_read_is_the_clients_fault() {
    struct Broken(InputError);
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
    }
    let body = |request: &Request<'_>| request.body().map(|body| body.len().to_string());
    for (error, code) in [
        (InputError::Malformed, 400),
        (InputError::Truncated, 400),
        (InputError::TimedOut, 408),
        (InputError::TooLarge, 413),
    ] {
        let input = || Input::from_reader(Broken(error), None);
        check_refused(&Call::post("/").input(input()).call(&app(body)), code);
        let call = Call::post("/").header("Content-Type", FORM).input(input());
        check_refused(&call.call(&app(list)), code);
    }
}

#[test]
fn the_rest_of_a_failed_body_never_passes_for_another_body() {
    // Returns at most a block at a time, fails between two blocks, and could go on afterwards.
    struct Blocks(Vec<Option<&'static str>>);
    impl std::io::Read for Blocks {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            match self.0.pop() {
                Some(Some(block)) => {
                    let mut block = block.as_bytes();
                    block.read(buf)
                }
                Some(None) => Err(InputError::TimedOut.into()),
                None => Ok(0),
            }
        }
    }
    let form = |request: &Request<'_>| request.form().map(drop).map_err(Into::into);
    let body = |request: &Request<'_>| request.body().map(drop);
    type Try = fn(&Request<'_>) -> Result<()>;
    let tries: [[Try; 2]; 3] = [[form, form], [form, body], [body, form]];
    for [first, second] in tries {
        let app = app(move |request| -> Result<&str> {
            assert!(first(request).is_err());
            second(request).map(|()| "a body")
        })
        .form_limits(Limits::new().max_field_bytes(2))
        .max_body_bytes(7);
        let check = |blocks: &[Option<&'static str>], code| {
            let blocks = blocks.iter().rev().copied().collect();
            let call = Call::post("/").header("Content-Type", FORM);
            let input = Input::from_reader(Blocks(blocks), None);
            check_refused(&call.input(input).call(&app), code);
        };
        check(&[Some("a=123456"), Some("&b=1")], 413);
        check(&[Some("a"), None, Some("b=1")], 408);
    }
    let app = app(|request| -> Result<&str> {
        assert!(request.form().is_err());
        request.form().map(|_| "a form").map_err(Into::into)
    });
    check_refused(&post(MULTIPART, "--xyz\n--xyz--").call(&app), 400);
}

#[test]
fn a_form_without_parts_is_its_final_boundary_alone() {
    let app = app(|request| -> Result<String> { Ok(request.form()?.fields().count().to_string()) });
    assert_eq!(post(MULTIPART, "--xyz--\r\n").call(&app).text(), "0");
    assert_eq!(post(MULTIPART, "--xyz--").call(&app).text(), "0");
    check_refused(&post(MULTIPART, "").call(&app), 400);
}

#[test]
fn the_client_is_told_its_fault_and_nothing_else() {
    #[derive(Debug)]
    struct Secret(FormError);
    impl fmt::Display for Secret {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("secret")
        }
    }
    impl Error for Secret {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let app = app(|request| -> Result<&str> { Ok(request.form().map(|_| "").map_err(Secret)?) });
    let response = post(MULTIPART, "--xyz\r\nno end").call(&app);
    let text = "400 Bad Request: the form ends before its final boundary\n";
    assert_eq!(response.text(), text);
}

#[test]
fn a_body_in_memory_is_limited_whatever_its_declared_length() {
    let body = |request: &Request<'_>| request.body().map(|body| body.len().to_string());
    let app = app(body).max_body_bytes(4);
    assert_eq!(post("", "1234").call(&app).text(), "4");
    check_refused(&post("", "12345").call(&app), 413);
    let endless = Input::from_reader(std::io::repeat(b'x'), None);
    check_refused(&Call::post("/").input(endless).call(&app), 413);
}

#[test]
fn the_body_is_left_to_the_gateway_if_nobody_takes_it() {
    let response = post("text/plain", "left").call(&app(|_| "fine"));
    assert_eq!(response.text(), "fine");
    let handler = |request: &Request<'_>| -> Result<String> {
        let mut input = request.take_input();
        let mut start = [0; 2];
        input.read_exact(&mut start)?;
        Ok(request.body().is_err().to_string())
    };
    assert_eq!(
        post("text/plain", "left").call(&app(handler)).text(),
        "true"
    );
}

#[test]
fn nobody_reads_the_rest_of_a_failed_body() {
    let left = |handler: fn(&Request<'_>) -> Result<String>| {
        let adaptor = app(handler).form_limits(Limits::new().max_body_bytes(3));
        let watched = application(|environ, start_response| {
            let body = adaptor.call(environ, start_response)?;
            let left = environ.input().remaining();
            writeln!(environ.errors(), "{left:?}")?;
            Ok(body)
        });
        let length = b"a=12345".len() as u64;
        let input = Input::from_reader(&b"a=12345"[..], Some(length));
        let call = Call::post("/").header("Content-Type", FORM).input(input);
        call.call(&watched).errors().to_owned()
    };
    assert_eq!(left(|_| Ok(String::new())), "Some(7)\n");
    assert_eq!(left(list), "Some(0)\n");
}

#[test]
fn basic_credentials_are_not_checked() {
    let app = app(|request| match request.basic_auth() {
        Some(credentials) => {
            Response::text(format!("{}/{}", credentials.user(), credentials.password()))
        }
        None => Response::unauthorized("Demo"),
    });
    let call = |value| Call::post("/").header("Authorization", value).call(&app);
    assert_eq!(call("bAsic em/DqzphOsO8").text(), "zoë/a:ü");
    assert_eq!(call("Basic x").status().code(), 401);
}

#[test]
fn a_signed_cookie_is_as_secure_as_the_request_that_a_proxy_describes() {
    let handler = |request: &Request<'_>| -> Result<Response> {
        let cookie = request.sign_cookie("user", "ada")?;
        Ok(Response::text("").with_cookie(&cookie))
    };
    let key = Key::from_bytes([7; 32]).expect("a key");
    let app = TrustedProxies::new(app(handler).keyring(Keyring::new(key)));
    let app = app.trust("10.0.0.0/8".parse().expect("a network"));
    for (peer, proto, is_secure) in [
        ("10.0.0.1", "https", true),
        ("10.0.0.1", "http", false),
        ("192.0.2.8", "https", false),
    ] {
        let request = Call::post("/").variable("REMOTE_ADDR", peer);
        let response = request.header("X-Forwarded-Proto", proto).call(&app);
        let cookie = response.headers().get("Set-Cookie").expect("a cookie");
        let cookie = cookie.to_string();
        assert_eq!(cookie.contains("; Secure"), is_secure, "{cookie}");
    }
}

#[test]
fn a_signed_cookie_that_is_changed_moved_or_foreign_is_worthless() {
    let app = |key: &[u8; 32]| {
        let handler = |request: &Request<'_>| -> Result<Response> {
            let known = request.signed_cookie("user", Duration::from_secs(60))?;
            let user = known.map(|cookie| cookie.value).unwrap_or_default();
            let cookie = request.sign_cookie("user", "ada")?;
            Ok(Response::text(user).with_cookie(&cookie))
        };
        let key = Key::from_bytes(key).expect("a key");
        app(handler).keyring(Keyring::new(key))
    };
    let (ours, foreign) = (app(b"0123456789abcdef0123456789abcdef"), app(&[7; 32]));
    let set = Call::post("/").call(&ours);
    let set = set
        .headers()
        .get("Set-Cookie")
        .expect("a cookie")
        .to_string();
    let (pair, attributes) = set.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax");

    let user = |app: &Adaptor, cookie: &str| {
        let response = Call::post("/").header("Cookie", cookie).call(app);
        assert_eq!(response.status().code(), 200);
        response.text().to_owned()
    };
    assert_eq!(user(&ours, pair), "ada");
    assert_eq!(user(&ours, &format!("user=junk; {pair}")), "ada");
    assert_eq!(user(&foreign, pair), "");
    assert_eq!(user(&ours, &pair.replacen("user=", "other=", 1)), "");
    for length in 0..pair.len() {
        assert_eq!(user(&ours, &pair[..length]), "", "{length}");
    }
}

#[cfg(feature = "json")]
#[test]
fn json_must_be_declared_and_well_formed() {
    let app = app(|request| -> Result<Response> {
        let numbers: Vec<u8> = request.json()?;
        Ok(Response::json(&numbers))
    });
    let post = |content_type, body: &str| post(content_type, body).header("Accept", "text/plain");
    assert_eq!(
        post("application/json", "[1, 2]").call(&app).text(),
        "[1,2]"
    );
    // RFC 9110 section 15.5.21: the syntax is correct.
    check_refused(&post("application/json", "[1, 256]").call(&app), 422);
    check_refused(&post("application/json", "{}").call(&app), 422);
    check_refused(&post("application/json", "[1, 2").call(&app), 400);
    check_refused(&post("application/json", "[1 2]").call(&app), 400);
    check_refused(&post("application/json", "{1").call(&app), 400);
    check_refused(&post("application/json", "").call(&app), 400);
    check_unsupported(&post("text/plain", "[1]").call(&app), "application/json");
    check_unsupported(&Call::post("/").body("[1]").call(&app), "application/json");
    let response = post("application/json", "[1,\n 256]").call(&app);
    let place = ": the value must be a whole number from 0 to 255, at /1, line 2, column 4\n";
    assert!(response.text().ends_with(place), "{}", response.text());
    let deep = "[".repeat(100_000);
    check_refused(&post("application/json", &deep).call(&app), 400);
}

#[test]
fn an_empty_value_that_does_not_parse_is_none() {
    let app = Adaptor::new()
        .post("/", |request| -> Result<String> {
            let (number, text) = (request.parse_field::<u8>("a")?, request.parse_field("a")?);
            Ok(format!("{number:?} {:?}", text as Option<String>))
        })
        .get("/", |request| -> Result<String> {
            let query = request.query();
            let (number, text) = (query.parse::<u8>("a")?, query.parse::<String>("a")?);
            Ok(format!("{number:?} {text:?}"))
        });
    let get = |value| Call::get(format!("/?a={value}")).call(&app);
    let post = |value| Call::post("/").form([("a", value)]).call(&app);
    assert_eq!(get("").text(), "None Some(\"\")");
    assert_eq!(post("").text(), "None Some(\"\")");
    assert_eq!(post("7").text(), "Some(7) Some(\"7\")");
    assert_eq!(get("+").status().code(), 400);
    assert_eq!(post(" ").status().code(), 422);
}
