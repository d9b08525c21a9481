//! Whatever an upstream server sends, a proxy passes on a response without fields of the connection
//! or answers with 502. A complete response is the same whole and in pieces.
#![no_main]

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixListener,
    sync::{LazyLock, mpsc},
    thread,
};

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::pieces;
use wsgi_proxy::Proxy;
use wsgi_testing::{Request, Response};

/// Fields that end with a connection (RFC 9110 section 7.6.1).
const HOP_BY_HOP: [&str; 6] = [
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

static UPSTREAM: LazyLock<Upstream> = LazyLock::new(Upstream::start);

/// A server that sends to each client what it was told before.
struct Upstream {
    proxy: Proxy,
    responses: mpsc::Sender<Vec<Vec<u8>>>,
}

impl Upstream {
    fn start() -> Self {
        let name = format!("wsgi-fuzz-upstream-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let listener = UnixListener::bind(&path).unwrap();
        let (responses, told) = mpsc::channel::<Vec<Vec<u8>>>();
        thread::spawn(move || {
            for response in told {
                let (mut client, _) = listener.accept().unwrap();
                let request = BufReader::new(&client).lines();
                // Up to the empty line: a request has no body here.
                request.map_while(Result::ok).any(|line| line.is_empty());
                for piece in response {
                    if client.write_all(&piece).is_err() {
                        break; // the proxy has seen enough
                    }
                }
            }
        });
        let proxy = Proxy::new("http://upstream/base").unwrap();
        Self {
            proxy: proxy.unix_socket(path).max_idle_connections(0),
            responses,
        }
    }

    fn ask(&self, method: &str, response: Vec<Vec<u8>>) -> Response {
        self.responses.send(response).unwrap();
        let request = Request::new(method, "/page").variable("SCRIPT_NAME", "/mount");
        request.call(&self.proxy)
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&seed, bytes)) = input.split_first() else {
        return;
    };
    let method = if seed % 8 == 7 { "HEAD" } else { "GET" };
    let whole = UPSTREAM.ask(method, vec![bytes.to_vec()]);
    let pieces = pieces(bytes, seed).map(<[u8]>::to_vec).collect();
    let in_pieces = UPSTREAM.ask(method, pieces);
    check(&whole, bytes);
    check(&in_pieces, bytes);
    let is_passed_on = |response: &Response| response.is_complete() && response.errors().is_empty();
    assert_eq!(is_passed_on(&whole), is_passed_on(&in_pieces));
    if is_passed_on(&whole) {
        assert_eq!(whole.status(), in_pieces.status());
        assert_eq!(whole.headers(), in_pieces.headers());
        assert_eq!(whole.body(), in_pieces.body());
    }
});

fn check(response: &Response, sent: &[u8]) {
    let errors = response.errors();
    assert!(!errors.contains("panicked"), "{errors}");
    let code = response.status().code();
    let digits = code.to_string();
    let is_sent = sent.windows(3).any(|three| three == digits.as_bytes());
    assert!(is_sent || code == 502, "{code}: {errors}");
    for name in HOP_BY_HOP {
        assert!(!response.headers().contains(name), "{name}");
    }
    if code != 502 {
        assert!(response.body().len() <= sent.len());
    }
}
