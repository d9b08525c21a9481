//! Certificates of clients.

use rcgen::{CertificateParams, SerialNumber, date_time_ymd};
use rustls::{AlertDescription, CertificateError, Error, SupportedProtocolVersion};

use crate::tls::{
    builder::TlsBuilder,
    clients::client_auth::ClientAuth,
    error::TlsErrorKind,
    listener_tls::ListenerTls,
    setup::Tls,
    tests::{
        authority::{Authority, Issued, params},
        handshake::{ALL_SCHEMES, Client, VERSIONS},
    },
};

fn server(change: impl FnOnce(TlsBuilder) -> TlsBuilder) -> ListenerTls {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let builder = Tls::builder().certificate_pem(&issued.pem, &issued.key);
    change(builder).build().unwrap().at("a")
}

/// The end of a handshake: the client's certificate as the server sees it, or the server's error.
fn outcome(
    version: &'static SupportedProtocolVersion,
    certificate: Option<&Issued>,
    listener: &ListenerTls,
) -> Result<bool, Error> {
    let client = Client::with(&[version], ALL_SCHEMES, certificate);
    let connected = client.connect("a.test", listener)?;
    let seen = connected.server.peer_certificates();
    if let (Some(seen), Some(certificate)) = (seen, certificate) {
        assert!(seen[0] == certificate.der);
    }
    Ok(seen.is_some())
}

fn with_serial(serial: u64) -> CertificateParams {
    let mut params = params(&["client"]);
    params.serial_number = Some(SerialNumber::from(serial));
    params
}

#[test]
fn a_required_certificate_must_be_there_and_valid() {
    let (staff, other) = (Authority::new("staff"), Authority::new("other"));
    let mut expired = params(&["client"]);
    expired.not_before = date_time_ymd(2000, 1, 1);
    expired.not_after = date_time_ymd(2001, 1, 1);
    let expired = staff.issue_with(&expired);
    let (good, unknown) = (staff.issue(&["client"]), other.issue(&["client"]));
    let listener = server(|builder| builder.client_authorities_pem(staff.pem()));
    for version in VERSIONS {
        let outcome = |certificate| outcome(version, certificate, &listener);
        assert_eq!(outcome(Some(&good)), Ok(true));
        assert_eq!(outcome(None), Err(Error::NoCertificatesPresented));
        let unknown = outcome(Some(&unknown));
        assert_eq!(unknown, Err(CertificateError::UnknownIssuer.into()));
        let outcome = outcome(Some(&expired)).unwrap_err();
        let is_expired = matches!(
            outcome,
            Error::InvalidCertificate(CertificateError::ExpiredContext { .. })
        );
        assert!(is_expired, "{outcome:?}");
    }
}

#[test]
fn an_optional_certificate_may_be_missing_but_not_wrong() {
    let (staff, other) = (Authority::new("staff"), Authority::new("other"));
    let (good, unknown) = (staff.issue(&["client"]), other.issue(&["client"]));
    let listener = server(|builder| {
        let builder = builder.client_authorities_pem(staff.pem());
        builder.client_auth(ClientAuth::Optional)
    });
    for version in VERSIONS {
        let outcome = |certificate| outcome(version, certificate, &listener);
        assert_eq!(outcome(Some(&good)), Ok(true));
        assert_eq!(outcome(None), Ok(false));
        let unknown = outcome(Some(&unknown));
        assert_eq!(unknown, Err(CertificateError::UnknownIssuer.into()));
    }
}

#[test]
fn nobody_is_asked_without_authorities() {
    let listener = server(|builder| builder);
    assert!(listener.terms().verifier.is_none());
    let issued = Authority::new("staff").issue(&["client"]);
    for version in VERSIONS {
        assert_eq!(outcome(version, Some(&issued), &listener), Ok(false));
    }
}

#[test]
fn every_authority_counts() {
    let (staff, guests) = (Authority::new("staff"), Authority::new("guests"));
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("authorities.pem");
    std::fs::write(&file, staff.pem()).unwrap();
    let listener = server(|builder| {
        let builder = builder.client_authorities_file(&file);
        builder.client_authorities_pem(guests.pem())
    });
    for authority in [&staff, &guests] {
        let issued = authority.issue(&["client"]);
        for version in VERSIONS {
            assert_eq!(outcome(version, Some(&issued), &listener), Ok(true));
        }
    }
}

#[test]
fn a_revoked_certificate_is_refused() {
    let staff = Authority::new("staff");
    let (good, revoked) = (
        staff.issue_with(&with_serial(1)),
        staff.issue_with(&with_serial(2)),
    );
    let listener = server(|builder| {
        let builder = builder.client_authorities_pem(staff.pem());
        builder.client_crl_pem(staff.revoke(&[2], 2999))
    });
    for version in VERSIONS {
        assert_eq!(outcome(version, Some(&good), &listener), Ok(true));
        let refused = outcome(version, Some(&revoked), &listener);
        assert_eq!(refused, Err(CertificateError::Revoked.into()));
    }
}

#[test]
fn a_certificate_without_a_current_list_is_refused() {
    let (staff, other) = (Authority::new("staff"), Authority::new("other"));
    let issued = staff.issue(&["client"]);
    for list in [other.revoke(&[], 2999), staff.revoke(&[], 2021)] {
        let listener = server(|builder| {
            let builder = builder.client_authorities_pem(staff.pem());
            builder.client_crl_pem(list)
        });
        for version in VERSIONS {
            outcome(version, Some(&issued), &listener).unwrap_err();
        }
    }
}

#[test]
fn a_resumed_session_ends_when_its_certificate_is_revoked() {
    let (staff, folder) = (Authority::new("staff"), tempfile::TempDir::new().unwrap());
    let issued = staff.issue_with(&with_serial(1));
    let (server, list) = (
        folder.path().join("server.pem"),
        folder.path().join("crl.pem"),
    );
    let certificate = Authority::new("authority").issue(&["a.test"]);
    std::fs::write(&server, certificate.both()).unwrap();
    std::fs::write(&list, staff.revoke(&[], 2999)).unwrap();
    let tls = Tls::builder()
        .certificate_files(&server, &server)
        .client_authorities_pem(staff.pem())
        .client_crl_file(&list)
        .build()
        .unwrap();
    let listener = tls.at("a");
    let client = Client::with_certificate(&issued);
    assert!(!client.resumes("a.test", &listener));
    assert!(client.resumes("a.test", &listener));
    std::fs::write(&list, staff.revoke(&[1], 2999)).unwrap();
    tls.reload().unwrap();
    let refused = client.connect("a.test", &listener).err();
    assert_eq!(refused, Some(CertificateError::Revoked.into()));
}

#[test]
fn an_alert_tells_a_client_that_a_certificate_is_required() {
    let staff = Authority::new("staff");
    let listener = server(|builder| builder.client_authorities_pem(staff.pem()));
    let (client, server) = Client::new().begin("a.test", &listener).exchange();
    assert_eq!(server, Err(Error::NoCertificatesPresented));
    let expected = Error::AlertReceived(AlertDescription::CertificateRequired);
    assert_eq!(client, Err(expected));
}

#[test]
fn a_check_of_clients_needs_authorities() {
    let issued = Authority::new("authority").issue(&["a.test"]);
    let builder = || Tls::builder().certificate_pem(&issued.pem, &issued.key);
    let crl = Authority::new("staff").revoke(&[], 2999);
    for builder in [
        builder().client_auth(ClientAuth::Optional),
        builder().client_crl_pem(crl),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), TlsErrorKind::Configuration, "{error}");
    }
}
