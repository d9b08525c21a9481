//! The finding of authentication about a request. A second call for the same request uses it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wsgi_environ::{Environ, Value, ValueBuf};

/// The findings of one middleware about the credentials of requests.
///
/// `InternalRedirects` and `ErrorDocuments` call what is inside them several times for a request. A
/// second check of the same credentials would count a wrong password twice, and take a Digest
/// response for a replay. So a middleware leaves what it found in an extension of the environ,
/// which ends with the request, and which clients cannot set. It holds for this middleware and the
/// same `Authorization` field alone.
pub(crate) struct Findings {
    id: u64,
}

/// The findings about a request. Most have one alone.
struct Found<T> {
    first: Entry<T>,
    /// Those of other middleware.
    others: Vec<Entry<T>>,
}

struct Entry<T> {
    id: u64,
    authorization: Option<ValueBuf>,
    finding: T,
}

impl Findings {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Relaxed);
        Self { id }
    }

    /// The finding of an earlier call for this request.
    pub(crate) fn of<T: Copy + Send + 'static>(&self, environ: &Environ) -> Option<T> {
        let Found { first, others } = environ.extension::<Found<T>>()?;
        let authorization = environ.get("HTTP_AUTHORIZATION");
        let is_own = |entry: &&Entry<T>| {
            let of_entry = entry.authorization.as_ref().map(ValueBuf::as_value);
            entry.id == self.id && of_entry == authorization
        };
        let entry = std::iter::once(first).chain(others).find(is_own)?;
        Some(entry.finding)
    }

    /// Leaves a finding for a later call for this request.
    pub(crate) fn leave<T: Copy + Send + 'static>(&self, environ: &mut Environ, finding: T) {
        let authorization = environ.get("HTTP_AUTHORIZATION").map(Value::to_value_buf);
        let entry = Entry {
            id: self.id,
            authorization,
            finding,
        };
        match environ.extension_mut::<Found<T>>() {
            None => {
                environ.insert_extension(Found {
                    first: entry,
                    others: Vec::new(),
                });
            }
            Some(found) => {
                let mut entries = std::iter::once(&mut found.first).chain(&mut found.others);
                match entries.find(|known| known.id == self.id) {
                    Some(known) => *known = entry,
                    None => found.others.push(entry),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_of_one_middleware_and_one_field_of_one_request() {
        let (own, other) = (Findings::new(), Findings::new());
        let mut environ = Environ::new();
        environ.set("HTTP_AUTHORIZATION", "a");
        assert_eq!(own.of::<bool>(&environ), None);
        own.leave(&mut environ, true);
        assert_eq!(own.of(&environ), Some(true));
        assert_eq!(other.of::<bool>(&environ), None);
        other.leave(&mut environ, false);
        assert_eq!(other.of(&environ), Some(false));
        assert_eq!(own.of(&environ), Some(true));
        own.leave(&mut environ, false);
        assert_eq!(own.of(&environ), Some(false));
        own.leave(&mut environ, true);
        for value in ["", "b"] {
            environ.set("HTTP_AUTHORIZATION", value);
            assert_eq!(own.of::<bool>(&environ), None, "{value}");
        }
        environ.remove("HTTP_AUTHORIZATION");
        assert_eq!(own.of::<bool>(&environ), None);
        environ.set("HTTP_AUTHORIZATION", "a");
        assert_eq!(own.of(&environ), Some(true));
        environ.clear();
        environ.set("HTTP_AUTHORIZATION", "a");
        assert_eq!(own.of::<bool>(&environ), None);
    }
}
