//! Clients that reset their connection, in every state of TLS.

// Descriptors are counted in Linux's `/proc`.
#![cfg(target_os = "linux")]

use std::{
    fs::File,
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use rustls::{
    ClientConfig, HandshakeKind,
    crypto::ring,
    version::{TLS12, TLS13},
};
use wsgi_application::{Body, Status, application};
use wsgi_environ::Outcome;
use wsgi_file_wrapper::FileWrapper;

use crate::{
    client::{Authority, TlsClient, tcp},
    support::{
        Running, eventually,
        folder::Folder,
        get,
        process::{descriptors, in_a_process},
        put,
    },
};

/// More than the buffers of a connection take.
const LENGTH: usize = 16 << 20;

/// The calls of an application, and what its hooks were told.
#[derive(Default)]
struct Counts {
    calls: AtomicUsize,
    hooks: AtomicUsize,
    complete: AtomicUsize,
}

#[test]
fn a_reset_in_any_state_ends_its_connection_alone() {
    in_a_process("resets::in_any_state", 256);
}

#[test]
#[ignore = "counts the descriptors of its process"]
fn in_any_state() {
    let (authority, counts, folder) =
        (Authority::new(), Arc::new(Counts::default()), Folder::new());
    let running = serve(&authority, &counts, &folder);
    let connect = |config: &Arc<ClientConfig>| {
        let mut client = TlsClient::new(config, tcp(&running));
        client.shake_hands().unwrap();
        client
    };
    // The server has opened what it needs.
    for _ in 0..4 {
        authority.connect(&running).ask(get("/"), "small");
    }
    let before = descriptors();
    for version in [&TLS12, &TLS13] {
        let config = config(&authority, version);
        reset_while_shaking_hands(&running, &config, HandshakeKind::Full);
        reset_while_shaking_hands(&running, &config, HandshakeKind::Resumed);

        for path in ["/bytes", "/file", "/chunks", "/written"] {
            for read in [0, 1, 20_000, 500_000] {
                let mut client = connect(&config);
                client.send(get(path));
                let mut received = 0;
                while received < read {
                    received += client.receive().unwrap();
                }
                reset(client);
            }
        }

        let mut client = connect(&config);
        client.say_goodbye();
        reset(client);
        let mut client = connect(&config);
        client.send(get("/bytes"));
        client.say_goodbye();
        reset(client);
        let mut client = connect(&config);
        let last = get("/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        client.ask(last, "small");
        assert_eq!(client.receive().unwrap(), 0, "the server's goodbye");
        reset(client);

        let mut client = connect(&config);
        let request = put("/", &"x".repeat(200_000));
        client.send(&request[..100_000]);
        reset(client);
        // In the middle of a record.
        let mut client = connect(&config);
        client
            .connection
            .writer()
            .write_all(get("/").as_bytes())
            .unwrap();
        let mut record = Vec::new();
        client.connection.write_tls(&mut record).unwrap();
        client
            .socket
            .write_all(&record[..record.len() / 2])
            .unwrap();
        reset(client);
    }
    eventually("every call has its hook", || {
        counts.hooks.load(SeqCst) == counts.calls.load(SeqCst)
    });
    authority.connect(&running).ask(get("/"), "small");
    // Each of the two threads may keep the descriptor of its last request.
    eventually("the descriptors are closed", || descriptors() <= before + 2);
    thread::sleep(Duration::from_millis(50));
    let (calls, hooks) = (counts.calls.load(SeqCst), counts.hooks.load(SeqCst));
    assert_eq!(hooks, calls, "no hook runs twice");
    let broken = hooks - counts.complete.load(SeqCst);
    assert!(
        broken >= 2 * 4 * 3,
        "{broken} of {calls} responses broke off"
    );
    let log = running.log();
    assert!(!log.contains("panicked"), "{log}");
}

fn serve(authority: &Authority, counts: &Arc<Counts>, folder: &Folder) -> Running {
    let path = folder.join("file");
    std::fs::write(&path, vec![b'x'; LENGTH]).unwrap();
    let counts = counts.clone();
    authority.serve(application(move |environ, start_response| {
        counts.calls.fetch_add(1, SeqCst);
        let told = counts.clone();
        environ.on_finished(move |_, outcome: &Outcome| {
            told.complete
                .fetch_add(usize::from(outcome.is_complete()), SeqCst);
            told.hooks.fetch_add(1, SeqCst);
        });
        environ.input().read_to_end(&mut Vec::new())?;
        let path_info = environ.path_info().to_string_lossy().into_owned();
        let mut writer = start_response.start(Status::OK, ())?;
        Ok(match &*path_info {
            "/bytes" => vec![b'x'; LENGTH].into(),
            "/file" => FileWrapper::from_file(File::open(&path)?).into(),
            "/chunks" => Body::chunks(std::iter::repeat_n(vec![b'x'; 50_000], LENGTH / 50_000)),
            "/written" => {
                writer.write_all(&vec![b'x'; LENGTH])?;
                Body::empty()
            }
            _ => "small".into(),
        })
    }))
}

fn config(
    authority: &Authority,
    version: &'static rustls::SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(authority.roots())
        .with_no_client_auth();
    Arc::new(config)
}

/// Resets a connection after each step of its handshake.
fn reset_while_shaking_hands(running: &Running, config: &Arc<ClientConfig>, kind: HandshakeKind) {
    for last in 0.. {
        if kind == HandshakeKind::Resumed {
            // A ticket is good for one handshake.
            TlsClient::new(config, tcp(running)).ask(get("/"), "small");
        }
        let mut client = TlsClient::new(config, tcp(running));
        let mut step = 0;
        while step < last && client.connection.is_handshaking() {
            match client.connection.wants_write() {
                true => client.connection.write_tls(&mut client.socket).unwrap(),
                false => client.connection.read_tls(&mut client.socket).unwrap(),
            };
            client.connection.process_new_packets().unwrap();
            step += 1;
        }
        let is_over = !client.connection.is_handshaking();
        if is_over {
            assert_eq!(client.connection.handshake_kind(), Some(kind));
        }
        reset(client);
        if is_over {
            return;
        }
    }
}

fn reset(client: TlsClient) {
    rustix::net::sockopt::set_socket_linger(&client.socket, Some(Duration::ZERO)).unwrap();
    drop(client);
}
