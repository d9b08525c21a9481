//! A browser with several cookies of one name, as after a change of the path.

use super::*;

fn with(sessions: &Sessions, cookies: &[&str], now: SystemTime) -> Session {
    let cookies: Vec<_> = cookies.iter().map(|id| format!("session={id}")).collect();
    sessions.open(&Cookies::parse(&cookies.join("; ")), Scheme::Http, now)
}

#[test]
fn the_first_live_session_is_chosen() {
    let sessions = Sessions::new(MemoryStore::new());
    let [live, other, ended, retired] = [(); 4].map(|()| begun(&sessions));
    increment(&request(&sessions, Some(&live), NOW)).unwrap();
    request(&sessions, Some(&ended), NOW).end().unwrap();
    renewed(&sessions, &retired);
    let unknown = "A".repeat(24);
    let [live, other, ended, retired] = [&live, &other, &ended, &retired].map(SetCookie::value);
    let rows: [(&[&str], Option<u64>); 7] = [
        (&[ended, live], Some(1)),
        (&[live, ended], Some(1)),
        (&[retired, live], Some(1)),
        (&[&unknown, ended, "junk", live], Some(1)),
        (&[other, live], Some(0)),
        (&[ended, retired], Some(0)),
        (&[ended, &unknown], None),
    ];
    for (cookies, expected) in rows {
        let session = with(&sessions, cookies, NOW);
        assert_eq!(session.get("n").unwrap(), expected, "{cookies:?}");
        assert_eq!(session.is_new().unwrap(), expected.is_none());
        assert!(session.finish(NOW).unwrap().is_none(), "no cookie");
    }
}

#[test]
fn a_visitor_with_cookies_of_ended_sessions_gets_a_new_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let unknown = ["A", "B", "C"].map(|letter| letter.repeat(24));
    let unknown: Vec<_> = unknown.iter().map(String::as_str).collect();
    let session = with(&sessions, &unknown, NOW);
    session.insert("n", 1).unwrap();
    let new = session.finish(NOW).unwrap().expect("a cookie");
    let cookies = [&unknown[..], &[new.value()]].concat();
    assert_eq!(with(&sessions, &cookies, NOW).get("n").unwrap(), Some(1));
}

#[test]
fn the_store_is_asked_only_until_a_session_is_found_and_at_most_eight_times() {
    let (sessions, faults) = faulty();
    let [first, second] = [(); 2].map(|()| begun(&sessions));
    let calls = |cookies: &[&str]| {
        let before = faults.calls();
        let session = with(&sessions, cookies, NOW);
        session.contains("n").unwrap();
        session.finish(NOW).unwrap();
        faults.calls() - before
    };
    assert_eq!(calls(&[first.value(), second.value()]), 1);
    let unknown: Vec<_> = (b'A'..=b'Z')
        .map(|id| char::from(id).to_string().repeat(24))
        .collect();
    let unknown: Vec<_> = unknown.iter().map(String::as_str).collect();
    assert_eq!(calls(&[unknown[0], first.value()]), 2);
    assert_eq!(calls(&unknown), 8, "of twenty-six");
}

#[test]
fn a_logout_ends_all_of_them_and_removes_the_cookie() {
    for has_looked in [false, true] {
        let store = Arc::new(MemoryStore::new());
        let sessions = Sessions::new(Arc::clone(&store));
        let [first, second, retired] = [(); 3].map(|()| begun(&sessions));
        let new = renewed(&sessions, &retired);
        let cookies = ["junk", first.value(), retired.value(), second.value()];
        let session = with(&sessions, &cookies, NOW);
        if has_looked {
            assert_eq!(session.get("n").unwrap(), Some(0));
        }
        session.end().unwrap();
        let removal = session.finish(NOW).unwrap().expect("a removal");
        assert_eq!(removal.value(), "");
        for id in [&first, &second, &retired] {
            assert!(request(&sessions, Some(id), NOW).is_new().unwrap());
        }
        assert_eq!(
            n(&sessions, &new),
            Some(0),
            "the request did not have this id"
        );
    }
}

#[test]
fn a_damaged_record_is_an_error_only_if_no_other_is_live() {
    let store = Arc::new(MemoryStore::new());
    let sessions = Sessions::new(Arc::clone(&store));
    let [damaged, live] = [(); 2].map(|()| begun(&sessions));
    let key = Key::of(damaged.value());
    let Load::Found(record) = store.load(&key, NOW).unwrap() else {
        panic!("no session");
    };
    let junk = Record::new("junk", MINUTE, MINUTE, NOW).unwrap();
    let _ = store.save(&key, record.version, &junk, NOW).unwrap();
    let both = with(&sessions, &[damaged.value(), live.value()], NOW);
    assert_eq!(both.get("n").unwrap(), Some(0));
    let unknown = "A".repeat(24);
    let alone = with(&sessions, &[damaged.value(), &unknown], NOW);
    let read = alone.get::<u64>("n");
    assert!(matches!(read, Err(Error::Store(StoreError::Corrupt))));
    both.end().unwrap();
    assert!(store.is_empty(), "a logout also ends a damaged session");
}
