//! Code that is not the server's, and may panic.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Runs `code`, and says whether it came to its end. What a panic leaves behind is not dropped:
/// that could panic in its turn.
pub(crate) fn guarded(code: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(code))
        .map_err(mem::forget)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_with_something_that_panics_when_it_is_dropped_is_held() {
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
