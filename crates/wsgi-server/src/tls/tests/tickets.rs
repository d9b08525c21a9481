//! Tickets: where and how long they are good, and for what not.

use std::{fs, time::Duration};

use rcgen::date_time_ymd;
use rustls::{
    SupportedProtocolVersion,
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};
use tempfile::TempDir;

use crate::tls::{
    builder::TlsBuilder,
    clients::client_auth::ClientAuth,
    setup::Tls,
    tests::{
        authority::{Authority, Issued, params},
        clock::Clock,
        handshake::{Client, VERSIONS},
    },
    tickets::keys::TicketKeys,
};

const HOUR: u64 = 60 * 60;

fn issued() -> Issued {
    Authority::new("authority").issue(&["a.test", "b.test"])
}

fn builder(issued: &Issued) -> TlsBuilder {
    Tls::builder().certificate_pem(&issued.pem, &issued.key)
}

/// A client that has been there once, and so has a ticket.
#[track_caller]
fn guest(version: &'static SupportedProtocolVersion, tls: &Tls, listener: &str) -> Client {
    let client = Client::of_version(version);
    assert!(
        !client.resumes("a.test", &tls.at(listener)),
        "the first time"
    );
    client
}

#[test]
fn a_session_is_resumed_again_and_again() {
    let tls = builder(&issued()).build().unwrap();
    for version in VERSIONS {
        let client = guest(version, &tls, "a");
        for _ in 0..3 {
            assert!(client.resumes("a.test", &tls.at("a")));
        }
    }
}

#[test]
fn a_ticket_survives_a_reload() {
    let (issued, folder) = (issued(), TempDir::new().unwrap());
    let file = folder.path().join("server.pem");
    fs::write(&file, issued.both()).unwrap();
    let tls = Tls::from_pem_files(&file, &file).unwrap();
    let listener = tls.at("a");
    for version in VERSIONS {
        let client = guest(version, &tls, "a");
        tls.reload().unwrap();
        assert!(client.resumes("a.test", &listener));
    }
}

#[test]
fn setups_with_the_same_keys_resume_each_others_sessions() {
    let (issued, key) = (issued(), [7; 48]);
    let with = |keys: &TicketKeys| builder(&issued).ticket_keys(keys.clone()).build().unwrap();
    let random = TicketKeys::random().unwrap();
    let pairs = [
        (with(&random), with(&random), true),
        (with(&random), with(&TicketKeys::random().unwrap()), false),
        (
            with(&TicketKeys::from_bytes([key]).unwrap()),
            with(&TicketKeys::from_bytes([[8; 48], key]).unwrap()),
            true,
        ),
        (
            with(&TicketKeys::from_bytes([key]).unwrap()),
            with(&TicketKeys::from_bytes([[8; 48]]).unwrap()),
            false,
        ),
    ];
    for version in VERSIONS {
        for (one, other, is_shared) in &pairs {
            let client = guest(version, one, "a");
            assert_eq!(client.resumes("a.test", &other.at("a")), *is_shared);
        }
    }
}

#[test]
fn a_ticket_is_good_only_for_its_listener() {
    let tls = builder(&issued()).build().unwrap();
    for version in VERSIONS {
        for (listener, is_resumed) in [("127.0.0.1:443", true), ("127.0.0.1:444", false)] {
            let client = guest(version, &tls, "127.0.0.1:443");
            assert_eq!(client.resumes("a.test", &tls.at(listener)), is_resumed);
        }
    }
}

#[test]
fn a_ticket_is_good_only_for_its_name() {
    let tls = builder(&issued()).build().unwrap();
    for version in VERSIONS {
        // One of these clients asks for no name.
        for other in ["b.test", "127.0.0.1"] {
            let client = guest(version, &tls, "a");
            let before = client.wallet.offers();
            assert!(!client.resumes(other, &tls.at("a")), "{other}");
            assert_eq!(client.wallet.offers(), before + 1, "the client offered it");
            assert!(client.resumes(other, &tls.at("a")), "its own ticket");
        }
    }
}

#[test]
fn a_ticket_is_good_only_under_its_client_authorities() {
    let issued = issued();
    let (staff, guests) = (Authority::new("staff"), Authority::new("guests"));
    let crl = staff.revoke(&[1], 2999);
    let keys = TicketKeys::random().unwrap();
    let builder = || builder(&issued).ticket_keys(keys.clone());
    let with = |change: &dyn Fn(TlsBuilder) -> TlsBuilder| {
        let builder = builder();
        change(builder.client_auth(ClientAuth::Optional))
            .build()
            .unwrap()
    };
    let both = with(&|builder| {
        let builder = builder.client_authorities_pem(staff.pem());
        builder.client_authorities_pem(guests.pem())
    });
    let same = with(&|builder| builder.client_authorities_pem(guests.pem() + &staff.pem()));
    let fewer = with(&|builder| builder.client_authorities_pem(staff.pem()));
    let none = builder().build().unwrap();
    let listed = with(&|builder| {
        let builder = builder.client_authorities_pem(staff.pem() + &guests.pem());
        builder.client_crl_pem(&crl)
    });
    for version in VERSIONS {
        for (tls, is_resumed) in [
            (&both, true),
            (&same, true),
            (&fewer, false),
            (&none, false),
            (&listed, false),
        ] {
            let client = guest(version, &both, "a");
            assert_eq!(client.resumes("a.test", &tls.at("a")), is_resumed);
        }
        let client = guest(version, &none, "a");
        assert!(!client.resumes("a.test", &both.at("a")));
    }
}

#[test]
fn a_ticket_of_a_client_without_a_certificate_is_refused_where_one_is_required() {
    let (issued, staff) = (issued(), Authority::new("staff"));
    let keys = TicketKeys::random().unwrap();
    let with = |mode| {
        let builder = builder(&issued).client_authorities_pem(staff.pem());
        let builder = builder.client_auth(mode).ticket_keys(keys.clone());
        builder.build().unwrap()
    };
    let (optional, required) = (with(ClientAuth::Optional), with(ClientAuth::Required));
    for version in VERSIONS {
        let client = guest(version, &optional, "a");
        assert!(client.connect("a.test", &required.at("a")).is_err());
    }
}

#[test]
fn a_ticket_expires_with_its_lifetime() {
    let issued = issued();
    let given = || TicketKeys::from_bytes([[7; 32]]).unwrap();
    for version in VERSIONS {
        // The clock of clients stands still.
        for (seconds, is_resumed) in [(2 * HOUR - 1, true), (2 * HOUR, false)] {
            for is_given in [false, true] {
                let clock = Clock::new();
                let now = clock.current_time().unwrap().as_secs();
                let keys = match is_given {
                    true => given(),
                    false => TicketKeys::random_at(now).unwrap(),
                };
                let keys = keys.lifetime(Duration::from_secs(2 * HOUR));
                let builder = builder(&issued).ticket_keys(keys).clock(clock.clone());
                let tls = builder.build().unwrap();
                let client = guest(version, &tls, "a");
                clock.advance(seconds);
                assert_eq!(client.resumes("a.test", &tls.at("a")), is_resumed);
            }
        }
    }
}

#[test]
fn random_keys_rotate_and_the_former_one_decrypts_until_its_tickets_expire() {
    let (issued, clock) = (issued(), Clock::new());
    let tls = builder(&issued).clock(clock.clone()).build().unwrap();
    let listener = tls.at("a");
    for version in VERSIONS {
        let client = guest(version, &tls, "a");
        // Each resumption brings a new ticket, by a new key at times.
        for _ in 0..6 {
            clock.advance(11 * HOUR);
            assert!(client.resumes("a.test", &listener));
        }
        clock.advance(12 * HOUR);
        assert!(!client.resumes("a.test", &listener));
    }
}

#[test]
fn the_number_of_tickets_is_bounded_and_none_switches_resumption_off() {
    let issued = issued();
    for (tickets, expected) in [(0, 0), (1, 1), (2, 2), (1000, 8)] {
        let tls = builder(&issued).tickets(tickets).build().unwrap();
        let client = guest(&TLS13, &tls, "a");
        assert_eq!(client.wallet.tickets(), expected);
        let client = guest(&TLS12, &tls, "a");
        assert_eq!(client.resumes("a.test", &tls.at("a")), tickets > 0);
    }
    let tls = builder(&issued).build().unwrap();
    assert_eq!(guest(&TLS13, &tls, "a").wallet.tickets(), 2);
}

#[test]
fn a_lifetime_is_bounded() {
    for (given, expected) in [
        (Duration::ZERO, 60),
        (Duration::from_secs(90), 90),
        (Duration::MAX, 7 * 24 * HOUR),
    ] {
        let keys = TicketKeys::random().unwrap().lifetime(given);
        assert_eq!(u64::from(keys.lifetime_in_seconds()), expected);
    }
}

#[test]
fn no_damaged_ticket_decrypts() {
    let (keys, place) = (TicketKeys::random_at(0).unwrap(), [1; 32]);
    let ticket = keys.seal(b"session", &place, 0).unwrap();
    assert_eq!(
        keys.open(&ticket, &place, 0).as_deref(),
        Some(&b"session"[..])
    );
    for index in 0..ticket.len() {
        let mut damaged = ticket.clone();
        damaged[index] ^= 1;
        assert_eq!(keys.open(&damaged, &place, 0), None, "byte {index}");
        assert_eq!(
            keys.open(&ticket[..index], &place, 0),
            None,
            "{index} bytes"
        );
    }
    assert_eq!(keys.open(&[&*ticket, b"x"].concat(), &place, 0), None);
    assert_eq!(keys.open(&ticket, &[2; 32], 0), None);
}

#[test]
fn a_session_that_is_too_long_gets_no_ticket() {
    let (keys, place) = (TicketKeys::random().unwrap(), [1; 32]);
    assert!(keys.seal(&[0; 16 * 1024], &place, 0).is_some());
    assert!(keys.seal(&[0; 16 * 1024 + 1], &place, 0).is_none());
}

#[test]
fn early_data_is_not_accepted() {
    let tls = builder(&issued()).build().unwrap();
    let mut client = Client::of_version(&TLS13);
    client.change(|config| config.enable_early_data = true);
    assert!(!client.resumes("a.test", &tls.at("a")));
    let connected = client.connect("a.test", &tls.at("a")).unwrap();
    assert!(!connected.client.is_early_data_accepted());
}

#[test]
fn a_client_certificate_that_expires_ends_its_resumption() {
    let (issued, staff, clock) = (issued(), Authority::new("staff"), Clock::new());
    let now = clock.current_time().unwrap().as_secs();
    let mut params = params(&["client"]);
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(now + HOUR);
    let certificate = staff.issue_with(&params);
    let builder = builder(&issued).client_authorities_pem(staff.pem());
    let tls = builder.clock(clock.clone()).build().unwrap();
    let listener = tls.at("a");
    let verifier = listener.terms().verifier.unwrap();
    let client = Client::with_certificate(&certificate);
    assert!(!client.resumes("a.test", &listener));
    let connected = client.connect("a.test", &listener).unwrap();
    let chain = connected.server.peer_certificates().unwrap();
    assert_eq!(chain[0], certificate.der, "the ticket brings it");
    verifier.check_again(chain).unwrap();
    clock.advance(2 * HOUR);
    assert!(
        client.resumes("a.test", &listener),
        "rustls does not check it"
    );
    verifier.check_again(chain).unwrap_err();
}
