//! Code that does not belong to the server, and may panic.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Runs `code`. Returns whether it ended without a panic. The payload of a panic is not dropped,
/// because that could panic too.
pub(crate) fn guarded(code: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(code))
        .map_err(mem::forget)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_whose_payload_panics_when_it_is_dropped_is_caught() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        assert!(guarded(|| {}));
        assert!(!guarded(|| std::panic::panic_any(Bomb)));
        assert!(!guarded(|| drop(Bomb)));
    }
}
