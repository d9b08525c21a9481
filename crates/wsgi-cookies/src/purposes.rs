//! The derived keys of a keyring for each purpose.

use std::sync::OnceLock;

/// The number of purposes whose keys are kept.
const KEPT: usize = 8;

/// The derived keys of the first purposes in use, in the order of the keyring. Those of further
/// purposes are derived each time, so that the keyring does not grow with their number.
pub(crate) struct Purposes<K> {
    /// They are filled from the left and never changed, so a lookup takes no lock.
    kept: [OnceLock<Purpose<K>>; KEPT],
}

struct Purpose<K> {
    name: Box<str>,
    keys: Box<[K]>,
}

impl<K> Purposes<K> {
    pub(crate) fn new() -> Self {
        let kept = [const { OnceLock::new() }; KEPT];
        Self { kept }
    }

    /// Runs `f` with the keys for a purpose, which `derive` makes unless they are kept.
    pub(crate) fn with<T>(
        &self,
        purpose: &str,
        derive: impl Fn() -> Box<[K]>,
        f: impl FnOnce(&[K]) -> T,
    ) -> T {
        for place in &self.kept {
            let kept = place.get_or_init(|| Purpose {
                name: purpose.into(),
                keys: derive(),
            });
            if *kept.name == *purpose {
                return f(&kept.keys);
            }
        }
        f(&derive())
    }
}
