//! Whatever an upstream server sends, a proxy passes on a response without fields of the connection
//! or answers with 502. A complete response is the same whole and in pieces. It runs on Linux.
#![no_main]

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::{
        fd::AsRawFd,
        unix::{fs::OpenOptionsExt, net::UnixListener},
    },
    sync::{LazyLock, mpsc},
    thread,
};

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::pieces;
use wsgi_proxy::Proxy;
use wsgi_testing::{Request, Response};

/// Fields that end with a connection (RFC 9110 section 7.6.1), and that of trailers, which end here
/// as well (section 6.6.2).
const HOP_BY_HOP: [&str; 7] = [
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Transfer-Encoding",
    "Upgrade",
    "Trailer",
];

/// `O_PATH` of Linux: a file that is only a place.
const PLACE: i32 = 0o10_000_000;

static UPSTREAM: LazyLock<Upstream> = LazyLock::new(Upstream::start);

/// A server that sends to each client what it was told before.
struct Upstream {
    proxy: Proxy,
    responses: mpsc::Sender<Vec<Vec<u8>>>,
    _place: File,
}

impl Upstream {
    fn start() -> Self {
        let name = format!("wsgi-fuzz-upstream-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_file(&path); // that of a process before, which was killed
        let listener = UnixListener::bind(&path).unwrap();
        // However this process ends, it leaves no socket, which has no name from now on.
        let place = OpenOptions::new()
            .read(true)
            .custom_flags(PLACE)
            .open(&path);
        let place = place.unwrap();
        fs::remove_file(&path).unwrap();
        let path = format!("/proc/self/fd/{}", place.as_raw_fd());
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
            _place: place,
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
    assert_eq!(is_passed_on(&whole), is_passed_on(&in_pieces));
    if is_passed_on(&whole) {
        assert_eq!(whole.status(), in_pieces.status());
        assert_eq!(whole.headers(), in_pieces.headers());
        assert_eq!(whole.body(), in_pieces.body());
    }
});

fn is_passed_on(response: &Response) -> bool {
    response.is_complete() && response.errors().is_empty()
}

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
    if is_passed_on(response) {
        for name in named_by_connection(&String::from_utf8_lossy(sent)) {
            assert!(!response.headers().contains(name), "{name}");
        }
    }
    if code != 502 {
        assert!(response.body().len() <= sent.len());
    }
}

/// The fields that end here because Connection names them in the head of the final response. One
/// with a quote is malformed, and may name anything.
fn named_by_connection(sent: &str) -> impl Iterator<Item = &str> {
    let mut heads = sent.split("\r\n\r\n");
    let head = heads.find(|head| head.as_bytes().get(9) != Some(&b'1'));
    let fields = head.unwrap_or_default().lines().skip(1);
    let values = fields.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_connection = name.trim_end().eq_ignore_ascii_case("Connection");
        is_connection.then_some(value)
    });
    let values: Vec<_> = values.collect();
    let is_quoted = values.iter().any(|value| value.contains('"'));
    let options = values.into_iter().flat_map(|value| value.split(','));
    let names = options.map(|option| option.trim_matches([' ', '\t']));
    names.filter(move |name| !is_quoted && !name.is_empty())
}
