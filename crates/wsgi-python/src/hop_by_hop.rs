//! Hop-by-hop fields of applications, which are left out.

use std::collections::BTreeSet;

use pyo3::Python;
use wsgi_environ::{Errors, is_hop_by_hop};

use crate::mutex::Mutex;

static NOTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Whether a field is left out of the response because it is about the server's connection (PEP
/// 3333, Other HTTP Features). The first field of each name is noted in the log.
pub(crate) fn is_left_out(py: Python<'_>, name: &str, errors: &Errors) -> bool {
    if !is_hop_by_hop(name) {
        return false;
    }
    let is_first = NOTED.lock().insert(name.to_ascii_lowercase());
    if is_first {
        let warning = format!(
            "warning: the application sets the hop-by-hop field {name:?}, which only the server \
             may send (PEP 3333); it is left out, here and in later responses"
        );
        py.detach(|| errors.print(warning)); // the log may be slow
    }
    true
}
