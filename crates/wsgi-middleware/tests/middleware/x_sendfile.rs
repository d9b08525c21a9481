//! Files that a front server sends.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use wsgi_application::{Application, Body, Environ, FileWrapper, Result, StartResponse, Status};
use wsgi_middleware::XSendfile;
use wsgi_testing::{Request, Response};

/// Sends the file at the path in `X-PATH`, as the variables say.
fn app(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let variable = |name| {
        environ
            .get(name)
            .map(|value| value.to_string_lossy().into_owned())
    };
    let path = variable("test.path").unwrap();
    let file = FileWrapper::from_file(File::open(path)?);
    let fields = [("Content-Type", "text/plain"), ("Content-Length", "6")];
    let part = [("Content-Range", "bytes 2-3/6"), ("Content-Length", "2")];
    match variable("test.kind").as_deref() {
        Some("error") => {
            start_response.start(Status::NOT_FOUND, fields)?;
        }
        Some("part") => {
            start_response.start(Status::PARTIAL_CONTENT, part)?;
            return Ok(file.with_range(2, 2)?.into());
        }
        Some("a shorter length") => {
            start_response.start(Status::OK, [("Content-Length", "4")])?;
            return Ok(file.with_range(0, 4)?.into());
        }
        Some("the start of a longer file") => {
            let fields = [("Content-Length", "4")];
            start_response.start(Status::OK, fields)?;
        }
        Some("a segment") => {
            let fields = [("Content-Range", "bytes 6-11/20")];
            start_response.start(Status::PARTIAL_CONTENT, fields)?;
        }
        Some("a part as the whole") => {
            start_response.start(Status::OK, ())?;
            return Ok(file.with_range(2, 4)?.into());
        }
        Some("written") => {
            start_response
                .start(Status::OK, ())?
                .write_all(b"before ")?;
        }
        Some("coded") => {
            start_response.start(Status::OK, [("Content-Encoding", "gzip")])?;
        }
        Some("own field") => {
            start_response.start(Status::OK, [("X-Accel-Redirect", "/own")])?;
        }
        Some("no file") => {
            start_response.start(Status::OK, ())?;
            return Ok(Body::from("no file"));
        }
        _ => {
            start_response.start(Status::OK, fields)?;
        }
    }
    Ok(file.into())
}

/// A folder with files of six bytes, and a folder in it.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(folder.path()).unwrap();
    fs::create_dir_all(path.join("public/own")).unwrap();
    for name in ["public/a", "public/own/b", "public/ä ?%25.txt", "secret"] {
        fs::write(path.join(name), "012345").unwrap();
    }
    symlink("../secret", path.join("public/out")).unwrap();
    symlink("a", path.join("public/link")).unwrap();
    (folder, path)
}

fn ask(app: &impl Application, path: impl AsRef<Path>, kind: &str) -> Response {
    let path = path.as_ref().to_str().unwrap();
    let request = Request::get("/").variable("test.path", path);
    request.variable("test.kind", kind).call(app)
}

fn field(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

#[test]
fn a_file_in_a_folder_is_named_to_nginx_below_its_location() {
    let (_folder, path) = folder();
    let app = XSendfile::new(app);
    let app = app.accel_redirect(path.join("public"), "/files/").unwrap();
    let app = app.accel_redirect(path.join("public/own"), "/own").unwrap();
    for (name, redirect) in [
        ("public/a", "/files/a"),
        ("public/link", "/files/a"),
        ("public/own/b", "/own/b"),
        ("public/ä ?%25.txt", "/files/%C3%A4%20%3F%2525.txt"),
    ] {
        let response = ask(&app, path.join(name), "");
        assert_eq!(
            field(&response, "X-Accel-Redirect").as_deref(),
            Some(redirect)
        );
        assert_eq!(
            (response.status(), response.body()),
            (&Status::OK, &b""[..]),
            "{name}"
        );
        assert_eq!(
            field(&response, "Content-Type").as_deref(),
            Some("text/plain")
        );
        assert_ne!(response.framing().content_length, Some(6));
    }
}

#[test]
fn a_file_in_a_folder_is_named_to_other_front_servers_by_its_path() {
    let (_folder, path) = folder();
    let app = XSendfile::new(app).sendfile(path.join("public")).unwrap();
    let response = ask(&app, path.join("public/ä ?%25.txt"), "");
    let expected = format!("{}/public/%C3%A4%20%3F%2525.txt", path.display());
    assert_eq!(field(&response, "X-Sendfile"), Some(expected));
    let response = ask(&app, path.join("public/a"), "coded");
    assert!(!response.headers().contains("X-Sendfile"));
}

#[test]
fn a_part_is_left_to_the_front_server() {
    let (_folder, path) = folder();
    let app = XSendfile::new(app).accel_redirect(&path, "/files").unwrap();
    let response = ask(&app, path.join("secret"), "part");
    assert_eq!(response.status(), &Status::OK);
    assert_eq!(
        field(&response, "X-Accel-Redirect").as_deref(),
        Some("/files/secret")
    );
    assert_eq!(field(&response, "Content-Range"), None);
}

#[test]
fn other_responses_are_sent_by_the_application() {
    let (_folder, path) = folder();
    let app = XSendfile::new(app);
    let app = app.accel_redirect(path.join("public"), "/files").unwrap();
    for (name, kind, body) in [
        ("secret", "", "012345"),
        ("public/out", "", "012345"), // its real path is elsewhere
        ("public/a", "error", "012345"),
        ("public/a", "a part as the whole", "2345"),
        ("public/a", "a shorter length", "0123"),
        ("public/a", "the start of a longer file", "0123"),
        ("public/a", "a segment", "012345"),
        ("public/a", "written", "before 012345"),
        ("public/a", "coded", "012345"),
        ("public/a", "no file", "no file"),
    ] {
        let response = ask(&app, path.join(name), kind);
        assert_eq!(field(&response, "X-Accel-Redirect"), None, "{name} {kind}");
        assert_eq!(response.text(), body, "{name} {kind}");
    }
    let response = ask(&app, path.join("public/a"), "own field");
    assert_eq!(
        field(&response, "X-Accel-Redirect").as_deref(),
        Some("/own")
    );
}

#[test]
fn nothing_is_handed_over_by_default_or_because_a_client_asks_for_it() {
    let (_folder, path) = folder();
    let request = Request::get("/")
        .variable("test.path", path.join("public/a").to_str().unwrap())
        .header("X-Sendfile-Type", "X-Accel-Redirect")
        .header("X-Accel-Mapping", format!("{}=/files", path.display()));
    assert_eq!(request.call(&XSendfile::new(app)).text(), "012345");
}

#[test]
fn a_file_whose_path_leads_elsewhere_by_now_is_sent_by_the_application() {
    let (_folder, path) = folder();
    let place = path.join("public/a");
    let replacing = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let body = app(environ, start_response)?;
        let place = environ
            .get("test.path")
            .unwrap()
            .to_string_lossy()
            .into_owned();
        fs::remove_file(&place)?;
        fs::write(&place, "another")?;
        Ok(body)
    };
    let app = XSendfile::new(replacing).sendfile(&path).unwrap();
    assert_eq!(ask(&app, place, "").text(), "012345");
}

#[test]
fn a_missing_folder_and_a_location_that_is_no_path_are_refused() {
    let (_folder, path) = folder();
    let new = || XSendfile::new(app);
    new().sendfile(path.join("missing")).err().unwrap();
    new().sendfile(path.join("secret")).err().unwrap();
    new()
        .accel_redirect(path.join("missing"), "/files")
        .err()
        .unwrap();
    for location in [
        "", "/", "//", "files", "/a b", "/a?b", "/%20", "/a/../b", "/ä", "/a\r\nb",
    ] {
        let error = new().accel_redirect(&path, location).err().unwrap();
        assert!(error.to_string().contains("not a location"), "{error}");
    }
}
