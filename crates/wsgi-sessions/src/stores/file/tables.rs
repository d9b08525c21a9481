//! The tables of the file in a transaction.

use redb::{ReadableTableMetadata as _, TableDefinition, WriteTransaction};

use super::{
    entries::{Definition, Entries},
    failure::Failure,
};

/// Sessions: entries under the bytes of their keys. Every version knows this table.
pub(super) const SESSIONS: Definition<32> = TableDefinition::new("sessions");

/// Annexes of the sessions that have one, under the same keys.
pub(super) const ANNEXES: Definition<32> = TableDefinition::new("annexes");

/// Copies that retired keys read. Such a key has a mark in the table of sessions.
pub(super) const COPIES: Definition<32> = TableDefinition::new("copies");

/// The keys of each owner's sessions and copies: the hash of the owner's name, then the key.
pub(super) const OWNERS: Definition<64> = TableDefinition::new("owners");

/// Sessions whose cookie has not come back: their first idle deadline, then the key.
pub(super) const UNPROVED: Definition<40> = TableDefinition::new("unproved");

/// Values of WSGI Utils clients: a deadline and data, under the hash of their key.
#[cfg(feature = "server")]
pub(super) const LEGACY: Definition<32> = TableDefinition::new("legacy");

/// The tables of a transaction.
pub(super) struct Tables<'a> {
    pub(super) sessions: Entries<'a, 32>,
    pub(super) annexes: Entries<'a, 32>,
    pub(super) copies: Entries<'a, 32>,
    pub(super) owners: Entries<'a, 64>,
    pub(super) unproved: Entries<'a, 40>,
    #[cfg(feature = "server")]
    pub(super) legacy: Entries<'a, 32>,
    /// The bytes of the sessions, annexes and copies before the transaction.
    held: u64,
    pub(super) limits: Limits,
    /// The last session that was checked for being over.
    pub(super) swept: Option<[u8; 32]>,
    /// Whether many sessions were checked in vain, so that this transaction does not do so again.
    pub(super) has_looked_far: bool,
    /// Whether the disk has no room left.
    pub(super) is_disk_full: bool,
}

/// Limits of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) sessions: u64,
    pub(super) bytes: u64,
}

/// The changes of a transaction.
#[derive(Clone, Copy, Default)]
pub(super) struct Changes {
    pub(super) is_any: bool,
    /// The bytes of the sessions, annexes and copies after the transaction.
    pub(super) held: u64,
    /// The number of bytes removed, not counting any replacement.
    pub(super) freed: u64,
}

impl<'a> Tables<'a> {
    /// Opens the tables of a file whose sessions have `held` bytes.
    pub(super) fn of(transaction: &'a WriteTransaction, held: u64) -> Self {
        Self {
            sessions: Entries::of(transaction, SESSIONS),
            annexes: Entries::of(transaction, ANNEXES),
            copies: Entries::of(transaction, COPIES),
            owners: Entries::of(transaction, OWNERS),
            unproved: Entries::of(transaction, UNPROVED),
            #[cfg(feature = "server")]
            legacy: Entries::of(transaction, LEGACY),
            held,
            limits: Limits::default(),
            swept: None,
            has_looked_far: false,
            is_disk_full: false,
        }
    }

    /// Creates the tables that do not exist.
    pub(super) fn make(&self) -> Result<(), Failure> {
        for table in [&self.sessions, &self.annexes, &self.copies] {
            table.table()?;
        }
        self.owners.table()?;
        self.unproved.table()?;
        #[cfg(feature = "server")]
        self.legacy.table()?;
        Ok(())
    }

    /// Returns the bytes of the sessions, annexes and copies, and of the values of WSGI Utils
    /// clients.
    pub(super) fn held(&self) -> u64 {
        let tables = self.counted();
        let change: i64 = tables.map(|table| table.change().grown).sum();
        self.held.saturating_add_signed(change)
    }

    /// Returns the tables whose bytes are limited.
    fn counted(&self) -> impl Iterator<Item = &Entries<'a, 32>> {
        [
            &self.sessions,
            &self.annexes,
            &self.copies,
            #[cfg(feature = "server")]
            &self.legacy,
        ]
        .into_iter()
    }

    /// Counts the bytes that [`held`](Self::held) returns.
    pub(super) fn count_bytes(&self) -> Result<u64, Failure> {
        let mut bytes = 0;
        for table in self.counted() {
            table.walk(None, usize::MAX, |_, entry| bytes += entry.len() as u64)?;
        }
        Ok(bytes)
    }

    /// Returns the number of values of WSGI Utils clients, including those that are over.
    #[cfg(feature = "server")]
    pub(super) fn count_legacy(&self) -> Result<u64, Failure> {
        Ok(self.legacy.table()?.len()?)
    }

    /// Returns the number of sessions, including those that are over.
    pub(super) fn count(&self) -> Result<u64, Failure> {
        let copies = self.copies.table()?.len()?;
        Ok(self.sessions.table()?.len()?.saturating_sub(copies))
    }

    pub(super) fn changes(&self) -> Changes {
        let held = self.held();
        let changes = [
            self.sessions.change(),
            self.annexes.change(),
            self.copies.change(),
            self.owners.change(),
            self.unproved.change(),
            #[cfg(feature = "server")]
            self.legacy.change(),
        ];
        Changes {
            is_any: changes.iter().any(|change| change.is_any),
            held,
            freed: changes.iter().map(|change| change.freed).sum(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: u64::MAX,
            bytes: u64::MAX,
        }
    }
}
