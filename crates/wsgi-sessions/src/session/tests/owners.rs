//! Sessions with an owner.

use super::*;
use crate::sessions::owned::OwnedSession;

fn logged_in(sessions: &Sessions, owner: &str, note: &str) -> SetCookie {
    let old = begun(sessions);
    let session = request(sessions, Some(&old), NOW);
    session.login(owner).unwrap();
    session.set_note(note).unwrap();
    session.finish(NOW).unwrap().expect("a cookie")
}

fn notes(sessions: &Sessions, owner: &str) -> Vec<String> {
    let list = sessions.list(owner, NOW).unwrap();
    let mut notes: Vec<_> = list
        .iter()
        .map(|it| it.note().unwrap_or("-").to_owned())
        .collect();
    notes.sort();
    notes
}

#[test]
fn a_login_gives_a_new_id_and_an_owner() {
    let sessions = Sessions::new(MemoryStore::new());
    let old = begun(&sessions);
    let session = request(&sessions, Some(&old), NOW);
    assert_eq!(
        (session.owner().unwrap(), session.handle().unwrap()),
        (None, None)
    );
    session.login("user-17").unwrap();
    let handle = session.handle().unwrap().expect("before it is saved");
    let new = session.finish(NOW).unwrap().expect("a cookie");
    assert_ne!(new.value(), old.value());
    let session = request(&sessions, Some(&new), NOW);
    assert_eq!(session.owner().unwrap().as_deref(), Some("user-17"));
    assert_eq!(session.handle().unwrap(), Some(handle));
    let again = renewed(&sessions, &new);
    let session = request(&sessions, Some(&again), NOW);
    assert_eq!(session.handle().unwrap(), Some(handle), "it is the same");
    let list = sessions.list("user-17", NOW).unwrap();
    assert_eq!(
        list.iter().map(OwnedSession::handle).collect::<Vec<_>>(),
        [handle]
    );
}

#[test]
fn a_login_without_a_session_begins_one() {
    let sessions = Sessions::new(MemoryStore::new());
    let session = request(&sessions, None, NOW);
    session.login("user-17").unwrap();
    let cookie = session.finish(NOW).unwrap().expect("a cookie");
    let session = request(&sessions, Some(&cookie), NOW);
    assert_eq!(session.owner().unwrap().as_deref(), Some("user-17"));
    assert!(session.is_empty().unwrap());
}

#[test]
fn the_login_of_another_user_keeps_nothing_of_the_first() {
    let sessions = Sessions::new(MemoryStore::new());
    let ada = logged_in(&sessions, "Ada", "a laptop");
    let session = request(&sessions, Some(&ada), NOW);
    let handle = session.handle().unwrap();
    session.login("Ada").unwrap();
    assert_eq!(session.get("n").unwrap(), Some(0), "it is Ada's session");
    assert_eq!(session.handle().unwrap(), handle);
    session.login("Bob").unwrap();
    assert!(session.is_empty().unwrap());
    session.insert("bobs", 1).unwrap();
    let bob = session.finish(NOW).unwrap().expect("a cookie");
    let session = request(&sessions, Some(&bob), NOW);
    assert_eq!(session.keys().unwrap(), ["bobs"]);
    assert_ne!(session.handle().unwrap(), handle);
    assert_eq!(notes(&sessions, "Ada"), [""; 0]);
    assert_eq!(notes(&sessions, "Bob"), ["-"]);
}

#[test]
fn an_owner_and_a_note_survive_plain_changes_and_conflicts() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = logged_in(&sessions, "user-17", "a laptop");
    let [first, second] = [(); 2].map(|()| request(&sessions, Some(&cookie), NOW));
    first.insert("first", 1).unwrap();
    second.set_note("a phone").unwrap();
    first.finish(NOW).unwrap();
    assert!(second.finish(NOW).unwrap().is_none(), "the id is the same");
    let session = request(&sessions, Some(&cookie), NOW);
    assert_eq!(session.get("first").unwrap(), Some(1));
    assert_eq!(session.owner().unwrap().as_deref(), Some("user-17"));
    assert_eq!(notes(&sessions, "user-17"), ["a phone"]);
}

#[test]
fn names_and_notes_have_limits() {
    let sessions = Sessions::new(MemoryStore::new());
    let session = request(&sessions, None, NOW);
    for owner in [String::new(), "x".repeat(257)] {
        assert!(matches!(session.set_owner(&*owner), Err(Error::Owner)));
        assert!(matches!(session.login(owner), Err(Error::Owner)));
    }
    session.login("x".repeat(256)).unwrap();
    assert!(matches!(
        session.set_note("x".repeat(1_025)),
        Err(Error::Owner)
    ));
    session.set_note("x".repeat(1_024)).unwrap();
    assert!(session.finish(NOW).unwrap().is_some());
}

#[test]
fn everywhere_includes_every_session_and_every_former_id() {
    let sessions = Sessions::new(MemoryStore::new());
    let guest = begun(&sessions);
    let login = request(&sessions, Some(&guest), NOW);
    login.login("user-17").unwrap();
    let laptop = login.finish(NOW).unwrap().expect("a cookie");
    let phone = logged_in(&sessions, "user-17", "a phone");
    let newer = renewed(&sessions, &phone);
    let stranger = logged_in(&sessions, "user-3", "a desktop");

    assert_eq!(sessions.end_all("user-17", NOW).unwrap(), 2);
    for id in [&guest, &laptop, &phone, &newer] {
        assert!(request(&sessions, Some(id), NOW).is_new().unwrap());
    }
    assert_eq!(n(&sessions, &stranger), Some(0));
    assert!(sessions.list("user-17", NOW).unwrap().is_empty());
}

#[test]
fn a_request_cannot_bring_back_a_session_that_was_ended_everywhere() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookie = logged_in(&sessions, "user-17", "a laptop");
    let [plain, renewing] = [(); 2].map(|()| request(&sessions, Some(&cookie), NOW));
    plain.insert("a", 1).unwrap();
    renewing.renew().unwrap();
    sessions.end_all("user-17", NOW).unwrap();
    for session in [plain, renewing] {
        assert!(matches!(session.finish(NOW), Err(Error::Ended)));
        assert!(session.finish(NOW).unwrap().is_none());
    }
    assert!(sessions.list("user-17", NOW).unwrap().is_empty());
}

#[test]
fn a_session_is_ended_by_its_handle_and_only_by_its_owner() {
    let sessions = Sessions::new(MemoryStore::new());
    let [laptop, phone] = ["a laptop", "a phone"].map(|note| logged_in(&sessions, "user-17", note));
    let handle = request(&sessions, Some(&laptop), NOW).handle().unwrap();
    let handle = handle.expect("a handle");
    assert!(!sessions.end("user-3", handle, NOW).unwrap());
    assert!(!request(&sessions, Some(&laptop), NOW).is_new().unwrap());
    assert!(sessions.end("user-17", handle, NOW).unwrap());
    assert!(
        !sessions.end("user-17", handle, NOW).unwrap(),
        "already ended"
    );
    assert!(request(&sessions, Some(&laptop), NOW).is_new().unwrap());
    assert!(!request(&sessions, Some(&phone), NOW).is_new().unwrap());
    assert_eq!(notes(&sessions, "user-17"), ["a phone"]);
}

#[test]
fn the_most_recently_used_session_comes_first() {
    let sessions = Sessions::new(MemoryStore::new());
    let cookies = ["a", "b", "c"].map(|note| logged_in(&sessions, "user-17", note));
    for (minutes, cookie) in [(10, &cookies[1]), (20, &cookies[2]), (30, &cookies[0])] {
        let now = NOW + minutes * MINUTE;
        let session = request(&sessions, Some(cookie), now);
        assert!(session.contains("n").unwrap());
        session.finish(now).unwrap();
    }
    let list = sessions.list("user-17", NOW + 40 * MINUTE).unwrap();
    let seen: Vec<_> = list
        .iter()
        .map(|it| (it.note().unwrap(), it.last_used()))
        .collect();
    let at = |minutes| NOW + minutes * MINUTE;
    assert_eq!(seen, [("a", at(30)), ("c", at(20)), ("b", at(10))]);
    // The clock runs on between opening and saving a session.
    assert!(list.iter().all(|it| it.created() < NOW + MINUTE));
}

#[test]
fn a_session_without_an_owner_costs_no_extra_call() {
    let (sessions, faults) = faulty();
    let cookie = begun(&sessions);
    let calls = faults.calls();
    let session = request(&sessions, Some(&cookie), NOW);
    assert_eq!(session.owner().unwrap(), None);
    session.renew().unwrap();
    session.finish(NOW).unwrap();
    assert_eq!(faults.calls() - calls, 2, "a load, and a renewal");
}
