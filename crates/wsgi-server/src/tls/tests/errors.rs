//! Errors: each names the file, and says what to do.

use std::{fs, io, path::Path};

use tempfile::TempDir;

use crate::tls::{
    error::{TlsError, TlsErrorKind},
    setup::Tls,
    tests::{
        authority::Authority,
        keys::{RSA, issued},
    },
};

const EC_PKCS8: &str = include_str!("keys/ec.pem");
const ENCRYPTED: [&str; 2] = [
    include_str!("keys/encrypted.pem"),
    include_str!("keys/encrypted-traditional.pem"),
];

/// The error of a setup with these files for its certificate and key.
fn error(certificate: &str, key: &str) -> (TlsError, TempDir) {
    let folder = TempDir::new().unwrap();
    let files = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    fs::write(&files.0, certificate).unwrap();
    fs::write(&files.1, key).unwrap();
    (Tls::from_pem_files(&files.0, &files.1).unwrap_err(), folder)
}

#[track_caller]
fn check(certificate: &str, key: &str, kind: TlsErrorKind, name: &str, part: &str) {
    let (error, folder) = error(certificate, key);
    let path = folder.path().join(name);
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(error.path(), Some(&*path), "{error}");
    let text = error.to_string();
    assert!(text.contains(part), "{text}");
    assert!(text.contains(path.to_str().unwrap()), "{text}");
}

#[test]
fn what_is_not_pem_is_refused() {
    let good = issued(RSA, RSA);
    let kind = TlsErrorKind::Pem;
    let none = "contains no certificate in PEM (\"-----BEGIN CERTIFICATE-----\")";
    check("", &good.key, kind, "cert.pem", none);
    check("0\u{82}", &good.key, kind, "cert.pem", none);
    check(&good.key, &good.key, kind, "cert.pem", none);
    let none = "contains no private key in PEM";
    check(&good.pem, "", kind, "key.pem", none);
    check(&good.pem, &good.pem, kind, "key.pem", none);
    let start = good.pem.len() / 2;
    check(
        &good.pem[..start],
        &good.key,
        kind,
        "cert.pem",
        "is damaged: ",
    );
    let damaged = good.pem.replacen("MII", "M!I", 1);
    check(&damaged, &good.key, kind, "cert.pem", "is damaged: ");
    check(&good.pem, &good.key[..300], kind, "key.pem", "is damaged: ");
}

#[test]
fn an_encrypted_key_is_refused_with_the_command_that_helps() {
    let good = issued(RSA, RSA);
    for encrypted in ENCRYPTED {
        let kind = TlsErrorKind::EncryptedKey;
        check(&good.pem, encrypted, kind, "key.pem", "`openssl pkey -in ");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let kind = TlsErrorKind::KeyMismatch;
    let (rsa, ec) = (issued(RSA, RSA), issued(EC_PKCS8, EC_PKCS8));
    check(&rsa.pem, &ec.key, kind, "key.pem", "cert.pem: give the key");
    check(&ec.pem, &rsa.key, kind, "key.pem", "does not belong to");
    let other = Authority::new("other").issue(&["a.test"]);
    check(&other.pem, &ec.key, kind, "key.pem", "does not belong to");
    // A chain in the wrong order.
    let authority = Authority::new("authority");
    let leaf = authority.issue(&["a.test"]);
    let reversed = authority.pem() + &leaf.pem;
    check(
        &reversed,
        &leaf.key,
        kind,
        "key.pem",
        "let the chain begin with",
    );
}

#[test]
fn an_unusable_key_is_refused() {
    let good = issued(RSA, RSA);
    let junk = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let part = "RSA with 2048 to 8192 bits";
    check(&good.pem, junk, TlsErrorKind::Key, "key.pem", part);
}

#[test]
fn a_missing_file_is_named() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing.pem");
    let good = issued(RSA, RSA);
    let builder = || Tls::builder().certificate_pem(&good.pem, &good.key);
    for builder in [
        Tls::builder().certificate_files(&missing, &missing),
        builder().client_authorities_file(&missing),
        builder()
            .client_authorities_pem(&good.pem)
            .client_crl_file(&missing),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), TlsErrorKind::Unreadable);
        assert_eq!(error.path(), Some(&*missing));
        let start = format!("cannot read {}: ", missing.display());
        assert!(error.to_string().starts_with(&start), "{error}");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::NotFound);
    }
}

#[test]
fn a_missing_permission_is_said() {
    let path = Path::new("/etc/key.pem");
    let error = TlsError::unreadable(path, io::ErrorKind::PermissionDenied.into());
    let text = "cannot read /etc/key.pem: permission denied; the user of this process needs the \
                permission to read it";
    assert_eq!(error.to_string(), text);
    let error = io::Error::from(error);
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    assert_eq!(error.to_string(), text);
}

#[test]
fn bad_authorities_and_lists_are_named() {
    let good = issued(RSA, RSA);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("junk.pem");
    for (label, part) in [
        ("CERTIFICATE", "an authority's certificate cannot be used: "),
        ("X509 CRL", "a revocation list cannot be used: "),
    ] {
        let junk = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        fs::write(&path, junk).unwrap();
        let builder = Tls::builder().certificate_pem(&good.pem, &good.key);
        let builder = match label {
            "CERTIFICATE" => builder.client_authorities_file(&path),
            _ => builder
                .client_authorities_pem(Authority::new("staff").pem())
                .client_crl_file(&path),
        };
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), TlsErrorKind::Authority);
        assert_eq!(error.path(), Some(&*path));
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_setup_without_a_certificate_is_refused() {
    let error = Tls::builder().build().unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration);
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn no_secret_is_shown() {
    let good = issued(RSA, RSA);
    let builder = Tls::builder().certificate_pem(&good.pem, &good.key);
    let mut shown = format!("{builder:?}");
    shown += &format!("{:?}", builder.build().unwrap());
    assert!(shown.contains("the PEM data of a private key"), "{shown}");
    assert!(
        !shown.contains("BEGIN") && !shown.contains("MII"),
        "{shown}"
    );
}
