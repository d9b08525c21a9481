//! Responses whose bytes are shared, or belong to an owner.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use wsgi_application::{Body, Chunk, Environ, Result, StartResponse, Status};

use crate::support::{self, Running, eventually, fastcgi, get};

/// An owner that returns its bytes this number of times, and then none or a panic.
struct Failing {
    bytes: Vec<u8>,
    left: AtomicUsize,
    panics: bool,
    drops: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Failing {
    fn as_ref(&self) -> &[u8] {
        let left = self
            .left
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => &self.bytes,
            Err(_) if self.panics => panic!("the owner panics"),
            Err(_) => b"",
        }
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        self.drops.fetch_add(1, SeqCst);
        assert!(!self.panics, "the drop panics");
    }
}

#[test]
fn many_clients_take_the_same_bytes_and_nothing_copies_them() {
    let drops = Arc::new(AtomicUsize::new(0));
    let owner = Failing {
        bytes: (0..1 << 20).map(|n: u32| (n / 7) as u8).collect(),
        left: AtomicUsize::new(usize::MAX),
        panics: false,
        drops: drops.clone(),
    };
    let expected = owner.bytes.clone();
    let chunk = Chunk::from_owner(owner);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        match &*environ.path_info().to_string_lossy() {
            "/part" => Ok(chunk.clone().slice(1..400_000).into()),
            "/chunks" => Ok(Body::chunks([chunk.clone(), chunk.clone()])),
            _ => Ok(chunk.clone().into()),
        }
    };
    let running = Running::new(app);
    let mut clients: Vec<_> = (0..8).map(|_| running.connect()).collect();
    for (path, expected) in [
        ("/", &*expected),
        ("/part", &expected[1..400_000]),
        ("/chunks", &expected.repeat(2)),
    ] {
        clients.iter_mut().for_each(|client| client.send(get(path)));
        for client in &mut clients {
            let response = client.response();
            assert!(response.complete && response.body == expected, "{path}");
        }
    }
    assert_eq!(drops.load(SeqCst), 0);
    drop((clients, running));
    eventually("the owner is dropped", || drops.load(SeqCst) == 1);
}

/// Answers with bytes whose owner fails: `/LENGTH/CALLS` returns them this number of times.
fn failing(
    drops: &Arc<AtomicUsize>,
    panics: bool,
) -> impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync + use<> {
    let drops = drops.clone();
    move |environ, start_response| {
        let path = environ.path_info().to_string_lossy().into_owned();
        let mut numbers = path.split('/').skip(1).map(str::parse);
        let (Some(length), Some(calls)) = (numbers.next(), numbers.next()) else {
            return support::echo(environ, start_response);
        };
        start_response.start(Status::OK, ())?;
        let chunk = Chunk::from_owner(Failing {
            bytes: vec![b'x'; length?],
            left: AtomicUsize::new(calls?),
            panics,
            drops: drops.clone(),
        });
        Ok(match numbers.next() {
            Some(_) => Body::chunks([chunk]),
            None => chunk.into(),
        })
    }
}

/// Paths of responses that break off: small ones, large ones, and some only after a part.
const FAILING: [&str; 5] = [
    "/100/1",
    "/100000/1",
    "/1000000/1",
    "/30000000/2",
    "/30000000/3",
];

/// The time that the server has to fill the buffers of the connection. If the client read as fast
/// as the server writes, one write could take everything, and the owner would not be asked again.
const BEFORE_READING: Duration = Duration::from_millis(50);

#[test]
fn a_response_whose_owner_fails_breaks_off_and_the_server_goes_on() {
    for panics in [false, true] {
        let drops = Arc::new(AtomicUsize::new(0));
        let running = Running::new(failing(&drops, panics));
        for (count, path) in FAILING.into_iter().enumerate() {
            let mut client = running.connect();
            client.send(get(path) + &get("/hello"));
            thread::sleep(BEFORE_READING);
            let response = client.try_response();
            assert!(response.is_none_or(|response| !response.complete), "{path}");
            client.take_all();
            eventually("the owner is dropped", || drops.load(SeqCst) == count + 1);
        }
        // An iterator's chunk fails before the head is sent.
        assert_eq!(running.connect().ask(get("/100/1/0")).status, 500);
        assert_eq!(running.connect().ask(get("/hello")).status, 200);
        let logged = "GET \"/100/1/0\": the owner of a chunk lost its bytes\n";
        assert!(running.log().contains(logged), "{}", running.log());
    }
}

#[test]
fn an_owner_that_fails_after_the_head_is_logged() {
    const LOST: &str =
        "wsgi-server: a response was cut: the owner of its bytes lost them, or panicked\n";
    for panics in [false, true] {
        for path in FAILING {
            let running = Running::new(failing(&Arc::default(), panics));
            let mut client = running.connect();
            client.send(get(path));
            thread::sleep(BEFORE_READING);
            client.take_all();
            eventually(path, || running.log() == LOST);
        }
    }
}

#[test]
fn over_fastcgi_too() {
    for panics in [false, true] {
        let drops = Arc::new(AtomicUsize::new(0));
        let running = fastcgi::serving(failing(&drops, panics));
        for (count, path) in FAILING.into_iter().enumerate() {
            let mut client = running.connect();
            client.send(fastcgi::get(path));
            thread::sleep(BEFORE_READING);
            let end = fastcgi::record(fastcgi::END_REQUEST, 1, &[0; 8]);
            assert!(!client.take_all().ends_with(&end), "{path}");
            eventually("the owner is dropped", || drops.load(SeqCst) == count + 1);
        }
        let answer = fastcgi::ask(&mut running.connect(), fastcgi::get("/hello"));
        assert_eq!(answer.text(), "GET /hello\n");
    }
}
