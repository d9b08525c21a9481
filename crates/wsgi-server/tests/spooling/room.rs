//! The limit of all spooled bodies together.

use std::{
    io::Read,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_server::Builder;

use crate::{
    support::{Client, PATIENCE},
    way::{Chunks, Http, KINDS, WAYS, Way, measuring, pattern},
};

const LIMIT: usize = 300_000;

fn limited(builder: Builder) -> Builder {
    builder.spool_limit(LIMIT as u64)
}

/// A client that has sent all but the last byte of a body.
fn begun(way: Way, running: &crate::support::Running, length: usize) -> (Client, Vec<u8>) {
    let request = way.request("/", &pattern(length));
    let mut client = running.connect();
    let (start, end) = request.split_at(request.len() - 1);
    client.send(start);
    // When the server answers a later request, it has read this one.
    way.ask(&mut running.connect(), way.request("/", b""));
    (client, end.to_vec())
}

#[test]
fn a_body_that_fills_the_room_is_taken_and_a_larger_one_is_refused() {
    for &way in WAYS {
        let running = way.serving_with(limited, measuring(&Arc::default()));
        for _ in 0..2 {
            let edge = way.request("/", &pattern(LIMIT));
            let answer = way.ask(&mut running.connect(), edge);
            assert_eq!(answer, (200, b"300000".into()), "{way:?}");
        }
        let mut client = running.connect();
        client.try_send(way.request("/", &pattern(LIMIT + 1)));
        assert_eq!(way.response(&mut client).0, 413, "{way:?}");
    }
}

#[test]
fn a_body_waits_unread_until_there_is_room_and_is_then_taken() {
    for &way in WAYS {
        let (hold, app) = holding();
        let running = way.serving_with(limited, app);
        let mut first = running.connect();
        first.send(way.request("/hold", &pattern(200_000)));
        let release = hold.recv_timeout(PATIENCE).unwrap();
        let (mut second, second_end) = begun(way, &running, 150_000);
        second.send(second_end);
        second.assert_silent(Duration::from_millis(50));
        // Meanwhile a body that needs no room is taken, and so is one that fits. With chunks none
        // fits: the second body, of unknown length, has taken the room that was left.
        for length in [30_000, 90_000] {
            if way == Chunks && length == 90_000 {
                continue;
            }
            let request = way.request("/", &pattern(length));
            let answer = way.ask(&mut running.connect(), request);
            assert_eq!(answer, (200, length.to_string().into()), "{way:?}");
        }
        release.send(()).unwrap();
        assert_eq!(way.response(&mut first), (200, b"200000".into()), "{way:?}");
        let answer = way.response(&mut second);
        assert_eq!(answer, (200, b"150000".into()), "{way:?}");
    }
}

#[test]
fn many_bodies_share_little_room() {
    for &way in KINDS {
        let running = way.serving_with(limited, measuring(&Arc::default()));
        let request = way.request("/", &pattern(140_000));
        let mut clients: Vec<Client> = (0..20)
            .map(|_| {
                let mut client = running.connect();
                client.send(&request[..70_000]);
                client
            })
            .collect();
        std::thread::scope(|scope| {
            for client in &mut clients {
                let request = &request;
                scope.spawn(move || {
                    let answer = way.ask(client, &request[70_000..]);
                    assert_eq!(answer, (200, b"140000".into()), "{way:?}");
                });
            }
        });
    }
}

#[test]
fn a_body_without_room_in_time_is_answered_503_and_logged() {
    for &way in WAYS {
        let options = |builder: Builder| {
            let builder = limited(builder).body_timeout(Duration::from_secs(1));
            builder.min_rate(1)
        };
        let (hold, app) = holding();
        let running = way.serving_with(options, app);
        let mut first = running.connect();
        first.send(way.request("/hold", &pattern(250_000)));
        let release = hold.recv_timeout(PATIENCE).unwrap();
        let mut second = running.connect();
        second.send(way.head("/", 100_000));
        second.try_send(way.part(&pattern(90_000)));
        assert_eq!(way.response(&mut second).0, 503, "{way:?}");
        let log = running.log();
        assert!(
            log.ends_with(": the server has no room for the body at present\n"),
            "{log}"
        );
        // The application can still read the body that it holds.
        release.send(()).unwrap();
        assert_eq!(way.response(&mut first), (200, b"250000".into()), "{way:?}");
        let third = way.request("/", &pattern(250_000));
        assert_eq!(way.ask(&mut running.connect(), third).0, 200, "{way:?}");
    }
}

/// An application that waits at `/hold` before it reads. When it does, the receiver gets a sender
/// that lets it go on.
fn holding() -> (mpsc::Receiver<mpsc::Sender<()>>, impl Application + 'static) {
    let (hold, held) = mpsc::channel();
    let hold = Mutex::new(hold);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/hold" {
            let (release, released) = mpsc::channel();
            hold.lock().unwrap().send(release)?;
            released.recv()?;
        }
        let mut body = Vec::new();
        environ.input().read_to_end(&mut body)?;
        start_response.start(Status::OK, ())?;
        Ok(body.len().to_string().into())
    };
    (held, app)
}

#[test]
fn a_client_that_leaves_returns_its_room() {
    for &way in KINDS {
        let running = way.serving_with(limited, measuring(&Arc::default()));
        for leave in [Client::reset, drop as fn(Client)] {
            let (first, _) = begun(way, &running, 200_000);
            let (mut second, end) = begun(way, &running, 150_000);
            leave(first);
            assert_eq!(
                way.ask(&mut second, end),
                (200, b"150000".into()),
                "{way:?}"
            );
        }
    }
}

#[test]
fn a_client_is_asked_for_its_body_when_there_is_room() {
    let (hold, app) = holding();
    let running = Http.serving_with(limited, app);
    let mut first = running.connect();
    first.send(Http.request("/hold", &pattern(200_000)));
    let release = hold.recv_timeout(PATIENCE).unwrap();
    let mut second = running.connect();
    second.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 150000\r\n\r\n",
    );
    second.assert_silent(Duration::from_millis(50));
    release.send(()).unwrap();
    assert_eq!(second.response().status, 100);
    assert_eq!(second.ask(pattern(150_000)).text(), "150000");
}

#[test]
fn a_declared_length_takes_no_room_by_itself() {
    const MIB: usize = 1 << 20;
    let options = |builder: Builder| builder.spool_limit(4 * MIB as u64);
    for &way in KINDS {
        let running = way.serving_with(options, measuring(&Arc::default()));
        let mut first = running.connect();
        let request = way.request("/", &pattern(4 * MIB));
        first.send(&request[..100_000]);
        for _ in 0..2 {
            let request = way.request("/", &pattern(3 * MIB));
            let answer = way.ask(&mut running.connect(), request);
            assert_eq!(answer, (200, (3 * MIB).to_string().into()), "{way:?}");
        }
        let answer = way.ask(&mut first, &request[100_000..]);
        assert_eq!(answer, (200, (4 * MIB).to_string().into()), "{way:?}");
    }
}

#[test]
fn a_body_of_unknown_length_takes_room_as_it_grows() {
    let (hold, app) = holding();
    let running = Chunks.serving_with(limited, app);
    // The first has 128 KiB, and another 128 KiB fit beside it.
    let mut held = [(); 2].map(|()| {
        let mut client = running.connect();
        client.send(Chunks.request("/hold", &pattern(120_000)));
        (client, hold.recv_timeout(PATIENCE).unwrap())
    });
    let mut third = running.connect();
    third.send(Chunks.head("/", 0));
    third.send(Chunks.part(&pattern(120_000)));
    third.send(Chunks.end());
    third.assert_silent(Duration::from_millis(50));
    for (client, release) in &mut held {
        release.send(()).unwrap();
        assert_eq!(Chunks.response(client).1, b"120000");
    }
    assert_eq!(Chunks.response(&mut third).1, b"120000");
}
