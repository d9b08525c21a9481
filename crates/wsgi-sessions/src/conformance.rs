//! A test suite for stores: checks that every store must pass.
//!
//! ```
//! use wsgi_sessions::{MemoryStore, conformance};
//!
//! conformance::suite(MemoryStore::new);
//! ```
//!
//! The checks use keys of their own and times from now on. So a store that is shared, or that
//! collects garbage by its own clock, passes as well. At most five calls are made at once, since a
//! store may turn others away while its server is slow.

mod browser;
mod contract;
mod deadlines;
mod fixtures;
mod logins;
mod owners;
mod records;
mod renewals;
mod sessions;

use std::sync::Arc;

use crate::{key::Key, store::Store};

/// A check. It panics if the store does not do what the check's name says.
pub type Check = fn(&Arc<dyn Store>);

/// The checks of [`suite`] and their names, for a test that runs them one by one.
pub const CHECKS: &[(&str, Check)] = &[
    (
        "records_come_back_as_they_were",
        records::come_back_as_they_were,
    ),
    ("records_of_any_size_up_to_the_limit", records::of_any_size),
    ("an_unknown_key_is_absent", contract::absent),
    ("create_never_overwrites", contract::create_never_overwrites),
    (
        "save_replaces_what_it_expects",
        contract::save_replaces_what_it_expects,
    ),
    (
        "a_repeated_write_is_done",
        contract::a_repeated_write_is_done,
    ),
    (
        "an_ended_session_is_unknown_at_once",
        contract::an_end_is_final,
    ),
    ("one_of_two_writers_wins", contract::one_of_two_writers_wins),
    (
        "a_retired_key_reads_the_session_before_the_renewal",
        renewals::a_retired_key_reads_the_session_before,
    ),
    (
        "a_renewal_gives_way_to_an_update",
        renewals::a_renewal_gives_way_to_an_update,
    ),
    ("a_repeated_renewal_is_done", renewals::repeated),
    (
        "a_retired_key_is_renewed_into_a_session_of_its_own",
        renewals::of_a_retired_key,
    ),
    ("all_of_several_renewals_are_done", renewals::at_once),
    ("a_grace_ends", renewals::a_grace_ends),
    (
        "a_renewal_without_grace_keeps_no_copy",
        renewals::without_grace,
    ),
    (
        "ending_a_session_ends_its_retired_keys",
        renewals::an_end_takes_the_retired_keys,
    ),
    (
        "a_renewal_that_is_too_late_keeps_the_retired_keys",
        renewals::a_conflict_keeps_the_retired_keys,
    ),
    (
        "a_renewal_does_not_take_a_taken_key",
        renewals::no_taken_key,
    ),
    ("an_annex_comes_back_as_it_was", records::annexes),
    ("an_owner_has_a_list", owners::list),
    ("a_session_changes_its_owner", owners::change),
    (
        "a_session_is_listed_for_as_long_as_it_lives",
        owners::longer,
    ),
    ("a_renewed_session_keeps_its_owner", owners::renewal),
    ("all_sessions_of_an_owner_end", owners::end_all),
    (
        "retired_keys_of_an_owner_end_with_all",
        owners::end_all_takes_the_retired_keys,
    ),
    (
        "retired_keys_of_copies_end_with_all",
        owners::end_all_takes_the_retired_keys_of_copies,
    ),
    (
        "no_renewal_escapes_the_end_of_all",
        owners::no_renewal_escapes,
    ),
    ("the_idle_deadline_ends_a_session", deadlines::idle),
    ("the_absolute_deadline_ends_a_session", deadlines::absolute),
    ("a_touch_moves_only_the_idle_deadline", deadlines::touch),
    ("a_sweep_removes_only_what_is_over", deadlines::sweep),
    ("visits_count_up", sessions::count_up),
    ("values_of_any_size", sessions::values_of_any_size),
    ("no_update_is_lost", sessions::no_update_is_lost),
    (
        "no_update_is_lost_to_a_renewal",
        sessions::no_update_is_lost_to_a_renewal,
    ),
    (
        "a_save_after_a_logout_stores_nothing",
        sessions::a_logout_is_final,
    ),
    (
        "a_retired_id_reads_and_changes_nothing",
        sessions::a_retired_id_reads_and_changes_nothing,
    ),
    ("deadlines_end_visits", sessions::deadlines),
    ("a_login_sent_twice_is_done_twice", logins::twice),
    ("a_user_sees_and_ends_sessions", logins::list_and_end),
    (
        "everywhere_means_everywhere_at_once",
        logins::everywhere_at_once,
    ),
    ("a_session_is_remembered", logins::remembered),
    ("a_login_begins_the_lifetime_anew", logins::lives_anew),
    (
        "a_login_after_the_end_of_all_begins_a_session",
        logins::after_the_end_of_all,
    ),
    (
        "a_session_lives_an_hour_without_its_cookie",
        logins::an_hour_without_its_cookie,
    ),
    ("two_cookies_lock_nobody_out", logins::two_cookies),
    (
        "data_that_is_not_a_session_is_an_error",
        sessions::data_of_another_kind,
    ),
];

/// Runs every check, each against a new store.
///
/// # Panics
///
/// Panics if the store fails a check.
///
/// ```
/// use std::cell::Cell;
/// use wsgi_sessions::{MemoryStore, conformance};
///
/// let stores = Cell::new(0);
/// conformance::suite(|| {
///     stores.set(stores.get() + 1);
///     MemoryStore::new()
/// });
/// assert_eq!(stores.get(), conformance::CHECKS.len());
/// ```
pub fn suite<S: Store + 'static>(make: impl Fn() -> S) {
    for (_, check) in CHECKS {
        let store: Arc<dyn Store> = Arc::new(make());
        check(&store);
    }
}

/// Checks that a store does not contain the ids of sessions.
///
/// `found_at_rest` says whether the given bytes are found where the store keeps its records: in its
/// file, or in any value of its database. It is called with data, which must be there, and with an
/// id, which must not.
///
/// # Panics
///
/// Panics if the id is found, or the data is not.
///
/// ```
/// # #[cfg(feature = "file")] {
/// use wsgi_sessions::{FileStore, conformance};
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("sessions.redb");
/// let store = FileStore::open(&path)?;
/// let mut looked = std::cell::Cell::new(0);
/// conformance::ids_are_hashed_at_rest(store, |bytes| {
///     looked.set(looked.get() + 1);
///     std::fs::read(&path).unwrap().windows(bytes.len()).any(|found| found == bytes)
/// });
/// assert!(*looked.get_mut() > 1);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ids_are_hashed_at_rest(store: impl Store + 'static, found_at_rest: impl Fn(&[u8]) -> bool) {
    let store: Arc<dyn Store> = Arc::new(store);
    sessions::hashed_at_rest(&store, found_at_rest);
}

/// Checks that a damaged record is an error until a logout ends it.
///
/// `damage` replaces the record under a key with bytes that are not a record.
///
/// # Panics
///
/// Panics if a damaged record is taken for a session, or for none.
///
/// A store that does not notice it is found out:
///
/// ```
/// use std::panic;
/// use wsgi_sessions::{MemoryStore, conformance};
///
/// let careless = || conformance::corrupt_records_are_errors(MemoryStore::new(), |_key| {});
/// assert!(panic::catch_unwind(careless).is_err());
/// ```
pub fn corrupt_records_are_errors(store: impl Store + 'static, damage: impl Fn(&Key)) {
    let store: Arc<dyn Store> = Arc::new(store);
    sessions::corrupt(&store, damage);
}
