//! Files of ticket keys.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tempfile::TempDir;

use crate::tls::{
    error::{TlsError, TlsErrorKind},
    setup::Tls,
    tests::{
        authority::Authority,
        handshake::{Client, VERSIONS},
    },
    tickets::keys::TicketKeys,
};

struct KeyFile {
    path: PathBuf,
    _folder: TempDir,
}

impl KeyFile {
    fn new(content: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("ticket.keys");
        let file = Self {
            path,
            _folder: folder,
        };
        file.write(content);
        file
    }

    fn write(&self, content: impl AsRef<[u8]>) {
        fs::write(&self.path, content).unwrap();
        self.set_mode(0o600);
    }

    fn set_mode(&self, mode: u32) {
        fs::set_permissions(&self.path, Permissions::from_mode(mode)).unwrap();
    }

    fn keys(&self) -> Result<TicketKeys, TlsError> {
        TicketKeys::from_file(&self.path)
    }
}

fn line(byte: u8) -> String {
    STANDARD.encode([byte; 48]) + "\n"
}

/// Whether a ticket by the first key in the one file is accepted by the other file's.
#[track_caller]
fn is_accepted(one: &KeyFile, other: &KeyFile) -> bool {
    let ticket = one.keys().unwrap().seal(b"session", &[0; 32], 0).unwrap();
    other.keys().unwrap().open(&ticket, &[0; 32], 0).is_some()
}

#[test]
fn the_first_key_of_a_file_encrypts_and_all_decrypt() {
    let (old, new) = (KeyFile::new(line(1)), KeyFile::new(line(2)));
    let both = KeyFile::new(format!("# new\r\n  {}\n#old\n{}", line(2), line(1)));
    assert!(is_accepted(&old, &both));
    assert!(is_accepted(&new, &both));
    assert!(is_accepted(&both, &new));
    assert!(!is_accepted(&both, &old));
}

#[test]
fn a_file_that_is_not_text_is_one_key() {
    let binary = KeyFile::new([1; 48]);
    assert!(
        is_accepted(&binary, &KeyFile::new(line(1))),
        "the same bytes"
    );
    // A line end among random bytes separates nothing.
    let mut bytes = [1; 48];
    bytes[20] = b'\n';
    assert!(KeyFile::new(bytes).keys().is_ok());
}

#[track_caller]
fn check_refused(file: &KeyFile, kind: TlsErrorKind, part: &str) {
    let error = file.keys().unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(error.path(), Some(&*file.path));
    let text = error.to_string();
    assert!(text.contains(part), "{text}");
    assert!(text.contains(file.path.to_str().unwrap()), "{text}");
}

#[test]
fn a_bad_file_of_keys_is_refused_with_a_reason() {
    let bad = TlsErrorKind::TicketKeys;
    check_refused(&KeyFile::new(""), bad, "there is no key");
    check_refused(&KeyFile::new("# nothing\n\n"), bad, "there is no key");
    check_refused(&KeyFile::new([1; 31]), bad, "key 1 has 31 bytes");
    let short = STANDARD.encode([1; 31]);
    check_refused(&KeyFile::new(line(1) + &short), bad, "key 2 has 31 bytes");
    check_refused(&KeyFile::new("# a\n!\n"), bad, "line 2 is not base64");
    check_refused(&KeyFile::new([1; 1025]), bad, "key 1 has 1025 bytes");
    check_refused(
        &KeyFile::new([1; 32 * 1024 + 1]),
        bad,
        "is longer than 32768 bytes",
    );
    let many: String = (0..17).map(line).collect();
    check_refused(&KeyFile::new(many), bad, "there are 17 keys");
    let most: String = (0..16).map(line).collect();
    KeyFile::new(most).keys().unwrap();
    KeyFile::new([1; 1024]).keys().unwrap();
    KeyFile::new([1; 32]).keys().unwrap();
}

#[test]
fn a_file_of_keys_that_others_can_read_is_refused() {
    let file = KeyFile::new(line(1));
    for mode in [0o644, 0o620, 0o602, 0o601, 0o604] {
        file.set_mode(mode);
        check_refused(&file, TlsErrorKind::Exposed, "chmod 600 ");
    }
    for mode in [0o600, 0o400, 0o640, 0o440] {
        file.set_mode(mode);
        file.keys().unwrap();
    }
}

#[test]
fn a_folder_or_nothing_is_not_a_file_of_keys() {
    let folder = TempDir::new().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = TicketKeys::from_file(&path).unwrap_err();
        assert_eq!(error.kind(), TlsErrorKind::Unreadable);
        assert_eq!(error.path(), Some(&*path));
    }
}

#[test]
fn given_keys_are_checked() {
    let refused = |keys: &[&[u8]]| {
        let error = TicketKeys::from_bytes(keys).unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (TlsErrorKind::TicketKeys, None)
        );
    };
    refused(&[]);
    refused(&[&[0; 31]]);
    refused(&[&[0; 32], &[0; 1025]]);
    refused(&[&[0; 32][..]; 17]);
    TicketKeys::from_bytes([[0; 32]; 16]).unwrap();
}

#[test]
fn processes_share_a_file_of_keys_and_a_reload_replaces_them() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let file = KeyFile::new(line(1));
    let setup = || {
        let builder = Tls::builder().certificate_pem(&issued.pem, &issued.key);
        builder.ticket_keys(file.keys().unwrap()).build().unwrap()
    };
    for version in VERSIONS {
        file.write(line(1));
        let (one, other) = (setup(), setup());
        let listeners = (one.at("a"), other.at("a"));
        let client = Client::of_version(version);
        assert!(!client.resumes("a.test", &listeners.0));
        assert!(client.resumes("a.test", &listeners.1));
        file.write(line(2) + &line(1));
        one.reload().unwrap();
        assert!(client.resumes("a.test", &listeners.0), "by the old key");
        // A ticket by the new key, in a process that has not read the file again.
        let fresh = Client::of_version(version);
        assert!(!fresh.resumes("a.test", &listeners.0));
        assert!(!fresh.resumes("a.test", &listeners.1));
        other.reload().unwrap();
        let fresh = Client::of_version(version);
        assert!(!fresh.resumes("a.test", &listeners.0));
        assert!(fresh.resumes("a.test", &listeners.1));
        file.write(line(3));
        one.reload().unwrap();
        assert!(!fresh.resumes("a.test", &listeners.0), "the key is gone");
    }
}

#[test]
fn a_bad_file_of_keys_keeps_a_reload_from_changing_anything() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let file = KeyFile::new(line(1));
    let builder = Tls::builder().certificate_pem(&issued.pem, &issued.key);
    let tls = builder.ticket_keys(file.keys().unwrap()).build().unwrap();
    let listener = tls.at("a");
    for version in VERSIONS {
        let client = Client::of_version(version);
        assert!(!client.resumes("a.test", &listener));
        file.write("");
        assert_eq!(tls.reload().unwrap_err().kind(), TlsErrorKind::TicketKeys);
        assert!(client.resumes("a.test", &listener));
    }
}

#[test]
fn keys_are_not_replaced_if_something_else_cannot_be_read() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let folder = TempDir::new().unwrap();
    let server = folder.path().join("server.pem");
    fs::write(&server, issued.both()).unwrap();
    let file = KeyFile::new(line(1));
    let builder = Tls::builder().certificate_files(&server, &server);
    let tls = builder.ticket_keys(file.keys().unwrap()).build().unwrap();
    let listener = tls.at("a");
    let client = Client::new();
    assert!(!client.resumes("a.test", &listener));
    file.write(line(2));
    fs::remove_file(&server).unwrap();
    tls.reload().unwrap_err();
    assert!(client.resumes("a.test", &listener));
}
