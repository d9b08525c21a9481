//! Checks of the sessions of an owner.

use std::{
    sync::{Arc, Barrier},
    thread,
    time::{Duration, SystemTime},
};

use super::fixtures::{
    after, created, key, load, record, renewed, seconds, stands, start, version,
};
use crate::{
    handle::Handle,
    key::Key,
    listed::Listed,
    record::{Owned, Record},
    store::{Load, Store, Write},
};

const GRACE: Duration = seconds(30);

/// Makes an owner that nobody else has.
fn owner() -> String {
    format!("user-{:?}", version())
}

/// Gives a record an owner.
fn of(owner: &str, mut record: Record, now: SystemTime) -> Record {
    record.annex.get_or_insert_default().owned = Some(Owned {
        owner: owner.to_owned(),
        handle: Handle::random().expect("randomness"),
        created: now,
        note: None,
    });
    record
}

fn begun(store: &dyn Store, owner: &str, now: SystemTime) -> (Key, Record) {
    let (key, record) = (key(), of(owner, record("first", now), now));
    store.create(&key, &record, now).expect("create");
    (key, record)
}

#[track_caller]
fn lists(store: &dyn Store, owner: &str, sessions: &[(Key, &Record)], now: SystemTime) {
    let by_key = |listed: &Listed| listed.key;
    let mut list = store.list(owner, now).expect("list");
    let expected = sessions.iter().map(|(key, record)| Listed::of(key, record));
    let mut expected: Vec<_> = expected.map(|listed| listed.expect("an owner")).collect();
    list.sort_by_key(by_key);
    expected.sort_by_key(by_key);
    assert_eq!(list, expected);
}

pub(super) fn list(store: &Arc<dyn Store>) {
    let (now, owner, stranger) = (start(), owner(), owner());
    lists(store, &owner, &[], now);
    let (one, first) = begun(store, &owner, now);
    let (other, mut second) = begun(store, &owner, now);
    let (theirs, third) = begun(store, &stranger, now);
    created(store, now);
    let before = second.version;
    second = after(&second, "second");
    let owned = second.annex.as_mut().and_then(|annex| annex.owned.as_mut());
    owned.expect("an owner").note = Some("a phone, zażółć".to_owned());
    let save = store.save(&other, before, &second, now);
    assert_eq!(save.expect("save"), Write::Done);
    lists(store, &owner, &[(one, &first), (other, &second)], now);
    lists(store, &stranger, &[(theirs, &third)], now);

    // The list shows the last use of each session, and leaves out sessions that are over.
    let later = now + seconds(50);
    assert!(
        store
            .touch(&other, later + seconds(60), later)
            .expect("touch")
    );
    second.idle_until = later + seconds(60);
    assert_eq!(second.last_used(), later);
    lists(store, &owner, &[(one, &first), (other, &second)], later);
    lists(store, &owner, &[(other, &second)], now + seconds(60));
    assert!(store.end(&other, later).expect("end"));
    lists(store, &owner, &[(one, &first)], later);
}

pub(super) fn change(store: &Arc<dyn Store>) {
    let (now, owner, other) = (start(), owner(), owner());
    let (key, plain) = created(store, now);
    let first = of(&owner, after(&plain, "first"), now);
    let save = store.save(&key, plain.version, &first, now);
    assert_eq!(save.expect("save"), Write::Done);
    lists(store, &owner, &[(key, &first)], now);
    let second = of(&other, after(&first, "second"), now);
    let save = store.save(&key, first.version, &second, now);
    assert_eq!(save.expect("save"), Write::Done);
    lists(store, &owner, &[], now);
    lists(store, &other, &[(key, &second)], now);
    assert_eq!(store.end_all(&owner, now).expect("end_all"), 0);
    stands(store, &key, &second, now);
    let third = Record {
        annex: None,
        ..after(&second, "third")
    };
    let save = store.save(&key, second.version, &third, now);
    assert_eq!(save.expect("save"), Write::Done);
    lists(store, &other, &[], now);
    assert_eq!(store.end_all(&other, now).expect("end_all"), 0);
    stands(store, &key, &third, now);
}

/// A session whose life is extended stays in the list for as long.
pub(super) fn longer(store: &Arc<dyn Store>) {
    const DAY: Duration = seconds(24 * 60 * 60);
    let (now, owner) = (start(), owner());
    let (key, first) = begun(store, &owner, now);
    let mut second = after(&first, "remembered");
    (second.idle_until, second.absolute_until) = (now + 30 * DAY, now + 30 * DAY);
    let save = store.save(&key, first.version, &second, now);
    assert_eq!(save.expect("save"), Write::Done);
    let later = now + 7 * DAY;
    let (other, third) = begun(store, &owner, later);
    lists(store, &owner, &[(key, &second), (other, &third)], later);
    assert_eq!(store.end_all(&owner, later).expect("end_all"), 2);
    assert_eq!(load(store, &key, later), Load::Absent);
}

pub(super) fn renewal(store: &Arc<dyn Store>) {
    let (now, owner) = (start(), owner());
    let (old, first) = begun(store, &owner, now);
    for grace in [GRACE, Duration::ZERO] {
        let new = key();
        let (old, first) = match grace.is_zero() {
            true => begun(store, &owner, now),
            false => (old, first.clone()),
        };
        let second = renewed(&old, &first, "second", now + GRACE);
        let renewal = store.renew(&old, first.version, &new, &second, grace, now);
        assert_eq!(renewal.expect("renew"), Write::Done);
        // The list does not contain the copy that the old key reads.
        lists(store, &owner, &[(new, &second)], now);
        assert!(store.end(&new, now).expect("end"));
        lists(store, &owner, &[], now);
    }
}

pub(super) fn end_all(store: &Arc<dyn Store>) {
    let (now, owner, stranger) = (start(), owner(), owner());
    let keys: Vec<_> = (0..20).map(|_| begun(store, &owner, now)).collect();
    let (theirs, third) = begun(store, &stranger, now);
    let (over, _) = begun(store, &owner, now - seconds(60));
    assert_eq!(store.end_all(&owner, now).expect("end_all"), 20);
    for (key, record) in &keys {
        assert_eq!(load(store, key, now), Load::Absent);
        let save = store.save(key, record.version, &after(record, "late"), now);
        assert_eq!(save.expect("save"), Write::Gone);
    }
    assert_eq!(load(store, &over, now), Load::Absent);
    lists(store, &owner, &[], now);
    stands(store, &theirs, &third, now);
    assert_eq!(store.end_all(&owner, now).expect("end_all"), 0);

    let (key, record) = begun(store, &owner, now);
    lists(store, &owner, &[(key, &record)], now);
    stands(store, &key, &record, now);
}

pub(super) fn end_all_takes_the_retired_keys(store: &Arc<dyn Store>) {
    let (now, owner) = (start(), owner());
    // A visitor who logged in, and a member whose session was renewed.
    let (guest, first) = created(store, now);
    let (member, second) = begun(store, &owner, now);
    for (old, first) in [(&guest, &first), (&member, &second)] {
        let login = of(&owner, renewed(old, first, "in", now + GRACE), now);
        let renewal = store.renew(old, first.version, &key(), &login, GRACE, now);
        assert_eq!(renewal.expect("renew"), Write::Done);
    }
    assert_eq!(store.end_all(&owner, now).expect("end_all"), 2);
    for (old, first) in [(&guest, &first), (&member, &second)] {
        assert_eq!(load(store, old, now), Load::Absent);
        let late = of(&owner, after(first, "late"), now);
        let renewal = store.renew(old, first.version, &key(), &late, GRACE, now);
        assert_eq!(renewal.expect("renew"), Write::Gone);
    }
    lists(store, &owner, &[], now);
}

/// A record here knows only the key right before it, so the copy's own retired keys must end, too.
pub(super) fn end_all_takes_the_retired_keys_of_copies(store: &Arc<dyn Store>) {
    let now = start();
    let until = now + GRACE;
    // The random keys have a different order each time.
    for _ in 0..8 {
        let owner = owner();
        let (guest, first) = created(store, now);
        let (member, mut second) = (key(), renewed(&guest, &first, "in", until));
        second = of(&owner, second, now);
        let renewal = store.renew(&guest, first.version, &member, &second, GRACE, now);
        assert_eq!(renewal.expect("renew"), Write::Done);
        let (last, mut third) = (key(), renewed(&member, &second, "again", until));
        if let Some(annex) = &mut third.annex {
            annex.retired_keys.truncate(1);
        }
        let renewal = store.renew(&member, second.version, &last, &third, GRACE, now);
        assert_eq!(renewal.expect("renew"), Write::Done);
        assert_eq!(store.end_all(&owner, now).expect("end_all"), 1);
        for key in [&guest, &member, &last] {
            assert_eq!(load(store, key, now), Load::Absent);
        }
    }
}

/// Ends all sessions of an owner while each of them is renewed again and again.
pub(super) fn no_renewal_escapes(store: &Arc<dyn Store>) {
    const RENEWERS: usize = 4;
    let now = start();
    for grace in [GRACE, Duration::ZERO] {
        for _ in 0..5 {
            let owner = owner();
            let begun_all = Barrier::new(RENEWERS + 1);
            // A thread that panics before the barrier would have the others wait for ever.
            let sessions = [(); RENEWERS].map(|()| begun(store, &owner, now));
            let renewer = |(mut at, mut standing): (Key, Record)| {
                begun_all.wait();
                let mut renewals = 0_usize;
                loop {
                    let mut next = renewed(&at, &standing, "next", now + GRACE);
                    if let Some(annex) = &mut next.annex {
                        annex.retired_keys.truncate(2);
                    }
                    let new = key();
                    let renewal = store.renew(&at, standing.version, &new, &next, grace, now);
                    match renewal.expect("renew") {
                        Write::Done => (at, standing) = (new, next),
                        Write::Gone => return renewals,
                        other => panic!("a renewal met {other:?}"),
                    }
                    renewals += 1;
                    assert!(renewals < 100_000, "a renewal has escaped");
                }
            };
            thread::scope(|scope| {
                let renewer = &renewer;
                let renewers = sessions.map(|session| scope.spawn(move || renewer(session)));
                begun_all.wait();
                thread::sleep(Duration::from_millis(2));
                store.end_all(&owner, now).expect("end_all");
                for renewer in renewers {
                    renewer.join().expect("a renewer");
                }
            });
            // Until a renewal has ended, its new key may be listed, which nobody knows yet.
            let left = store.list(&owner, now).expect("list");
            assert_eq!(left, [], "a renewal has escaped");
        }
    }
}
