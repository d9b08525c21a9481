//! Files that front servers send in place of the application.

use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use wsgi::{files::Files, middleware::XSendfile};
use wsgi_tests::{
    Front, Gateway, Notes, Protocol, Request, Response, Socket,
    fronts::{Snippet, folder},
};

use crate::{behind::Behind, serving::Serving};

/// Text in which each part is found again.
const TEXT: &str = "zero one two three four five six seven eight nine";

/// A folder with files, which the user of the front server can read.
fn files() -> TempDir {
    let folder = folder();
    let path = folder.path().join("a text.txt");
    fs::write(&path, TEXT).unwrap();
    // The tag of a file that was just changed is weak, and does not stay.
    let earlier = SystemTime::now() - Duration::from_secs(3600);
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(earlier).unwrap();
    fs::write(folder.path().join("empty.css"), "").unwrap();
    folder
}

fn site(files: &TempDir) -> XSendfile<Files> {
    XSendfile::new(Files::folder(files.path()).unwrap())
}

#[track_caller]
fn ask(behind: &Behind, request: &Request) -> Response {
    let folder = tempfile::tempdir().unwrap();
    let response = behind.exchange(request, &Notes::new(&folder, "notes"));
    let response = response.unwrap();
    for name in ["X-Accel-Redirect", "X-Sendfile"] {
        assert_eq!(response.value(name), None, "{response:?}");
    }
    response
}

/// Checks the files of a front server, which sends them with ranges and conditions.
#[track_caller]
fn check(behind: &Behind) {
    let whole = ask(behind, &Request::get("/a%20text.txt"));
    assert_eq!(
        (whole.code, &*whole.body),
        (200, TEXT.as_bytes()),
        "{whole:?}"
    );
    let kind = whole.value("Content-Type").unwrap();
    assert!(kind.starts_with("text/plain"), "{whole:?}");
    let head = ask(behind, &Request::head("/a%20text.txt"));
    assert_eq!((head.code, &*head.body), (200, &b""[..]), "{head:?}");
    assert_eq!(head.value("Content-Length"), Some(&*TEXT.len().to_string()));

    let part = Request::get("/a%20text.txt").field("Range", "bytes=5-7");
    let part = ask(behind, &part);
    assert_eq!((part.code, &*part.body), (206, &b"one"[..]), "{part:?}");
    let tag = whole.value("ETag").unwrap().to_owned();
    let known = Request::get("/a%20text.txt").field("If-None-Match", tag.clone());
    let known = ask(behind, &known);
    assert_eq!(known.code, 304, "{whole:?}, {known:?}");
    let resumed = Request::get("/a%20text.txt").field("If-Range", tag);
    let resumed = ask(behind, &resumed.field("Range", "bytes=5-7"));
    assert_eq!(&*resumed.body, b"one", "{resumed:?}");

    assert_eq!(ask(behind, &Request::get("/empty.css")).code, 200);
    assert_eq!(ask(behind, &Request::get("/missing")).code, 404);
    let asking = Request::get("/a%20text.txt").field("X-Sendfile-Type", "X-Sendfile");
    assert_eq!(ask(behind, &asking).body, TEXT.as_bytes());
}

mod nginx {
    use wsgi_tests::{Scheme, fronts::nginx};

    use super::*;

    fn check_behind(protocol: Protocol) {
        let files = files();
        let site = site(&files);
        let site = site.accel_redirect(files.path(), "/protected").unwrap();
        let serving = Serving::of(site, protocol, Socket::Tcp, |builder| builder);
        let internal = format!(
            "location ^~ /protected/ {{\n        internal;\n        alias {}/;\n        \
         add_header X-Sent-By nginx;\n    }}\n\n    location / {{",
            files.path().display()
        );
        let edit = |site: Snippet| site.replace("location / {", &internal);
        let front = nginx::start_with(protocol, &serving.address, Scheme::Http, edit);
        let behind = Behind {
            gateway: Gateway::behind(Front::Nginx, protocol, Socket::Tcp),
            front,
            serving: Some(serving),
        };
        check(&behind);
        let whole = ask(&behind, &Request::get("/a%20text.txt"));
        assert_eq!(whole.value("X-Sent-By"), Some("nginx"));
        // Clients cannot ask for the location themselves.
        assert_eq!(
            ask(&behind, &Request::get("/protected/a%20text.txt")).code,
            404
        );
    }

    #[test]
    fn it_sends_the_files_of_an_application_by_http() {
        check_behind(Protocol::Http);
    }

    #[test]
    fn it_sends_the_files_of_an_application_by_fastcgi() {
        check_behind(Protocol::FastCgi);
    }

    #[test]
    fn it_sends_the_files_of_an_application_by_uwsgi() {
        check_behind(Protocol::Uwsgi);
    }
}

mod lighttpd {
    use wsgi_tests::fronts::lighttpd;

    use super::*;

    #[test]
    fn it_sends_the_files_of_an_application_by_fastcgi() {
        let files = files();
        let site = site(&files).sendfile(files.path()).unwrap();
        let (protocol, socket) = (Protocol::FastCgi, Socket::Tcp);
        let serving = Serving::of(site, protocol, socket, |builder| builder);
        let allowed = format!(
            "\"x-sendfile\" => \"enable\",\n    \"x-sendfile-docroot\" => (\"{}\"),\n    \
         \"check-local\"",
            files.path().display()
        );
        let edit = |site: Snippet| site.replace("\"check-local\"", &allowed);
        check(&Behind {
            gateway: Gateway::behind(Front::Lighttpd, protocol, socket).over_tls(),
            front: lighttpd::start_with(protocol, &serving.address, edit),
            serving: Some(serving),
        });
    }
}
