//! A server that is there but does not answer.

use std::sync::{Arc, Barrier, mpsc};

use super::*;

const CALLS: usize = 60;

/// The time that some calls wait for. The others need far less, also on a busy machine.
const WAIT: Duration = Duration::from_secs(6);

fn load(store: &SocketStore) -> (Duration, Result<Load, StoreError>) {
    let start = Instant::now();
    let loaded = store.load(&Key::of("an id"), SystemTime::now());
    (start.elapsed(), loaded)
}

fn why(loaded: &Result<Load, StoreError>) -> String {
    match loaded {
        Err(StoreError::Unavailable(why)) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The seconds that an error tells of.
fn silence(why: &str) -> f64 {
    let told = ["this has lasted for ", "has not answered for "];
    let seconds = told.iter().find_map(|told| Some(why.split_once(told)?.1));
    let seconds = seconds.expect(why);
    seconds.split(' ').next().unwrap().parse().expect(why)
}

/// A server that accepts connections, but answers none until told.
struct Hung {
    path: PathBuf,
    listener: UnixListener,
    _folder: TempDir,
}

impl Hung {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        Self {
            path,
            listener,
            _folder: folder,
        }
    }

    fn store(&self, answer_timeout: Duration) -> SocketStore {
        SocketStore::new(&self.path).answer_timeout(answer_timeout)
    }

    /// Answers the first client that is still waiting, and closes the connection.
    fn answer(&self) {
        loop {
            let (mut stream, _) = self.listener.accept().unwrap();
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let mut request = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut request).unwrap();
            let mut answer = Vec::new();
            wire::write(&mut answer, &[b"ABSENT"]);
            if stream.write_all(&answer).is_ok() {
                return;
            }
        }
    }
}

#[test]
fn five_calls_wait_for_a_server_that_hangs_and_the_others_fail_soon() {
    let hung = Hung::new();
    let store = Arc::new(hung.store(WAIT));
    let together = Arc::new(Barrier::new(CALLS));
    let calls: Vec<_> = (0..CALLS)
        .map(|_| {
            let (store, together) = (Arc::clone(&store), Arc::clone(&together));
            thread::spawn(move || {
                together.wait();
                load(&store)
            })
        })
        .collect();
    let ends: Vec<_> = calls.into_iter().map(|call| call.join().unwrap()).collect();
    let (long, short): (Vec<_>, Vec<_>) = ends.iter().partition(|(took, _)| *took >= WAIT);
    assert_eq!(long.len(), 5);
    let slowest = short.iter().map(|end| end.0).max().unwrap();
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    let told = |ends: &[&(Duration, Result<Load, StoreError>)]| {
        let news = ends.iter().filter(|(_, loaded)| {
            let error = loaded.as_ref().unwrap_err();
            !error.is_repeated()
        });
        news.map(|(_, loaded)| why(loaded)).collect::<Vec<_>>()
    };
    let server = format!("the session server at {}", hung.path.display());
    let [early] = &*told(&short) else {
        panic!("{:?}", told(&short));
    };
    assert!(
        early.starts_with(&format!("{server} has not answered for ")),
        "{early}"
    );
    let [opened] = &*told(&long) else {
        panic!("{:?}", told(&long));
    };
    let expected = format!("{server}: it does not answer in time; this has lasted for ");
    assert!(opened.starts_with(&expected), "{opened}");
    assert!(silence(early) < silence(opened) && silence(opened) >= WAIT.as_secs_f64());
}

#[test]
fn after_a_call_has_waited_in_vain_one_tries_and_the_others_fail_at_once() {
    let hung = Hung::new();
    let store = hung.store(WAIT);
    let (took, loaded) = load(&store);
    assert!(took >= WAIT);
    assert!(!loaded.unwrap_err().is_repeated());

    let (ends, ended) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..10 {
            let (ends, store) = (ends.clone(), &store);
            scope.spawn(move || ends.send(load(store)).unwrap());
        }
        for _ in 0..9 {
            let (took, loaded) = ended.recv_timeout(PATIENCE).unwrap();
            assert!(took < Duration::from_secs(5), "{took:?}");
            let why = why(&loaded);
            assert!(why.contains("enough requests are waiting for it"), "{why}");
            assert!(loaded.unwrap_err().is_repeated());
        }
        hung.answer();
        let (_, tried) = ended.recv_timeout(PATIENCE).unwrap();
        assert_eq!(tried.unwrap(), Load::Absent);
    });
    thread::scope(|scope| {
        // As many as wait however slow this machine is.
        let calls = [(); 5].map(|()| scope.spawn(|| load(&store)));
        (0..5).for_each(|_| hung.answer());
        for call in calls {
            assert_eq!(call.join().unwrap().1.unwrap(), Load::Absent);
        }
    });
}

#[test]
fn five_calls_wait_for_a_server_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = SocketStore::new(folder.path().join("socket"));
    let store = store.reconnect_timeout(WAIT);
    let ends = thread::scope(|scope| {
        let calls: Vec<_> = (0..CALLS).map(|_| scope.spawn(|| load(&store))).collect();
        let joined = calls.into_iter().map(|call| call.join().unwrap());
        joined.collect::<Vec<_>>()
    });
    let long = ends.iter().filter(|(took, _)| *took >= WAIT);
    assert_eq!(long.count(), 5);
    assert_eq!(
        ends.iter()
            .filter(|(_, end)| !end.as_ref().unwrap_err().is_repeated())
            .count(),
        2
    );
}
