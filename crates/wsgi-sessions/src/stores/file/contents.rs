//! The database of a store, with its limits and the sweeps of its tables.

#[cfg(feature = "server")]
use super::legacy_entry;
#[cfg(feature = "server")]
use super::tables::LEGACY;
use super::{
    cursor::Cursor,
    database::{Database, Failed},
    held,
    tables::{Limits, SESSIONS, Tables},
};
use crate::{key::Key, stores::entry};

/// The database of a store, with its limits and the sweeps of its tables.
pub(super) struct Contents {
    pub(super) database: Database,
    pub(super) limits: Limits,
    pub(super) sessions: Cursor,
    #[cfg(feature = "server")]
    pub(super) legacy: Cursor,
}

impl Contents {
    pub(super) fn new(database: Database, limits: Limits) -> Self {
        Self {
            database,
            limits,
            sessions: Cursor::new(
                SESSIONS,
                |tables| &mut tables.sessions,
                entry::is_over,
                |tables, key| held::clear(tables, &Key::from_bytes(*key)),
            ),
            #[cfg(feature = "server")]
            legacy: Cursor::new(
                LEGACY,
                |tables| &mut tables.legacy,
                legacy_entry::is_over,
                |tables, key| tables.legacy.remove(key).map(drop),
            ),
        }
    }

    /// Commits work. If it adds entries, also removes a few that are over.
    pub(super) fn commit(
        &self,
        is_disk_full: bool,
        work: impl FnOnce(&mut Tables<'_>) -> Result<(), redb::Error>,
    ) -> Result<(), Failed> {
        self.database.commit(|tables| {
            tables.limits = self.limits;
            tables.is_disk_full = is_disk_full;
            let last = self.sessions.last();
            tables.swept = last;
            work(tables)?;
            if tables.swept != last {
                self.sessions.go_to(tables.swept);
            }
            self.sessions.follow(tables)?;
            #[cfg(feature = "server")]
            self.legacy.follow(tables)?;
            Ok(())
        })
    }
}
