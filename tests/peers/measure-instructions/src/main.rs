//! `measure-instructions WORK TIMES` repeats the work of one crate under a counter of instructions.

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::io;
use std::time::SystemTime;

use wsgi_forms::{Boundary, Limits, Multipart};
use wsgi_http1::RequestHead;
use wsgi_sessions::{Cookies, MemoryStore, Scheme, Sessions};

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> Result {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [work, times] = &arguments[..] else {
        return Err("measure-instructions WORK TIMES".into());
    };
    let times = times.parse()?;
    match work.as_str() {
        "parse" => parse(times),
        "session" => session(times),
        "multipart" => multipart(times),
        other => Err(format!("no work `{other}`").into()),
    }
}

/// A browser's request head with fourteen fields.
const HEAD: &[u8] = b"GET /articles/2026/instructions?page=2 HTTP/1.1\r\n\
    Host: www.example.org\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Referer: https://www.example.org/articles\r\n\
    Connection: keep-alive\r\n\
    Cookie: session=AAAAAAAAAAAAAAAAAAAAAAAA; theme=dark\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-Site: same-origin\r\n\
    If-None-Match: \"5f3-61a\"\r\n\
    Cache-Control: max-age=0\r\n\
    \r\n";

fn parse(times: usize) -> Result {
    let (mut head, limits) = (RequestHead::new(), wsgi_http1::Limits::new());
    for _ in 0..times {
        let end = head.parse(black_box(HEAD), &limits)?;
        assert_eq!(black_box(end), Some(HEAD.len()));
    }
    Ok(())
}

/// A request that reads one value of its visitor's session.
fn session(times: usize) -> Result {
    let (sessions, now) = (Sessions::new(MemoryStore::new()), SystemTime::now());
    let session = sessions.open(&Cookies::default(), Scheme::Http, now);
    session.insert("user", "Ada")?;
    let cookie = session.finish(now)?.ok_or("no cookie")?;
    let field = format!("{}={}", cookie.name(), cookie.value());
    // The first use of a session is saved. Later ones only read.
    for _ in 0..=times {
        let session = sessions.open(&Cookies::parse(black_box(&field)), Scheme::Http, now);
        assert_eq!(session.get::<String>("user")?.as_deref(), Some("Ada"));
        session.finish(now)?;
    }
    Ok(())
}

/// A form with a file of 1 MB. Its lines are as long as a boundary, but are not one.
fn multipart(times: usize) -> Result {
    let boundary = Boundary::from_content_type(
        "multipart/form-data; boundary=----geckoformboundary5b2f1c7e9a",
    )?;
    let line = "--a line of a text that begins as a boundary does, and goes on--\r\n";
    let body = format!(
        "------geckoformboundary5b2f1c7e9a\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"text.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{}\r\n------geckoformboundary5b2f1c7e9a--\r\n",
        line.repeat(1_000_000 / line.len())
    );
    for _ in 0..times {
        let mut form = Multipart::new(&boundary, black_box(body.as_bytes()), &Limits::new());
        while let Some(mut part) = form.next_part()? {
            io::copy(&mut part, &mut io::sink())?;
        }
    }
    Ok(())
}
