//! No field `Authorization` passes without the password, and each that a client writes for the
//! right password passes, whatever its user and its other parameters are.
#![no_main]

use std::fmt::Write;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_middleware::{
    BasicAuth, Credentials, DigestAlgorithm, DigestAuth, DigestSecret, bearer_token,
};
use wsgi_testing::{Request, Response};

const REALM: &str = "Cave";
const ALGORITHM: DigestAlgorithm = DigestAlgorithm::Sha512_256;

/// Anybody with this password passes.
const PASSWORD: &str = "open sesame";

type App = Box<dyn Application>;

static DIGEST: LazyLock<App> = LazyLock::new(|| {
    let users = |user: &str| {
        let secret = DigestSecret::with_algorithm(ALGORITHM, user, REALM, PASSWORD);
        Some(secret)
    };
    let app = DigestAuth::new(tell, REALM, users).expect("random bytes");
    let app = app.algorithm(ALGORITHM).clock(|| Duration::ZERO);
    let ada = ALGORITHM.user_hash("ada", REALM);
    let app = app.hashed_users(move |hash| Ok((hash == ada).then(|| "ada".to_owned())));
    Box::new(app.throttle(None).max_nonces(64))
});

static BASIC: LazyLock<App> = LazyLock::new(|| {
    let is_right = |_: &str, password: &str| password == PASSWORD;
    Box::new(BasicAuth::new(tell, REALM, is_right).throttle(None))
});

/// Answers with the name of the user.
fn tell(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let user = environ.get("REMOTE_USER").expect("a user");
    let user = user.as_bytes().to_vec();
    start_response.start(Status::OK, ())?;
    Ok(user.into())
}

fn ask(app: &App, authorization: impl AsRef<[u8]>) -> Response {
    let request = Request::get("/").variable("HTTP_AUTHORIZATION", authorization);
    request.call(&**app)
}

fuzz_target!(|bytes: &[u8]| {
    let status = ask(&DIGEST, bytes).status().code();
    assert!(matches!(status, 400 | 401), "{status}");
    let status = ask(&DIGEST, [b"Digest ", bytes].concat()).status().code();
    assert!(matches!(status, 400 | 401), "{status}");

    let response = ask(&BASIC, bytes);
    let credentials = Credentials::parse(bytes);
    let is_right = credentials.is_some_and(|credentials| credentials.password() == PASSWORD);
    assert_eq!(response.status().code(), if is_right { 200 } else { 401 });

    let mut environ = Environ::new();
    environ.set("HTTP_AUTHORIZATION", bytes);
    if let Some(token) = bearer_token(&environ) {
        assert!(bytes.trim_ascii_end().ends_with(token.as_bytes()));
    }

    let text = String::from_utf8_lossy(bytes);
    let (user, cnonce) = text.split_once('\n').unwrap_or((&text, "c0"));
    if user.len() > 1000 || cnonce.len() > 1000 || text.replace('\n', "").contains(char::is_control)
    {
        return;
    }
    let response = ask(&DIGEST, right(user, cnonce));
    assert_eq!(response.text(), user);
    assert_eq!(response.status(), &Status::OK);
});

/// The response of a client that knows the password to a fresh challenge.
fn right(user: &str, cnonce: &str) -> String {
    let challenge = ask(&DIGEST, "");
    let challenge = challenge.headers().get("WWW-Authenticate").expect("one");
    let challenge = challenge.to_str().expect("text");
    let (_, rest) = challenge.split_once("nonce=\"").expect("a nonce");
    let nonce = &rest[..64];
    let hash = |a: &str, b: &str| ALGORITHM.user_hash(a, b);
    let secret = DigestSecret::with_algorithm(ALGORITHM, user, REALM, PASSWORD).to_hex();
    let request = hash("GET", "/");
    let proof = hash(
        &secret,
        &format!("{nonce}:00000001:{cnonce}:auth:{request}"),
    );
    let mut value = "DIGEST ".to_owned();
    for (name, text) in [
        ("username", user),
        ("realm", REALM),
        ("nonce", nonce),
        ("uri", "/"),
        ("cnonce", cnonce),
        ("response", &proof),
        ("other", user),
    ] {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        write!(value, "{name}=\"{text}\",").expect("a string");
    }
    value + "nc=00000001,qop=auth,algorithm=SHA-512-256"
}
