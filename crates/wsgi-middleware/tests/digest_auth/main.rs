//! Digest authentication: who may pass, and for how long.

#![cfg(feature = "digest-auth")]

mod algorithms;
#[cfg(feature = "internal-redirects")]
mod inside_a_site;
mod wrong_passwords;

use std::{
    fmt::Write,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use sha2::{Digest, Sha256};
use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_middleware::{
    DigestAlgorithm, DigestAuth, DigestSecret, DigestUsers, MethodOverride, Quota, Throttle,
};
use wsgi_testing::{LiveServer, Request, Response};

const REALM: &str = "The \"Cave\" \\ caf\u{e9}";

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain; charset=utf-8")])?;
    let user = environ.get("REMOTE_USER").unwrap_or_default();
    let kind = environ.get("AUTH_TYPE").unwrap_or_default();
    Ok(format!("{user} by {kind}").into())
}

/// The password of each user is their name twice.
fn users(user: &str) -> Option<DigestSecret> {
    let known = ["ada", "J\u{e4}s \"\u{20ac}\" \\", "a:b"];
    let password = format!("{user}{user}");
    known
        .contains(&user)
        .then(|| DigestSecret::new(user, REALM, &password))
}

fn app() -> DigestAuth<impl Application, impl DigestUsers> {
    DigestAuth::new(hello, REALM, users).expect("an application")
}

fn digits(hash: &[u8]) -> String {
    let mut digits = String::new();
    for byte in hash {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}

fn hash(text: &str) -> String {
    digits(&Sha256::digest(text))
}

/// The parameter of a challenge.
fn parameter(response: &Response, name: &str) -> Option<String> {
    let challenge = response.headers().get("WWW-Authenticate")?.to_str().ok()?;
    let (_, rest) = challenge.split_once(&format!(" {name}="))?;
    let value = match rest.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?.0,
        None => rest.split(',').next()?,
    };
    Some(value.to_owned())
}

fn nonce(app: &impl Application) -> String {
    let response = Request::get("/").call(app);
    assert_eq!(response.status(), &Status::UNAUTHORIZED);
    parameter(&response, "nonce").expect("a nonce")
}

/// A response to a challenge.
#[derive(Clone)]
struct Client<'a> {
    user: &'a str,
    password: &'a str,
    realm: &'a str,
    nonce: &'a str,
    count: u32,
    method: &'a str,
    uri: &'a str,
}

impl<'a> Client<'a> {
    fn ada(nonce: &'a str, count: u32) -> Self {
        Self {
            user: "ada",
            password: "adaada",
            realm: REALM,
            nonce,
            count,
            method: "GET",
            uri: "/",
        }
    }

    fn value(&self) -> String {
        let Self {
            user,
            password,
            realm,
            nonce,
            count,
            method,
            uri,
        } = self;
        let secret = hash(&format!("{user}:{realm}:{password}"));
        let request = hash(&format!("{method}:{uri}"));
        let proof = hash(&format!("{secret}:{nonce}:{count:08x}:c0:auth:{request}"));
        let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{proof}\", cnonce=\"c0\", nc={count:08x}, qop=auth, algorithm=SHA-256",
            quote(user),
            quote(realm)
        )
    }

    fn call(&self, app: &impl Application) -> Response {
        let request = Request::new(self.method, self.uri);
        request.header("Authorization", self.value()).call(app)
    }
}

#[test]
fn a_right_response_passes_and_names_the_user() {
    let app = app();
    let nonce = nonce(&app);
    let response = Client::ada(&nonce, 1).call(&app);
    assert_eq!(response.text(), "ada by Digest");
    for (count, user, password) in [
        (
            2,
            "J\u{e4}s \"\u{20ac}\" \\",
            "J\u{e4}s \"\u{20ac}\" \\J\u{e4}s \"\u{20ac}\" \\",
        ),
        (3, "a:b", "a:ba:b"),
    ] {
        let client = Client {
            user,
            password,
            ..Client::ada(&nonce, count)
        };
        let text = client.call(&app).text().to_owned();
        assert_eq!(text, format!("{user} by Digest"));
    }
}

#[test]
fn the_challenge_asks_for_sha_256() {
    let response = Request::get("/").call(&app());
    let nonce = parameter(&response, "nonce").unwrap();
    let challenge = response.headers().get("WWW-Authenticate").unwrap();
    let expected = format!(
        "Digest realm=\"The \\\"Cave\\\" \\\\ caf\u{e9}\", qop=\"auth\", algorithm=SHA-256, \
         nonce=\"{nonce}\", charset=UTF-8"
    );
    assert_eq!(challenge, &*expected);
    let other = Request::get("/").call(&app());
    assert_ne!(parameter(&other, "nonce"), Some(nonce));
}

#[test]
fn a_wrong_response_does_not_pass() {
    let app = app();
    let nonce = nonce(&app);
    let right = Client::ada(&nonce, 1);
    for client in [
        Client {
            password: "adaad",
            ..right
        },
        Client {
            user: "eve",
            password: "eveeve",
            ..right
        },
        Client {
            user: "",
            password: "",
            ..right
        }, // as the secret of nobody
        Client {
            realm: "Cave",
            ..right
        },
    ] {
        let response = client.call(&app);
        assert_eq!(
            response.status(),
            &Status::UNAUTHORIZED,
            "{}",
            client.value()
        );
        assert_eq!(parameter(&response, "stale"), None);
    }
    let value = right.value();
    for (from, to) in [
        ("nc=00000001", "nc=00000002"),
        ("cnonce=\"c0\"", "cnonce=\"c1\""),
        ("response=\"", "response=\"0"),
        ("algorithm=SHA-256", "algorithm=MD5"),
        ("qop=auth", "qop=auth-int"),
        ("username=\"ada\"", "username=\"eve\""),
    ] {
        let value = value.replacen(from, to, 1);
        let response = Request::get("/").header("Authorization", value).call(&app);
        assert_eq!(response.status(), &Status::UNAUTHORIZED, "{to}");
    }
    let post = Request::post("/").header("Authorization", right.value());
    assert_eq!(post.call(&app).status(), &Status::UNAUTHORIZED);
    assert_eq!(right.call(&app).status(), &Status::OK);
}

#[test]
fn a_response_for_another_target_is_refused() {
    let app = app();
    let nonce = nonce(&app);
    let client = Client {
        uri: "/public",
        ..Client::ada(&nonce, 1)
    };
    let request = Request::get("/secret").header("Authorization", client.value());
    assert_eq!(request.call(&app).status(), &Status::BAD_REQUEST);
    // Also if only the encoding or the query differs.
    for target in ["/public?a", "/%70ublic", "/public/"] {
        let request = Request::get(target).header("Authorization", client.value());
        assert_eq!(
            request.call(&app).status(),
            &Status::BAD_REQUEST,
            "{target}"
        );
    }
    assert_eq!(client.call(&app).status(), &Status::OK);
}

#[test]
fn the_target_may_be_that_of_the_client_of_a_proxy() {
    let app = app();
    let nonce = nonce(&app);
    for (count, uri) in [(1, "/front/a%2Fb?c"), (2, "/a%2Fb?c")] {
        let client = Client {
            uri,
            ..Client::ada(&nonce, count)
        };
        let request = Request::get("/a%2Fb?c")
            .variable("SCRIPT_NAME", "/front")
            .header("Authorization", client.value());
        assert_eq!(request.call(&app).status(), &Status::OK, "{uri}");
    }
}

#[test]
fn the_response_is_about_the_method_that_was_sent() {
    let field = ("X-HTTP-Method-Override", "DELETE");
    let app = MethodOverride::new(app());
    let nonce = nonce(&app);
    let client = |method, count| Client {
        method,
        ..Client::ada(&nonce, count)
    };
    let call = |client: Client<'_>| {
        let request = Request::post("/").header(field.0, field.1);
        let response = request.header("Authorization", client.value()).call(&app);
        response.status().code()
    };
    assert_eq!(call(client("POST", 1)), 200);
    assert_eq!(call(client("DELETE", 2)), 401);
    assert_eq!(client("DELETE", 3).call(&app).status(), &Status::OK);
}

#[test]
fn a_recorded_request_is_stale() {
    let app = app();
    let nonce = nonce(&app);
    let first = Client::ada(&nonce, 1);
    assert_eq!(first.call(&app).status(), &Status::OK);
    let response = first.call(&app);
    assert_eq!(response.status(), &Status::UNAUTHORIZED);
    assert_eq!(parameter(&response, "stale").as_deref(), Some("true"));
    assert_ne!(parameter(&response, "nonce"), Some(nonce.clone()));
    assert_eq!(Client::ada(&nonce, 2).call(&app).status(), &Status::OK);
}

#[test]
fn an_expired_nonce_is_stale_only_for_who_knows_the_password() {
    let seconds = Arc::new(AtomicU64::new(7));
    let now = seconds.clone();
    let app = app()
        .nonce_lifetime(Duration::from_secs(60))
        .clock(move || Duration::from_secs(now.load(Relaxed)));
    let nonce = nonce(&app);
    seconds.store(66, Relaxed);
    assert_eq!(Client::ada(&nonce, 1).call(&app).status(), &Status::OK);
    seconds.store(67, Relaxed);
    let client = Client::ada(&nonce, 2);
    let stale = |client: &Client<'_>| parameter(&client.call(&app), "stale");
    assert_eq!(stale(&client).as_deref(), Some("true"));
    let wrong = Client {
        password: "x",
        ..client
    };
    assert_eq!(stale(&wrong), None);
}

#[test]
fn a_nonce_that_the_server_did_not_make_is_stale() {
    let app = app();
    let other = nonce(&self::app());
    for nonce in ["", "x", "7ypf/xlj9XXwfDPEoM4URrv", &other, &"0".repeat(64)] {
        let response = Client::ada(nonce, 1).call(&app);
        assert_eq!(response.status(), &Status::UNAUTHORIZED);
        assert_eq!(
            parameter(&response, "stale").as_deref(),
            Some("true"),
            "{nonce}"
        );
    }
}

#[test]
fn processes_that_share_a_key_share_nonces() {
    let process = || app().nonce_key([7; 32]).unwrap();
    let (one, other) = (process(), process());
    let nonce = nonce(&one);
    assert_eq!(Client::ada(&nonce, 1).call(&one).status(), &Status::OK);
    let second = Client::ada(&nonce, 2);
    assert_eq!(second.call(&other).status(), &Status::OK);
    assert_eq!(
        parameter(&second.call(&other), "stale").as_deref(),
        Some("true")
    );
    assert!(app().nonce_key([7; 31]).is_err());
}

#[test]
fn other_values_ask_for_credentials() {
    let app = app();
    for value in [
        "",
        "Digest",
        "Digest ",
        "Basic YTpi",
        "Digest username=\"ada\"",
        "Digest ,,,",
    ] {
        let response = Request::get("/").header("Authorization", value).call(&app);
        assert_eq!(response.status(), &Status::UNAUTHORIZED, "{value}");
        assert_eq!(parameter(&response, "stale"), None);
    }
}

#[test]
fn users_that_cannot_be_looked_up_do_not_pass() {
    struct Down;
    impl DigestUsers for Down {
        fn secret(&self, _user: &str) -> Result<Option<DigestSecret>> {
            Err("the database is down".into())
        }
    }
    let app = DigestAuth::new(hello, REALM, Down).unwrap();
    let nonce = nonce(&app);
    let response = Client::ada(&nonce, 1).call(&app);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert!(DigestAuth::new(hello, "a\nb", Down).is_err());
}

/// The text and the status of each path that curl gets.
fn curl(app: impl Application + 'static, password: &str, paths: &[&str]) -> String {
    let server = LiveServer::new(app);
    let urls = paths.iter().map(|path| server.url(path));
    let output = Command::new("curl")
        .args(["-sS", "--max-time", "60", "--digest"])
        .args(["-w", " %{http_code}\n"])
        .args(["--user", &format!("ada:{password}")])
        .args(urls)
        .output()
        .expect("curl runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn curl_knows_it() {
    let paths = ["/", "/a%2Fb?c=d,e&f=%22", "/last"];
    let expected = "ada by Digest 200\n".repeat(3);
    assert_eq!(curl(app(), "adaada", &paths), expected);
    assert_eq!(curl(app(), "wrong", &["/"]), "401 Unauthorized\n 401\n");
    let hash = DigestAlgorithm::Sha256.user_hash("ada", REALM);
    let hashed = app().hashed_users(move |sent| Ok((sent == hash).then(|| "ada".to_owned())));
    assert_eq!(curl(hashed, "adaada", &paths), expected);
}
