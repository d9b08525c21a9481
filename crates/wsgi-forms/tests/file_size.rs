//! Uploads larger than a file of the process may be.
#![cfg(unix)]

use std::{io::ErrorKind, process::Command};

use rustix::process::{Resource, getrlimit, setrlimit};
use wsgi_forms::{Form, FormError, Limits};

const LIMIT: usize = 100_000;

#[test]
fn a_file_larger_than_the_system_allows_is_an_error_and_does_not_end_the_process() {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["--exact", "with_a_limit", "--ignored"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {text}", output.status);
    assert!(text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "limits the files of its process"]
fn with_a_limit() {
    let in_memory = read(&[LIMIT + 1], 2 * LIMIT).unwrap();
    let mut limit = getrlimit(Resource::Fsize);
    limit.current = Some(LIMIT as u64);
    setrlimit(Resource::Fsize, limit).unwrap();

    let fitting = read(&[LIMIT - 10, 10], 0).unwrap();
    assert_eq!(fitting.files().count(), 2);
    for lengths in [&[LIMIT + 1][..], &[LIMIT - 10, 11], &[1, 1, LIMIT]] {
        match read(lengths, 0) {
            Err(FormError::Spool(error)) => assert_eq!(error.kind(), ErrorKind::FileTooLarge),
            other => panic!("{lengths:?}: {other:?}"),
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("upload");
    let upload = in_memory.files().next().unwrap();
    let error = upload.persist(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    fitting.files().next().unwrap().persist(&path).unwrap();
    assert_eq!(path.metadata().unwrap().len(), LIMIT as u64 - 10);
}

/// Reads a form with files of these lengths.
fn read(lengths: &[usize], max_memory_bytes: usize) -> Result<Form, FormError> {
    let mut body = String::new();
    for &length in lengths {
        body.push_str("--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n");
        body.push_str(&"d".repeat(length));
        body.push_str("\r\n");
    }
    body.push_str("--x--");
    let limits = Limits::new().max_memory_bytes(max_memory_bytes);
    Form::read("multipart/form-data; boundary=x", body.as_bytes(), &limits)
}
