//! The store and answers of its server.

use super::*;

/// Starts a server that reads one request per connection and sends the given answers.
fn scripted(path: &Path, answers: Vec<Option<&'static [&'static [u8]]>>) -> JoinHandle<()> {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for answer in answers {
            answer_one(&listener, answer);
        }
    })
}

pub(super) fn answer_one(listener: &UnixListener, answer: Option<&[&[u8]]>) {
    answer_with(listener, answer, b"");
}

/// Reads a request, and sends the answer and further bytes. Returns the connection.
fn answer_with(listener: &UnixListener, answer: Option<&[&[u8]]>, more: &[u8]) -> UnixStream {
    let (mut stream, _) = listener.accept().unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut request = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut request).unwrap();
    if let Some(strings) = answer {
        let mut bytes = Vec::new();
        wire::write(&mut bytes, strings);
        bytes.extend_from_slice(more);
        stream.write_all(&bytes).unwrap();
    }
    stream
}

/// A store that repeats a call however slow this machine is.
fn patient(path: &Path) -> SocketStore {
    SocketStore::new(path).reconnect_timeout(PATIENCE)
}

#[test]
fn a_call_whose_answer_was_lost_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let server = scripted(&path, vec![None, Some(&[b"DONE"])]);
    let (store, now) = (patient(&path), SystemTime::now());
    let saved = store.save(
        &Key::of("id"),
        Version::random().unwrap(),
        &record(b"", now),
        now,
    );
    assert_eq!(saved.unwrap(), Write::Done);
    server.join().unwrap();
}

#[test]
fn a_broken_kept_connection_is_replaced_even_without_a_reconnect_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let server = scripted(&path, vec![Some(&[b"ABSENT"]), Some(&[b"ABSENT"])]);
    let store = SocketStore::new(&path).reconnect_timeout(Duration::ZERO);
    for _ in 0..2 {
        let loaded = store.load(&Key::of("id"), SystemTime::now());
        assert_eq!(loaded.unwrap(), Load::Absent);
    }
    server.join().unwrap();
}

#[test]
fn an_answer_that_nobody_asked_for_is_never_taken_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        let mut other = Vec::new();
        wire::write(
            &mut other,
            &[
                b"RECORD",
                &record(b"another's", SystemTime::now()).encode(),
                b"",
            ],
        );
        let kept = answer_with(&listener, Some(&[b"ABSENT"]), &other);
        answer_one(&listener, Some(&[b"ABSENT"]));
        kept
    });
    let store = patient(&path);
    for _ in 0..2 {
        let loaded = store.load(&Key::of("id"), SystemTime::now());
        assert_eq!(loaded.unwrap(), Load::Absent);
    }
    server.join().unwrap();
}

#[test]
fn a_repeated_call_fails_if_the_answer_cannot_tell_what_became_of_the_first_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let server = scripted(
        &path,
        vec![
            None,
            Some(&[b"EXISTS"]),
            None,
            Some(&[b"GONE"]),
            None,
            Some(&[b"CONFLICT", b"x", b""]),
        ],
    );
    let (store, key, now) = (patient(&path), Key::of("id"), SystemTime::now());
    let (version, new) = (Version::random().unwrap(), Key::of("new id"));
    let renew = || store.renew(&key, version, &new, &record(b"", now), Duration::ZERO, now);
    let renewed = renew();
    assert!(
        matches!(renewed, Err(StoreError::Unavailable(_))),
        "{renewed:?}"
    );
    // If the first attempt had been done, the record would be under the new key.
    assert_eq!(renew().unwrap(), Write::Gone);
    let saved = store.save(&key, version, &record(b"", now), now);
    assert!(
        matches!(saved, Err(StoreError::Unavailable(_))),
        "{saved:?}"
    );
    server.join().unwrap();
}

#[test]
fn an_unknown_answer_is_an_error_and_never_an_empty_session() {
    let answers: [&'static [&'static [u8]]; 8] = [
        &[b"ERROR", b"out of order"],
        &[b"NOTFOUND"],
        &[b"DONE"],
        &[b""],
        &[b"RECORD"],
        &[b"RECORD", b"no record"],
        &[b"RECORD", b"no record", b""],
        &[b"RETIRED"],
    ];
    for answer in answers {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let server = scripted(&path, vec![Some(answer)]);
        let loaded = SocketStore::new(&path).load(&Key::of("id"), SystemTime::now());
        assert!(loaded.is_err(), "{answer:?}: {loaded:?}");
        server.join().unwrap();
    }
}
