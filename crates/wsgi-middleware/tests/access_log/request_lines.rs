//! The request line in a line of the log.

use wsgi_application::Environ;
use wsgi_environ::Received;

use super::{format, lines::direct};

#[test]
fn a_request_line_is_written_as_its_words() {
    let together = || format("{method} {target} {protocol}");
    let apart = || format("{method}|{target}|{protocol}");
    let targets: [&[u8]; 8] = [
        b"/",
        b"/greet?name=Ada",
        b"/\"",
        b"/\\",
        b"/\xc3\xa9\xff",
        b"/a b",
        b"/\t\x7f",
        b"",
    ];
    let long = (4070..4100).map(|length| vec![b'a'; length]);
    for target in targets.map(<[u8]>::to_vec).into_iter().chain(long) {
        let line = direct(together(), received(&target));
        let expected = direct(apart(), received(&target)).replace('|', " ");
        assert_eq!(line, expected, "{}", target.escape_ascii());
    }
    let mut environ = received(b"/");
    environ.set("REQUEST_METHOD", "HEAD");
    assert_eq!(direct(together(), environ), "HEAD / HTTP/1.1");
}

/// An environ from a head whose parser lets all targets pass.
fn received(target: &[u8]) -> Environ {
    let head = [b"GET ", target, b" HTTP/1.1\r\n\r\n"].concat();
    let target = (4, 4 + target.len() as u32);
    let received = Received {
        head: &head,
        method: (0, 3),
        target,
        path: target,
        has_escapes: false,
        query: (target.1, target.1),
        authority: None,
        protocol: "HTTP/1.1",
    };
    let mut environ = Environ::new();
    environ.receive(&received, []);
    environ
}
