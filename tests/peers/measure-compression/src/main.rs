//! `measure-compression CONTENDER CODING LEVEL BYTES` compresses a JSON document for many
//! responses, and prints the CPU time of one in microseconds, and its size in bytes.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use wsgi_application::{
    Application, Chunk, Content, Environ, Exchange, StartResponse, Status, application,
};
use wsgi_compression::Compression;

/// The CPU time that is measured, in nanoseconds.
const ENOUGH: u64 = 500_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [contender, coding, level, bytes] = &arguments[..] else {
        return Err("measure-compression CONTENDER CODING LEVEL BYTES".into());
    };
    let (level, json) = (level.parse()?, json(bytes.parse()?));
    let (microseconds, size) = match contender.as_str() {
        "ours" => measure(ours(coding, level, &json)?)?,
        "tower-http" => measure(tower_http(coding, level.into(), json)?)?,
        other => return Err(format!("no contender `{other}`").into()),
    };
    println!("microseconds {microseconds}");
    println!("bytes {size}");
    Ok(())
}

/// Runs one response after the other, and returns the CPU time of one and its size.
fn measure(mut response: impl FnMut() -> usize) -> Result<(f64, usize), Box<dyn Error>> {
    let size = response();
    let (start, mut count) = (cpu()?, 0_u32);
    loop {
        if response() != size {
            return Err("responses differ in size".into());
        }
        count += 1;
        let spent = cpu()? - start;
        if spent >= ENOUGH {
            return Ok((spent as f64 / f64::from(count) / 1e3, size));
        }
    }
}

/// The CPU time of this thread, in nanoseconds.
fn cpu() -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split(' ').next().ok_or("no CPU time")?;
    Ok(first.parse()?)
}

fn ours(coding: &str, level: u8, json: &[u8]) -> Result<impl FnMut() -> usize, Box<dyn Error>> {
    let json = Chunk::from(json.to_vec()).into_shared();
    let app = Compression::new(application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "application/json")])?;
        Ok(json.clone().into())
    }));
    let app = match coding {
        "gzip" => app.gzip_level(level),
        "br" => app.brotli_quality(level),
        "zstd" => app.zstd_level(level),
        other => return Err(format!("no coding `{other}`").into()),
    };
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let coding = coding.to_owned();
    Ok(move || {
        environ.clear();
        environ.set("REQUEST_METHOD", "GET");
        environ.set("HTTP_ACCEPT_ENCODING", &coding);
        exchange.clear();
        let mut sent = Vec::new();
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        let body = app.call(&mut environ, &mut start_response);
        let head = &exchange.head.headers;
        assert!(
            head.get("Content-Encoding")
                .is_some_and(|value| value == coding.as_str())
        );
        match body.map(wsgi_application::Body::into_content) {
            Ok(Content::Bytes(bytes)) => bytes.len(),
            _ => panic!("the body is in memory"),
        }
    })
}

fn tower_http(
    coding: &str,
    level: i32,
    json: Vec<u8>,
) -> Result<impl FnMut() -> usize, Box<dyn Error>> {
    let json = Bytes::from(json);
    let inner = service_fn(move |_request: http::Request<()>| {
        let mut response = http::Response::new(Full::new(json.clone()));
        let json = http::HeaderValue::from_static("application/json");
        response.headers_mut().insert("content-type", json);
        async move { Ok::<_, Infallible>(response) }
    });
    let layer = CompressionLayer::new().quality(CompressionLevel::Precise(level));
    let mut service = layer.layer(inner);
    let coding = Arc::new(http::HeaderValue::from_str(coding)?);
    Ok(move || {
        let mut request = http::Request::new(());
        request
            .headers_mut()
            .insert("accept-encoding", (*coding).clone());
        let body = futures_executor::block_on(async {
            let ready = service.ready().await.expect("a service that never fails");
            let response = ready.call(request).await.expect("a response");
            assert_eq!(response.headers().get("content-encoding"), Some(&*coding));
            response.into_body().collect().await.expect("a body")
        });
        body.to_bytes().len()
    })
}

/// A JSON document of this length: rows of numbers, names and words.
fn json(length: usize) -> Vec<u8> {
    const NAMES: [&str; 8] = [
        "ada", "alan", "barbara", "donald", "edsger", "grace", "margaret", "tim",
    ];
    const WORDS: [&str; 12] = [
        "address", "alpha", "customer", "delta", "invoice", "note", "open", "orange", "paid",
        "return", "shipping", "urgent",
    ];
    let mut text = String::from("[");
    let mut random = 88_172_645_463_325_252_u64;
    for id in 0.. {
        if text.len() >= length {
            break;
        }
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let name = NAMES[(random % 8) as usize];
        let words: Vec<_> = (0..6)
            .map(|place| WORDS[((random >> (place * 5)) % 12) as usize])
            .collect();
        text += &format!(
            "{{\"id\":{id},\"name\":\"{name}\",\"email\":\"{name}{}@example.org\",\
             \"balance\":{}.{:02},\"active\":{},\"note\":\"{}\"}},",
            random % 9973,
            random % 100_000,
            random % 100,
            random & 1 == 0,
            words.join(" ")
        );
    }
    text.truncate(length - 1);
    text.push(']');
    text.into_bytes()
}
