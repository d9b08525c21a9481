//! Messages that are shown once.

use super::*;

#[test]
fn a_message_is_shown_only_on_the_next_page() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    for message in ["one", "two", "three"] {
        session.flash(message).unwrap();
    }
    session.finish(NOW).unwrap();
    let page = request(&sessions, Some(&cookie), NOW + MINUTE);
    page.flash("four").unwrap();
    let messages = page.flashes::<String>().unwrap();
    assert_eq!(messages, ["one", "two", "three", "four"]);
    page.finish(NOW + MINUTE).unwrap();
    let next = request(&sessions, Some(&cookie), NOW + MINUTE);
    assert!(next.flashes::<String>().unwrap().is_empty());
}

#[test]
fn a_message_comes_after_those_that_its_request_has_seen() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    // Many requests within a millisecond, and then the clock is put back.
    let later = NOW + MINUTE;
    let times = [later; 20].into_iter().chain([NOW, later]);
    for (number, now) in times.enumerate() {
        let session = request(&sessions, Some(&cookie), now);
        session.flash(number).unwrap();
        session.finish(now).unwrap();
    }
    let page = request(&sessions, Some(&cookie), later);
    let messages = page.flashes::<usize>().unwrap();
    assert_eq!(messages, Vec::from_iter(0..22));
}

#[test]
fn messages_of_two_requests_are_both_kept() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let requests = [(); 2].map(|()| request(&sessions, Some(&cookie), NOW));
    for (number, session) in requests.iter().enumerate() {
        session.flash(number).unwrap();
    }
    for session in requests {
        session.finish(NOW).unwrap();
    }
    let page = request(&sessions, Some(&cookie), NOW);
    let mut messages = page.flashes::<usize>().unwrap();
    messages.sort_unstable();
    assert_eq!(messages, [0, 1]);
}

#[test]
fn messages_are_not_among_the_values() {
    let sessions = Sessions::new(MemoryStore::new());
    let session = request(&sessions, None, NOW);
    session.flash(("warning", "low tea")).unwrap();
    assert!(session.is_empty().unwrap());
    assert!(session.keys().unwrap().is_empty());
    assert_eq!(session.iter::<u8>().unwrap().count(), 0);
    assert!(session.finish(NOW).unwrap().is_some(), "it is kept");
}

#[test]
fn messages_of_another_type_are_kept() {
    let sessions = Sessions::new(MemoryStore::new());
    let session = request(&sessions, None, NOW);
    session.flash("hush").unwrap();
    let error = session.flashes::<u8>().unwrap_err();
    assert!(matches!(error, Error::Value(_)));
    assert!(!format!("{error} {error:?}").contains("hush"));
    assert_eq!(session.flashes::<String>().unwrap(), ["hush"]);
}

#[test]
fn a_page_without_messages_saves_nothing() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let calls = faults.calls();
    let page = request(&sessions, Some(&cookie), NOW);
    assert!(page.flashes::<String>().unwrap().is_empty());
    page.finish(NOW).unwrap();
    assert_eq!(faults.calls() - calls, 1, "only a load");
}

#[test]
fn a_late_page_with_a_retired_id_shows_its_messages_and_changes_nothing() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    session.flash("Your order is on its way.").unwrap();
    session.finish(NOW).unwrap();
    let new = renewed(&sessions, &cookie);
    for id in [&cookie, &new] {
        let page = request(&sessions, Some(id), NOW);
        let messages = page.flashes::<String>().unwrap();
        assert_eq!(messages, ["Your order is on its way."]);
        assert!(page.finish(NOW).unwrap().is_none());
    }
    let next = request(&sessions, Some(&new), NOW);
    assert!(next.flashes::<String>().unwrap().is_empty());
}

#[test]
fn a_message_about_a_logout_outlives_it() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = begun(&sessions);
    let session = request(&sessions, Some(&cookie), NOW);
    session.end().unwrap();
    session.flash("Goodbye").unwrap();
    let new = session.finish(NOW).unwrap().expect("a cookie");
    let page = request(&sessions, Some(&new), NOW);
    assert_eq!(page.flashes::<String>().unwrap(), ["Goodbye"]);
}
