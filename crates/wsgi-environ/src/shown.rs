//! Variables in the `Debug` form of what holds them.

use std::{collections::BTreeMap, fmt};

use wsgi_headers::{Redacted, ValueBuf};

/// Variables in the order of their names, shown [without secrets](Redacted).
pub(crate) struct Shown(pub(crate) BTreeMap<String, ValueBuf>);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables = self.0.iter();
        f.debug_map()
            .entries(variables.map(|(name, value)| (name, Redacted::new(name, value.as_value()))))
            .finish()
    }
}
