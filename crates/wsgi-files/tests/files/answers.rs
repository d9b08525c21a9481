//! Methods, fields, conditions, ranges and redirects.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wsgi_files::{EntityTag, FilePath, Files, SourceFile};
use wsgi_testing::{Request, Response};

use crate::support::{Site, day, field, get, set_modified, status};

/// Fields of a request.
type Fields<'a> = &'a [(&'a str, &'a str)];

const TEXT: &str = "0123456789";

fn site() -> Site {
    Site::new(&[
        ("index.html", "<h1>home"),
        ("a.txt", TEXT),
        ("empty.txt", ""),
        ("folder/index.html", "<h1>folder"),
        ("bare/a.txt", TEXT),
    ])
}

fn with(files: &Files, fields: Fields<'_>) -> Response {
    let request = Request::get("/a.txt");
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    request.call(files)
}

#[test]
fn a_file_is_sent_with_its_type_length_and_validators() {
    let site = site();
    let response = get(&site.files(), "/a.txt");
    assert_eq!(response.status().code(), 200);
    assert_eq!(response.text(), TEXT);
    assert_eq!(
        response.headers().to_string(),
        "Content-Type: text/plain; charset=utf-8\r\n\
         ETag: \"ae0309ae5be0a00-a\"\r\n\
         Last-Modified: Tue, 01 Nov 1994 08:49:37 GMT\r\n\
         Accept-Ranges: bytes\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Content-Length: 10\r\n\r\n"
    );
}

/// The system gives such a file a length of zero, or of a page of memory.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_the_system_makes_as_it_is_read_is_sent_whole() {
    for (folder, name) in [
        ("/proc/sys/kernel", "ostype"),
        ("/sys/devices/system/cpu", "online"),
    ] {
        let files = Files::folder(folder).unwrap();
        let response = get(&files, &format!("/{name}"));
        let bytes = std::fs::read(format!("{folder}/{name}")).unwrap();
        assert_eq!(response.status().code(), 200, "{folder}");
        assert_eq!(response.body(), bytes, "{folder}");
        assert_eq!(field(&response, "Content-Length"), bytes.len().to_string());
        assert_eq!(field(&response, "ETag"), "");
    }
}

#[test]
fn head_has_the_fields_of_get_and_no_body() {
    let site = site();
    let files = site.files();
    for target in ["/a.txt", "/", "/empty.txt", "/absent", "/folder"] {
        let (get, head) = (get(&files, target), Request::head(target).call(&files));
        assert_eq!(head.status(), get.status());
        assert_eq!(head.headers().to_string(), get.headers().to_string());
        assert_eq!(head.body(), b"");
        assert!(head.is_complete());
    }
}

#[test]
fn other_methods_are_refused_with_a_list_of_those_allowed() {
    let site = site();
    let files = site.files();
    let known = ["POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"].map(|name| (name, 405));
    let unknown = ["get", "PROPFIND"].map(|name| (name, 501));
    for (method, code) in known.into_iter().chain(unknown) {
        let response = Request::new(method, "/a.txt").call(&files);
        assert_eq!(response.status().code(), code, "{method}");
        assert_eq!(field(&response, "Allow"), "GET, HEAD, OPTIONS");
    }
    for target in ["/a.txt", "/absent", "*"] {
        let response = Request::new("OPTIONS", target).call(&files);
        assert_eq!(response.status().code(), 204);
        assert_eq!(field(&response, "Allow"), "GET, HEAD, OPTIONS");
    }
}

#[test]
fn conditions_are_evaluated_in_the_order_of_the_standard() {
    let site = site();
    let files = site.files();
    let etag = field(&get(&files, "/a.txt"), "ETag");
    let (before, at) = (
        "Mon, 31 Oct 1994 08:49:37 GMT",
        "Tue, 01 Nov 1994 08:49:37 GMT",
    );
    let rows: &[(Fields<'_>, u16)] = &[
        (&[("If-None-Match", &etag)], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", "\"other\"")], 200),
        (&[("If-Modified-Since", at)], 304),
        (&[("If-Modified-Since", before)], 200),
        (&[("If-Modified-Since", "yesterday")], 200),
        (
            &[("If-None-Match", "\"other\""), ("If-Modified-Since", at)],
            200,
        ),
        (&[("If-Match", "\"other\"")], 412),
        (&[("If-Match", &etag), ("If-Unmodified-Since", before)], 200),
        (&[("If-Unmodified-Since", before)], 412),
        (&[("If-Match", "\"other\""), ("If-None-Match", &etag)], 412),
    ];
    for (fields, expected) in rows {
        assert_eq!(
            with(&files, fields).status().code(),
            *expected,
            "{fields:?}"
        );
    }
}

#[test]
fn a_304_has_the_validators_and_nothing_about_its_body() {
    let site = site();
    let files = site.files();
    let response = with(&files, &[("If-None-Match", "*")]);
    let names: Vec<_> = response.headers().keys().collect();
    assert_eq!(
        names,
        [
            "ETag",
            "Last-Modified",
            "Accept-Ranges",
            "X-Content-Type-Options"
        ]
    );
    assert_eq!(response.body(), b"");
}

#[test]
fn ranges_are_sent() {
    let site = site();
    let files = site.files();
    let etag = field(&get(&files, "/a.txt"), "ETag");
    let rows: &[(Fields<'_>, u16, &str, &str)] = &[
        (&[("Range", "bytes=2-3")], 206, "23", "bytes 2-3/10"),
        (&[("Range", "bytes=8-")], 206, "89", "bytes 8-9/10"),
        (&[("Range", "bytes=-1")], 206, "9", "bytes 9-9/10"),
        (&[("Range", "bytes=0-99")], 206, TEXT, "bytes 0-9/10"),
        (
            &[("Range", "bytes=10-")],
            416,
            "416 Range Not Satisfiable\n",
            "bytes */10",
        ),
        (&[("Range", "bytes=3-2")], 200, TEXT, ""),
        (&[("Range", "lines=1-2")], 200, TEXT, ""),
        (&[("Range", "bytes=0-0,9-9")], 206, TEXT, "bytes 0-9/10"),
        (
            &[("Range", "bytes=0-1"), ("If-Range", &etag)],
            206,
            "01",
            "bytes 0-1/10",
        ),
        (
            &[("Range", "bytes=0-1"), ("If-Range", "\"other\"")],
            200,
            TEXT,
            "",
        ),
        (
            &[("Range", "bytes=99-"), ("If-None-Match", &etag)],
            304,
            "",
            "",
        ),
    ];
    for (fields, expected, body, content_range) in rows {
        let response = with(&files, fields);
        assert_eq!(response.status().code(), *expected, "{fields:?}");
        assert_eq!(response.text(), *body, "{fields:?}");
        assert_eq!(
            field(&response, "Content-Range"),
            *content_range,
            "{fields:?}"
        );
        assert!(response.is_complete());
    }
    let head = Request::head("/a.txt")
        .header("Range", "bytes=0-1")
        .call(&files);
    assert_eq!(head.status().code(), 200);
}

#[test]
fn several_ranges_are_parts_of_files_and_of_bytes() {
    let text: String = (0..2_000).map(|n| format!("{n:05}")).collect();
    let site = Site::new(&[("a.bin", &text)]);
    let bytes = text.clone();
    let closure = move |_: &FilePath<'_>| Some(SourceFile::bytes(bytes.clone()));
    for files in [site.files(), Files::new(closure)] {
        let response = Request::get("/a.bin")
            .header("Range", "bytes=0-4,-5,5000-5009")
            .call(&files);
        assert_eq!(response.status().code(), 206);
        let content_type = field(&response, "Content-Type");
        let boundary = content_type
            .strip_prefix("multipart/byteranges; boundary=")
            .unwrap();
        let part = |bytes: &str, range: &str| {
            format!(
                "--{boundary}\r\nContent-Type: application/octet-stream\r\n\
                 Content-Range: bytes {range}/10000\r\n\r\n{bytes}\r\n"
            )
        };
        let expected = [
            part("00000", "0-4"),
            part("01999", "9995-9999"),
            part("0100001001", "5000-5009"),
            format!("--{boundary}--\r\n"),
        ];
        assert_eq!(response.text(), expected.concat());
        assert_eq!(
            field(&response, "Content-Length"),
            response.body().len().to_string()
        );
        assert!(response.is_complete());
    }
}

#[test]
fn a_weak_tag_allows_no_range() {
    let files = Files::new(|_: &FilePath<'_>| {
        Some(SourceFile::bytes(TEXT).with_etag(EntityTag::weak("1").unwrap()))
    });
    let fields = [("Range", "bytes=0-1"), ("If-Range", "W/\"1\"")];
    assert_eq!(with(&files, &fields).status().code(), 200);
}

#[test]
fn an_empty_file_is_sent() {
    let site = site();
    let files = site.files();
    let response = get(&files, "/empty.txt");
    assert_eq!((response.status().code(), response.text()), (200, ""));
    assert_eq!(field(&response, "Content-Length"), "0");
    let response = Request::get("/empty.txt")
        .header("Range", "bytes=0-")
        .call(&files);
    assert_eq!(response.status().code(), 200);
}

#[test]
fn a_folder_has_a_slash_and_an_index_page() {
    let site = site();
    let files = site.files();
    assert_eq!(get(&files, "/").text(), "<h1>home");
    assert_eq!(get(&files, "/folder/").text(), "<h1>folder");
    assert_eq!(
        field(&get(&files, "/folder/"), "Content-Type"),
        "text/html; charset=utf-8"
    );
    let response = get(&files, "/folder?a=%2F&b=//");
    assert_eq!(response.status().code(), 301);
    assert_eq!(field(&response, "Location"), "/folder/?a=%2F&b=//");
    assert_eq!(status(&files, "/a.txt/"), 404);
    let files = site.files().index(["absent.html", "a.txt"]);
    assert_eq!(get(&files, "/bare/").text(), TEXT);
    assert_eq!(status(&files, "/bare"), 301);
}

#[test]
fn a_folder_without_a_page_is_not_found_with_and_without_a_slash() {
    let site = site();
    let files = site.files();
    assert_eq!(status(&files, "/bare/"), 404);
    assert_eq!(status(&files, "/bare"), 404);
    let files = site.files().hide("index.html");
    assert_eq!(status(&files, "/folder"), 404);
    let files = site.files().fallback("index.html");
    assert_eq!(get(&files, "/bare").text(), "<h1>home");
}

#[test]
fn a_mounted_folder_is_redirected_within_its_mount() {
    let site = site();
    let files = site.files();
    let mounted = |path_info: &str| {
        Request::get("/x")
            .variable("SCRIPT_NAME", "/files")
            .variable("PATH_INFO", path_info)
            .call(&files)
    };
    assert_eq!(field(&mounted(""), "Location"), "/files/");
    assert_eq!(field(&mounted("/folder"), "Location"), "/files/folder/");
    assert_eq!(mounted("/").text(), "<h1>home");
}

/// Its relative URLs would lead out of the mount.
#[test]
fn a_mounted_site_of_a_single_page_has_a_slash_as_well() {
    let site = Site::new(&[("app.html", "<script src=app.js>"), ("img/a.txt", "a")]);
    let mounted = |files: &Files, path_info: &str| {
        Request::get("/x")
            .variable("SCRIPT_NAME", "/app")
            .variable("PATH_INFO", path_info)
            .call(files)
    };
    let files = site.files().fallback("app.html");
    let response = mounted(&files, "");
    assert_eq!(response.status().code(), 301);
    assert_eq!(field(&response, "Location"), "/app/");
    // From these, relative URLs lead to the root of the mount.
    for path_info in ["/", "/users", "/img"] {
        let response = mounted(&files, path_info);
        assert_eq!(response.text(), "<script src=app.js>", "{path_info}");
    }
    let without_page = [site.files(), site.files().fallback("absent.html")];
    for files in without_page {
        assert_eq!(mounted(&files, "").status().code(), 404);
    }
}

#[test]
fn times_that_are_made_up_or_to_come_are_no_validators() {
    let site = Site::new(&[("a.txt", "a")]);
    let now = SystemTime::now();
    for (time, has_tag) in [
        (UNIX_EPOCH, false),
        (UNIX_EPOCH + Duration::from_secs(1), false),
        (UNIX_EPOCH + Duration::from_secs(315_529_200), false), // zip, unpacked in Berlin
        (day(2), true),
        (now + Duration::from_secs(3600), true),
    ] {
        set_modified(site.path().join("a.txt"), time);
        let response = get(&site.files(), "/a.txt");
        let has = |name| response.headers().contains(name);
        assert_eq!(has("ETag"), has_tag, "{time:?}");
        assert_eq!(has("Last-Modified"), has_tag && time < now, "{time:?}");
    }
}

#[test]
fn files_from_before_1970_are_sent() {
    let site = site();
    let time = UNIX_EPOCH - Duration::from_millis(1_500);
    set_modified(site.path().join("a.txt"), time);
    let files = site.files();
    let response = get(&files, "/a.txt");
    assert_eq!(response.text(), TEXT);
    assert_eq!(field(&response, "Last-Modified"), "");
    assert_eq!(field(&response, "ETag"), "");
}

#[test]
fn a_change_makes_another_tag() {
    let site = site();
    let files = site.files();
    let etag = field(&get(&files, "/a.txt"), "ETag");
    set_modified(site.path().join("a.txt"), day(2));
    assert_ne!(field(&get(&files, "/a.txt"), "ETag"), etag);
}

/// As `cp -p` and `rsync -t` make them, for example on the machines behind a load balancer.
#[test]
fn copies_with_the_same_time_have_the_same_tag() {
    let (one, other) = (site(), site());
    let etag = |site: &Site| field(&get(&site.files(), "/a.txt"), "ETag");
    assert_eq!(etag(&one), etag(&other));
    assert!(etag(&one).starts_with('"'), "{}", etag(&one));
}

#[test]
fn a_change_at_the_same_moment_and_of_the_same_length_is_noticed() {
    let site = site();
    let files = site.files();
    let path = site.path().join("a.txt");
    let etag = loop {
        let now = SystemTime::now();
        set_modified(&path, now);
        let etag = field(&get(&files, "/a.txt"), "ETag");
        site.write("a.txt", "9876543210");
        set_modified(&path, now);
        if etag.starts_with("W/") {
            break etag; // otherwise the machine has slept for seconds
        }
    };
    let ask = |name| Request::get("/a.txt").header(name, &etag).call(&files);
    assert_eq!(ask("If-None-Match").text(), "9876543210");
    assert_eq!(ask("If-Match").status().code(), 412);
}

#[test]
fn types_and_charset_can_be_set() {
    let site = site();
    let files = site
        .files()
        .charset("iso-8859-1")
        .media_type("html", "text/x-mine");
    let content_type = |target| field(&get(&files, target), "Content-Type");
    assert_eq!(content_type("/a.txt"), "text/plain; charset=iso-8859-1");
    assert_eq!(content_type("/"), "text/x-mine");
}

#[test]
fn an_error_of_the_source_is_one_of_the_request() {
    struct Broken;
    impl wsgi_files::Source for Broken {
        fn open(&self, _: &FilePath<'_>) -> Result<wsgi_files::Found, wsgi_files::SourceError> {
            Err(wsgi_files::SourceError::Io(std::io::Error::other(
                "the disk is on fire",
            )))
        }
    }
    let response = get(&Files::new(Broken), "/a");
    assert_eq!(response.status().code(), 500);
    assert!(response.errors().contains("the disk is on fire"));
}
