//! The locks of a storage backend that has another one inside.

/// Methods of a [`StorageBackend`](redb::StorageBackend) that pass its locks on to the backend
/// inside it: those for all locks, or `but_try_lock_range`, for one that has its own.
macro_rules! pass_on_locks {
    ($this:ident, $inside:expr) => {
        $crate::stores::file::locks::pass_on_locks!(@ $this, $inside; try_lock_range -> bool);
        $crate::stores::file::locks::pass_on_locks!(but_try_lock_range, $this, $inside);
    };
    (but_try_lock_range, $this:ident, $inside:expr) => {
        $crate::stores::file::locks::pass_on_locks!(
            @ $this, $inside;
            try_lock_shared_range -> bool,
            lock_range -> (),
            lock_shared_range -> (),
            unlock_range -> (),
            query_lock_range -> bool
        );
    };
    (@ $this:ident, $inside:expr; $($method:ident -> $result:ty),+) => {
        $(
            fn $method(
                &$this,
                start: std::ops::Bound<u64>,
                end: std::ops::Bound<u64>,
            ) -> Result<$result, redb::BackendError> {
                $inside.$method(start, end)
            }
        )+
    };
}

pub(super) use pass_on_locks;
