//! Clients of the previous version, byte by byte, alongside those of this one.

use super::{requests::ask, *};
use wsgi_sessions::{Annex, Handle, Owned};

/// Sends a request and returns the strings of the answer.
fn say(stream: &mut UnixStream, strings: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut request = Vec::new();
    wire::write(&mut request, strings);
    let answer = ask(stream, &request);
    let mut inbox = wire::Inbox::new(answer.len());
    inbox.receive(&u32::try_from(answer.len()).unwrap().to_be_bytes());
    inbox.receive(&answer);
    let message = inbox.next().unwrap().unwrap();
    message.strings().iter().map(|s| s.to_vec()).collect()
}

fn millis(time: SystemTime) -> [u8; 8] {
    Record::encode_time(time)
}

#[test]
fn a_client_of_the_previous_version_is_served_as_before() {
    let (_running, path, _folder) = served();
    let (store, now) = (SocketStore::new(&path), SystemTime::now());
    let mut client = connect(&path);
    let (key, new) = (Key::of("an id"), Key::of("a new id"));
    let (key, new, time) = (key.as_bytes(), new.as_bytes(), millis(now));
    let [first, second, third] = [b"1", b"2", b"3"].map(|data| record(data, now));
    let [one, two, three] = [&first, &second, &third].map(Record::encode);
    let versions = [&first, &second, &third].map(|record| record.version.to_bytes());
    let grace = 30_000_u64.to_be_bytes();

    assert_eq!(say(&mut client, &[b"CREATE", key, &one, &time]), [b"DONE"]);
    let read = say(&mut client, &[b"LOAD", key, &time]);
    assert_eq!(read, [&b"RECORD"[..], &one]);
    let saved = say(&mut client, &[b"SAVE", key, &versions[0], &two, &time]);
    assert_eq!(saved, [b"DONE"]);
    let saved = say(&mut client, &[b"SAVE", key, &versions[0], &three, &time]);
    assert_eq!(saved, [&b"CONFLICT"[..], &two]);

    // It renews in two steps.
    assert_eq!(
        say(&mut client, &[b"CREATE", new, &three, &time]),
        [b"DONE"]
    );
    let retired = say(&mut client, &[b"RETIRE", key, &versions[0], &grace, &time]);
    assert_eq!(retired, [&b"CONFLICT"[..], &two]);
    let retired = say(&mut client, &[b"RETIRE", key, &versions[1], &grace, &time]);
    assert_eq!(retired, [b"DONE"]);
    assert_eq!(say(&mut client, &[b"LOAD", key, &time]), [b"RETIRED"]);
    let late = say(&mut client, &[b"SAVE", key, &versions[1], &three, &time]);
    assert_eq!(late, [b"GONE"]);
    let again = say(&mut client, &[b"RETIRE", key, &versions[1], &grace, &time]);
    assert_eq!(again, [b"GONE"]);
    // A client of this version reads the old session.
    let load = store.load(&Key::of("an id"), now).unwrap();
    assert!(matches!(load, Load::Retired(read) if read.data == b"2"));

    // It ends the session.
    let ended = say(&mut client, &[b"RETIRE", new, b"", &grace, &time]);
    assert_eq!(ended, [b"DONE"]);
    assert_eq!(say(&mut client, &[b"LOAD", new, &time]), [b"ABSENT"]);
    let ended = say(&mut client, &[b"RETIRE", new, b"", &grace, &time]);
    assert_eq!(ended, [b"GONE"]);
}

#[test]
fn a_session_that_a_client_of_the_previous_version_saves_keeps_its_owner() {
    let (_running, path, _folder) = served();
    let (store, key, now) = (SocketStore::new(&path), Key::of("an id"), SystemTime::now());
    let mut first = record(b"1", now);
    first.annex = Annex {
        owned: Some(Owned {
            owner: "user-17".to_owned(),
            handle: Handle::random().unwrap(),
            created: now,
            note: Some("a phone".to_owned()),
        }),
        ..Annex::default()
    }
    .into_option();
    store.create(&key, &first, now).unwrap();
    let (second, mut client) = (record(b"2", now), connect(&path));
    let request = [
        b"SAVE",
        &key.as_bytes()[..],
        &first.version.to_bytes(),
        &second.encode(),
        &millis(now),
    ];
    assert_eq!(say(&mut client, &request), [b"DONE"]);
    let Load::Found(found) = store.load(&key, now).unwrap() else {
        panic!("the session is gone");
    };
    assert_eq!((&*found.data, found.owner()), (&b"2"[..], Some("user-17")));
    assert_eq!(store.end_all("user-17", now).unwrap(), 1);
}

#[test]
fn a_list_longer_than_a_message_comes_in_parts() {
    let (_running, path, _folder) = served();
    // Thirty clients at once may wait long for a busy disk. Each has a store of its own: one store
    // does not let as many wait.
    let open = || SocketStore::new(&path).answer_timeout(Duration::from_secs(60));
    let now = SystemTime::now();
    let mut keys: Vec<_> = (0..1_200_u32).map(|n| Key::of(n.to_be_bytes())).collect();
    thread::scope(|scope| {
        // In parallel, so that they share commits.
        for keys in keys.chunks(40) {
            let store = open();
            scope.spawn(move || {
                for key in keys {
                    let mut record = record(b"", now);
                    record.annex = Annex {
                        owned: Some(Owned {
                            owner: "user-17".to_owned(),
                            handle: Handle::random().unwrap(),
                            created: now,
                            note: Some("n".repeat(Annex::MAX_NOTE)),
                        }),
                        ..Annex::default()
                    }
                    .into_option();
                    store.create(key, &record, now).unwrap();
                }
            });
        }
    });
    let store = open();
    let mut listed: Vec<_> = store.list("user-17", now).unwrap();
    listed.sort_by_key(|listed| listed.key);
    keys.sort();
    let found: Vec<_> = listed.iter().map(|listed| listed.key).collect();
    assert_eq!(found, keys);
    assert_eq!(store.end_all("user-17", now).unwrap(), 1_200);
}
