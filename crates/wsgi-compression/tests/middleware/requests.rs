//! Requests with a coding.

use std::io::{Cursor, Read};

use wsgi_allocations::most_bytes_during;
use wsgi_application::{Application, Environ, Status, application};
use wsgi_compression::Decompression;
use wsgi_environ::{Input, InputError};
use wsgi_testing::{Request, Response};

use crate::decoding::{CODINGS, coded};

/// An application that repeats the body of its request.
fn echo() -> impl Application {
    application(|environ: &mut Environ, start_response| {
        let seen = [
            environ.get("HTTP_CONTENT_ENCODING"),
            environ.get("CONTENT_LENGTH"),
        ];
        let has_coding = seen.iter().any(Option::is_some);
        let mut body = Vec::new();
        environ.input().read_to_end(&mut body)?;
        start_response.start(
            Status::OK,
            [("X-Coded", if has_coding { "yes" } else { "no" })],
        )?;
        Ok(body.into())
    })
}

fn post(coding: &str, body: Vec<u8>) -> Request {
    let length = body.len().to_string();
    Request::post("/")
        .header("Content-Encoding", coding)
        .header("Content-Length", length)
        .body(body)
}

#[test]
fn an_application_reads_the_decoded_body() {
    let text = include_bytes!("../../README.md");
    for coding in CODINGS {
        let response = post(coding, coded(coding, text)).call(&Decompression::new(echo()));
        assert_eq!(response.body(), text, "{coding}");
        assert_eq!(response.headers().get("X-Coded").unwrap(), "no");
    }
}

#[test]
fn a_body_is_decoded_in_pieces_of_any_size() {
    let text = include_bytes!("../../README.md");
    for coding in CODINGS {
        let bytes = coded(coding, text);
        for size in [1, 2, 3, 7, 100] {
            let reader = Slow(Cursor::new(bytes.clone()), size);
            let input = Input::from_reader(reader, Some(bytes.len() as u64));
            let request = Request::post("/")
                .header("Content-Encoding", coding)
                .input(input);
            let response = request.call(&Decompression::new(echo()));
            assert_eq!(response.body(), text, "{coding} by {size}");
        }
    }
}

/// A reader that gives few bytes at once.
struct Slow(Cursor<Vec<u8>>, usize);

impl Read for Slow {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let most = buf.len().min(self.1);
        self.0.read(&mut buf[..most])
    }
}

/// The digests of a request that an application sees.
fn digests(coding: &str, body: Vec<u8>) -> String {
    let app = Decompression::new(application(|environ: &mut Environ, start_response| {
        let names = environ.iter().map(|(name, _)| name.into_owned());
        let mut names: Vec<_> = names.filter(|name| is_digest(name)).collect();
        names.sort();
        start_response.start(Status::OK, ())?;
        Ok(names.join(" ").into())
    }));
    let request = post(coding, body)
        .header("Content-Digest", "sha-256=:AAAA:")
        .header("Content-MD5", "AAAA")
        .header("Digest", "md5=AAAA")
        .header("Repr-Digest", "sha-256=:AAAA:");
    request.call(&app).text().to_owned()
}

fn is_digest(name: &str) -> bool {
    name.ends_with("DIGEST") || name.ends_with("MD5")
}

#[test]
fn digests_of_the_coded_bytes_go_with_them() {
    for coding in CODINGS {
        assert_eq!(digests(coding, coded(coding, b"text")), "", "{coding}");
    }
    let all = "HTTP_CONTENT_DIGEST HTTP_CONTENT_MD5 HTTP_DIGEST HTTP_REPR_DIGEST";
    assert_eq!(digests("identity", b"text".to_vec()), all);
}

#[test]
fn a_request_without_a_coding_is_not_touched() {
    for coding in [None, Some(""), Some("identity"), Some("Identity , ")] {
        let mut request = Request::post("/").body("plain");
        if let Some(coding) = coding {
            request = request.header("Content-Encoding", coding);
        }
        assert_eq!(
            request.call(&Decompression::new(echo())).text(),
            "plain",
            "{coding:?}"
        );
    }
}

#[test]
fn a_request_without_content_has_no_coding() {
    for coding in [CODINGS[0], "utf-8", "deflate, deflate"] {
        let request = || Request::get("/").header("Content-Encoding", coding);
        // SCGI has a length with each request.
        for request in [request(), request().variable("CONTENT_LENGTH", "0")] {
            let response = request.call(&Decompression::new(echo()));
            assert_eq!(response.status(), &Status::OK, "{coding}");
            assert_eq!(response.body(), b"", "{coding}");
        }
    }
    // Only reading shows whether a body of unknown length is empty.
    let input = Input::from_reader(std::io::empty(), None);
    let request = Request::post("/").header("Content-Encoding", CODINGS[0]);
    let response = request.input(input).call(&Decompression::new(echo()));
    assert_eq!(response.status(), &Status::BAD_REQUEST);
}

#[test]
fn an_unknown_coding_and_several_are_unsupported() {
    let twice = [CODINGS[0], CODINGS[0]].join(", ");
    for coding in ["deflate", "compress", "gzipped", "*", "\"gzip\"", &twice] {
        let response = post(coding, b"...".to_vec()).call(&Decompression::new(echo()));
        assert_eq!(
            response.status(),
            &Status::UNSUPPORTED_MEDIA_TYPE,
            "{coding}"
        );
        let accepted = response
            .headers()
            .get("Accept-Encoding")
            .unwrap()
            .to_string();
        let mut accepted: Vec<_> = accepted.split(", ").collect();
        accepted.sort_unstable();
        assert_eq!(accepted, CODINGS, "RFC 9110 section 12.5.3");
    }
}

#[test]
fn names_of_codings_are_not_case_sensitive() {
    for coding in CODINGS {
        let name = coding.to_uppercase();
        let response = post(&name, coded(coding, b"text")).call(&Decompression::new(echo()));
        assert_eq!(response.text(), "text", "{name}");
    }
}

#[test]
fn a_body_that_is_cut_anywhere_is_a_bad_request() {
    let text = b"to be or not to be, that is the question";
    for coding in CODINGS {
        let bytes = coded(coding, text);
        for length in 1..bytes.len() {
            let response = post(coding, bytes[..length].to_vec()).call(&Decompression::new(echo()));
            assert_eq!(
                response.status(),
                &Status::BAD_REQUEST,
                "{coding} cut at {length}"
            );
        }
    }
}

#[test]
fn bytes_behind_the_body_are_a_bad_request() {
    for coding in CODINGS {
        let bytes = [coded(coding, b"text"), b"more".to_vec()].concat();
        let response = post(coding, bytes).call(&Decompression::new(echo()));
        assert_eq!(response.status(), &Status::BAD_REQUEST, "{coding}");
    }
}

/// RFC 1952 section 2.2 and RFC 8878 section 3 allow several members or frames.
#[test]
fn several_members_of_gzip_and_frames_of_zstd_are_one_body() {
    for &coding in CODINGS.iter().filter(|&&coding| coding != "br") {
        let bytes = [
            coded(coding, b"one "),
            coded(coding, b""),
            coded(coding, b"two"),
        ]
        .concat();
        let response = post(coding, bytes).call(&Decompression::new(echo()));
        assert_eq!(response.text(), "one two", "{coding}");
    }
}

#[test]
fn a_body_may_have_the_most_bytes_and_no_more() {
    let text = include_bytes!("../../README.md");
    let length = text.len() as u64;
    for coding in CODINGS {
        for (most, status) in [
            (length, Status::OK),
            (length + 1, Status::OK),
            (length - 1, Status::CONTENT_TOO_LARGE),
            (0, Status::CONTENT_TOO_LARGE),
        ] {
            let app = Decompression::new(echo()).max_bytes(most);
            let response = post(coding, coded(coding, text)).call(&app);
            assert_eq!(response.status(), &status, "{coding} with {most} bytes");
        }
    }
}

/// A gigabyte of zeros: the bound counts, not the size. The memory of zstd is that of C, and the
/// test below looks at all of the process.
#[test]
fn a_bomb_is_refused_at_the_bound_with_flat_memory() {
    let counting = || {
        Decompression::new(application(|environ: &mut Environ, _start_response| {
            let mut buffer = [0; 8192];
            let mut total = 0;
            loop {
                match environ.input().read(&mut buffer) {
                    Ok(0) => return Err("the bomb has an end".into()),
                    Ok(read) => total += read,
                    Err(error) => {
                        assert_eq!(InputError::of(&error), Some(&InputError::TooLarge));
                        assert!(total > 1_000_000, "{total} bytes came before");
                        return Err(error.into());
                    }
                }
            }
        }))
    };
    let zeros = vec![0; 100 * 1024 * 1024];
    for coding in CODINGS {
        let bomb = coded(coding, &zeros);
        assert!(bomb.len() < 200_000, "{coding}: {}", bomb.len());
        let mut most = Vec::new();
        for megabytes in [2, 50] {
            let app = counting()
                .max_bytes(megabytes * 1024 * 1024)
                .max_ratio(u64::MAX);
            let request = post(coding, bomb.clone());
            let mut response = None;
            most.push(most_bytes_during(|| response = Some(request.call(&app))));
            check_refused(&response.unwrap(), coding);
        }
        assert!(most[1] < 27 * 1024 * 1024, "{coding}: {most:?}");
        if *coding != "br" {
            assert!(most[1] < most[0] + 4096, "{coding}: {most:?}");
        }
    }
}

#[track_caller]
fn check_refused(response: &Response, coding: &str) {
    assert_eq!(response.status(), &Status::CONTENT_TOO_LARGE, "{coding}");
}

#[test]
fn the_ratio_counts_beyond_the_first_bytes() {
    for coding in CODINGS {
        for (length, status) in [
            (64 * 1024, Status::OK),
            (10 * 1024 * 1024, Status::CONTENT_TOO_LARGE),
        ] {
            let body = coded(coding, &vec![b' '; length]);
            assert!(length / body.len() > 100, "{coding}");
            let response = post(coding, body).call(&Decompression::new(echo()));
            assert_eq!(response.status(), &status, "{coding} of {length} bytes");
        }
        // Ordinary text has an ordinary ratio at any length.
        let mut number = 1u32;
        let mut next = || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("{number}\n")
        };
        let text: String = (0..30_000).map(|_| next()).collect();
        assert!(text.len() > 200_000);
        let app = Decompression::new(echo()).max_ratio(20);
        let response = post(coding, coded(coding, text.as_bytes())).call(&app);
        assert_eq!(response.status(), &Status::OK, "{coding}");
    }
}

#[test]
fn a_body_never_looks_complete_after_an_error() {
    let app = Decompression::new(application(|environ: &mut Environ, start_response| {
        let mut body = Vec::new();
        for _try in 0..3 {
            assert!(environ.input().read_to_end(&mut body).is_err());
        }
        start_response.start(Status::OK, ())?;
        Ok(().into())
    }));
    for coding in CODINGS {
        let mut bytes = coded(coding, include_bytes!("../../README.md"));
        let middle = bytes.len() / 2;
        bytes.truncate(middle);
        let response = post(coding, bytes).call(&app);
        assert_eq!(
            response.status(),
            &Status::OK,
            "{coding}: {}",
            response.errors()
        );
    }
}

#[test]
fn an_error_of_the_client_stays_what_it_is() {
    for coding in CODINGS {
        let bytes = coded(coding, b"text");
        let input = Input::from_reader(Cursor::new(bytes), Some(1000));
        let request = Request::post("/")
            .header("Content-Encoding", coding)
            .input(input);
        let response = request.call(&Decompression::new(echo()));
        assert_eq!(response.status(), &Status::BAD_REQUEST, "{coding}");
    }
}

/// RFC 9659: the window of zstd has at most 8 MiB. Brotli's large windows are not of RFC 7932.
#[test]
fn windows_that_are_too_large_are_refused() {
    #[cfg(feature = "zstd")]
    {
        // A frame with a window of 16 MiB, as in RFC 8878 section 3.1.1.1.2.
        let frame = b"\x28\xb5\x2f\xfd\x00\x70\x01\x00\x00";
        let response = post("zstd", frame.to_vec()).call(&Decompression::new(echo()));
        assert_eq!(response.status(), &Status::BAD_REQUEST);
        let frame = b"\x28\xb5\x2f\xfd\x00\x68\x01\x00\x00";
        let response = post("zstd", frame.to_vec()).call(&Decompression::new(echo()));
        assert_eq!(response.status(), &Status::OK, "8 MiB");
    }
    #[cfg(feature = "brotli")]
    {
        // WBITS as 0010001, which is a large window, of 30 bits, before an empty last block.
        let response = post("br", vec![0x11, 0xde]).call(&Decompression::new(echo()));
        assert_eq!(response.status(), &Status::BAD_REQUEST);
    }
}
