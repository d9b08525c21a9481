//! Checks of retired keys: what they read, and for how long.

use std::{
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use super::fixtures::{
    after, created, key, load, record, renew, renewed, seconds, stands, start, version,
};
use crate::{
    record::Record,
    store::{Load, Store, Write},
    store_error::StoreError,
};

const GRACE: Duration = seconds(30);

pub(super) fn a_retired_key_reads_the_session_before(store: &Arc<dyn Store>) {
    let now = start();
    let (old, first) = created(store, now);
    let second = after(&first, "second");
    let save = store.save(&old, first.version, &second, now);
    assert_eq!(save.expect("save"), Write::Done);

    let (new, login) = (key(), renewed(&old, &second, "logged in", now + GRACE));
    let renewal = store.renew(&old, second.version, &new, &login, GRACE, now);
    assert_eq!(renewal.expect("renew"), Write::Done);
    stands(store, &new, &login, now);
    let later = after(&login, "later");
    let save = store.save(&new, login.version, &later, now);
    assert_eq!(save.expect("save"), Write::Done);
    assert_eq!(load(store, &old, now), Load::Retired(second.clone()));

    // The retired key can no longer be changed.
    for expected in [first.version, second.version, login.version, version()] {
        let save = store.save(&old, expected, &after(&second, "late"), now);
        assert_eq!(save.expect("save"), Write::Retired);
    }
    assert!(!store.touch(&old, now + seconds(90), now).expect("touch"));
    assert_eq!(load(store, &old, now), Load::Retired(second));
    stands(store, &new, &later, now);
}

pub(super) fn a_renewal_gives_way_to_an_update(store: &Arc<dyn Store>) {
    let now = start();
    let (old, first) = created(store, now);
    let second = after(&first, "second");
    let save = store.save(&old, first.version, &second, now);
    assert_eq!(save.expect("save"), Write::Done);
    let new = key();
    let login = after(&first, "logged in");
    let renewal = store.renew(&old, first.version, &new, &login, GRACE, now);
    assert_eq!(renewal.expect("renew"), Write::Conflict(second.clone()));
    stands(store, &old, &second, now);
    assert_eq!(load(store, &new, now), Load::Absent);

    let login = after(&second, "logged in");
    let renewal = store.renew(&old, second.version, &new, &login, GRACE, now);
    assert_eq!(renewal.expect("renew"), Write::Done);
    // A renewal that is too late also gets the record from which to begin again.
    let late = store.renew(
        &old,
        first.version,
        &key(),
        &after(&first, "late"),
        GRACE,
        now,
    );
    assert_eq!(late.expect("renew"), Write::Conflict(second));
}

pub(super) fn repeated(store: &Arc<dyn Store>) {
    let now = start();
    for grace in [GRACE, Duration::ZERO] {
        let (old, first) = created(store, now);
        let (new, login) = (key(), after(&first, "logged in"));
        for _ in 0..2 {
            let renewal = store.renew(&old, first.version, &new, &login, grace, now);
            assert_eq!(renewal.expect("renew"), Write::Done);
            stands(store, &new, &login, now);
        }
    }
}

pub(super) fn of_a_retired_key(store: &Arc<dyn Store>) {
    let now = start();
    let (old, first) = created(store, now);
    let (one, other) = (key(), key());
    let login = renewed(&old, &first, "logged in", now + GRACE);
    let renewal = store.renew(&old, first.version, &one, &login, GRACE, now);
    assert_eq!(renewal.expect("renew"), Write::Done);

    let second = renewed(&old, &first, "logged in again", now + GRACE);
    let renewal = store.renew(
        &old,
        first.version,
        &other,
        &second,
        GRACE,
        now + seconds(1),
    );
    assert_eq!(renewal.expect("renew"), Write::Done);
    stands(store, &one, &login, now);
    stands(store, &other, &second, now);
    // The old key stays retired, but not for longer.
    assert_eq!(load(store, &old, now + seconds(29)), Load::Retired(first));
    assert_eq!(load(store, &old, now + GRACE), Load::Absent);

    // They are two sessions: the end of one does not end the other.
    assert!(store.end(&one, now).expect("end"));
    assert_eq!(load(store, &one, now), Load::Absent);
    stands(store, &other, &second, now);
}

pub(super) fn at_once(store: &Arc<dyn Store>) {
    const RENEWERS: usize = 5;
    let now = start();
    for _ in 0..10 {
        let (old, first) = created(store, now);
        let together = Barrier::new(RENEWERS);
        let renewal = || {
            let (new, mine) = (key(), renewed(&old, &first, "mine", now + GRACE));
            together.wait();
            let renewal = store.renew(&old, first.version, &new, &mine, GRACE, now);
            assert_eq!(renewal.expect("renew"), Write::Done);
            (new, mine)
        };
        let renewals: Vec<_> = thread::scope(|scope| {
            let renewers: Vec<_> = (0..RENEWERS).map(|_| scope.spawn(renewal)).collect();
            let joined = renewers.into_iter().map(thread::ScopedJoinHandle::join);
            joined.map(|renewer| renewer.expect("a renewer")).collect()
        });
        for (new, mine) in &renewals {
            stands(store, new, mine, now);
        }
        assert_eq!(load(store, &old, now), Load::Retired(first));
    }
}

pub(super) fn a_grace_ends(store: &Arc<dyn Store>) {
    let now = start();
    let (old, first) = created(store, now);
    let login = after(&first, "logged in");
    assert_eq!(renew(store, &old, first.version, &login, now), Write::Done);
    let over = now + GRACE;
    assert_eq!(
        load(store, &old, over - seconds(1)),
        Load::Retired(first.clone())
    );
    assert_eq!(load(store, &old, over), Load::Absent);
    let late = after(&first, "late");
    let save = store.save(&old, first.version, &late, over);
    assert_eq!(save.expect("save"), Write::Gone);
    assert_eq!(renew(store, &old, first.version, &late, over), Write::Gone);
    assert!(!store.end(&old, over).expect("end"));

    // A copy does not outlive its session.
    let (old, first) = created(store, now);
    let late = now + seconds(50);
    let login = Record {
        idle_until: now + seconds(500),
        ..after(&first, "logged in")
    };
    assert_eq!(renew(store, &old, first.version, &login, late), Write::Done);
    let read = load(store, &old, now + seconds(59));
    assert_eq!(read, Load::Retired(first.clone()));
    assert_eq!(load(store, &old, now + seconds(60)), Load::Absent);
    let again = renew(store, &old, first.version, &login, now + seconds(60));
    assert_eq!(again, Write::Gone);
}

pub(super) fn without_grace(store: &Arc<dyn Store>) {
    let now = start();
    let (first_key, first) = created(store, now);
    let (second_key, second) = (key(), renewed(&first_key, &first, "second", now + GRACE));
    let renewal = store.renew(&first_key, first.version, &second_key, &second, GRACE, now);
    assert_eq!(renewal.expect("renew"), Write::Done);

    let mut third = after(&second, "third");
    third.annex = None;
    let third_key = key();
    let none = Duration::ZERO;
    let renewal = store.renew(&second_key, second.version, &third_key, &third, none, now);
    assert_eq!(renewal.expect("renew"), Write::Done);
    stands(store, &third_key, &third, now);
    for (key, record) in [(&second_key, &second), (&first_key, &first)] {
        assert_eq!(load(store, key, now), Load::Absent);
        assert_eq!(renew(store, key, record.version, &third, now), Write::Gone);
        let save = store.save(key, record.version, &after(record, "late"), now);
        assert_eq!(save.expect("save"), Write::Gone);
    }

    // The same holds if the old key is already retired.
    let (old, first) = created(store, now);
    let login = after(&first, "logged in");
    assert_eq!(renew(store, &old, first.version, &login, now), Write::Done);
    let (new, other) = (key(), after(&first, "password changed"));
    let renewal = store.renew(&old, first.version, &new, &other, none, now);
    assert_eq!(renewal.expect("renew"), Write::Done);
    stands(store, &new, &other, now);
    assert_eq!(load(store, &old, now), Load::Absent);
}

pub(super) fn an_end_takes_the_retired_keys(store: &Arc<dyn Store>) {
    let now = start();
    let until = now + GRACE;
    let chain = || {
        let (first_key, first) = created(store, now);
        let (second_key, second) = (key(), renewed(&first_key, &first, "second", until));
        let renewal = store.renew(&first_key, first.version, &second_key, &second, GRACE, now);
        assert_eq!(renewal.expect("renew"), Write::Done);
        let (third_key, third) = (key(), renewed(&second_key, &second, "third", until));
        let renewal = store.renew(&second_key, second.version, &third_key, &third, GRACE, now);
        assert_eq!(renewal.expect("renew"), Write::Done);
        [(first_key, first), (second_key, second), (third_key, third)]
    };
    // Ending the last key ends all. Ending a retired key ends it and those before it.
    for (ended, left) in [(2, None), (1, Some(2)), (0, Some(2))] {
        let keys = chain();
        assert!(store.end(&keys[ended].0, now).expect("end"));
        for (key, record) in &keys[..=ended] {
            assert_eq!(load(store, key, now), Load::Absent);
            let late = after(record, "late");
            assert_eq!(renew(store, key, record.version, &late, now), Write::Gone);
        }
        if let Some(left) = left {
            stands(store, &keys[left].0, &keys[left].1, now);
        }
    }
}

pub(super) fn a_conflict_keeps_the_retired_keys(store: &Arc<dyn Store>) {
    let now = start();
    let (first_key, first) = created(store, now);
    let (second_key, second) = (key(), renewed(&first_key, &first, "second", now + GRACE));
    let renewal = store.renew(&first_key, first.version, &second_key, &second, GRACE, now);
    assert_eq!(renewal.expect("renew"), Write::Done);
    let standing = after(&second, "changed meanwhile");
    let save = store.save(&second_key, second.version, &standing, now);
    assert_eq!(save.expect("save"), Write::Done);

    // The first renewal is too late for the session, the second for the copy.
    let third = renewed(&second_key, &second, "third", now + GRACE);
    let renewal = renew(store, &second_key, second.version, &third, now);
    assert_eq!(renewal, Write::Conflict(standing.clone()));
    let again = renewed(&first_key, &first, "again", now + GRACE);
    let renewal = renew(store, &first_key, version(), &again, now);
    assert_eq!(renewal, Write::Conflict(first.clone()));
    stands(store, &second_key, &standing, now);
    assert_eq!(load(store, &first_key, now), Load::Retired(first.clone()));
    let renewal = renew(store, &first_key, first.version, &again, now);
    assert_eq!(renewal, Write::Done);
}

pub(super) fn no_taken_key(store: &Arc<dyn Store>) {
    let now = start();
    let ((old, first), (other, standing)) = (created(store, now), created(store, now));
    let login = after(&first, "logged in");
    let refused = store.renew(&old, first.version, &other, &login, GRACE, now);
    assert!(matches!(refused, Err(StoreError::Exists)), "{refused:?}");
    stands(store, &other, &standing, now);
    stands(store, &old, &first, now);
    let large = record(vec![b' '; Record::MAX_DATA + 1], now);
    let refused = store.renew(&old, first.version, &key(), &large, GRACE, now);
    assert!(matches!(refused, Err(StoreError::TooLarge)), "{refused:?}");
    stands(store, &old, &first, now);
}
