//! The names of variables as Python's strings, and the values that many requests share.

use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;
use pyo3::{prelude::*, types::PyString};

use crate::{mutex::Mutex, native_string};

/// The number of names that a thread keeps, beside [`OWN`]. Clients choose the names of header
/// fields, so that there can be any number of them.
const MOST_NAMES: usize = 512;

/// The number of names that a process interns, beside [`OWN`]. Python 3.12 keeps each of them for
/// ever, as a free-threaded one does, while threads come and go.
const MOST_INTERNED: usize = 512;

/// The length of the longest name that is kept, in bytes. Those of usual header fields are shorter.
const LONGEST_NAME: usize = 64;

/// The length of the longest value that is kept, in bytes.
const LONGEST_VALUE: usize = 128;

/// The variables whose value is often that of the last request, and no secret.
const STEADY: [&str; 16] = [
    "wsgi.url_scheme",
    "GATEWAY_INTERFACE",
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
    "REMOTE_ADDR",
    "CONTENT_TYPE",
    "HTTP_HOST",
    "HTTP_USER_AGENT",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_CONNECTION",
];

/// The variables that a copy of the last request's brings along. Their names are kept in any case.
pub(crate) const OWN: [&str; 12] = [
    "wsgi.url_scheme",
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "GATEWAY_INTERFACE",
    "SERVER_SOFTWARE",
    "REMOTE_ADDR",
    "HTTP_HOST",
];

/// The number of those, from the first, that every request has. A request may lack the others.
pub(crate) const ALWAYS: usize = 8;

/// The names that were interned, beside [`OWN`].
static INTERNED: Mutex<BTreeSet<Box<str>>> = Mutex::new(BTreeSet::new());

/// The names of variables that a thread keeps as strings, whose hash is known. Most are interned: a
/// dictionary finds them by their address.
#[derive(Default)]
pub(crate) struct Names {
    known: Vec<Known>,
    /// The index of each name in `known`.
    places: HashMap<Box<str>, usize, RandomState>,
    /// The index of the name that was looked up last.
    last: usize,
}

/// A name that the thread keeps.
struct Known {
    text: Box<str>,
    name: Py<PyString>,
    /// The index of the name that followed it last time. As requests are alike, the same name often
    /// follows again.
    next: usize,
    /// Its index in [`OWN`].
    own: Option<usize>,
    /// Whether the variable has its value again and again.
    is_steady: bool,
    /// The value that it had last, if it is steady.
    value: Option<(Box<[u8]>, Py<PyString>)>,
}

/// A variable as Python's strings.
pub(crate) struct Variable<'a, 'py> {
    pub(crate) name: &'a Bound<'py, PyString>,
    pub(crate) value: &'a Bound<'py, PyString>,
    /// The index of the name in [`OWN`].
    pub(crate) own: Option<usize>,
    /// Whether the next request may have the same value.
    pub(crate) is_steady: bool,
}

impl Names {
    /// Calls a function with the strings of a variable. A steady value of the last request is used
    /// again.
    pub(crate) fn with_variable<'py, R>(
        &mut self,
        py: Python<'py>,
        name: &str,
        value: &[u8],
        work: impl FnOnce(Variable<'_, 'py>) -> R,
    ) -> R {
        let Some(known) = self.find(name).or_else(|| self.keep(py, name)) else {
            return work(Variable {
                name: &PyString::new(py, name),
                value: &native_string::from_bytes(py, value),
                own: None,
                is_steady: false,
            });
        };
        let known = &mut self.known[known];
        let is_steady = known.is_steady && value.len() <= LONGEST_VALUE;
        if is_steady
            && let Some((bytes, string)) = &known.value
            && **bytes == *value
        {
            return work(Variable {
                name: known.name.bind(py),
                value: string.bind(py),
                own: known.own,
                is_steady,
            });
        }
        let string = native_string::from_bytes(py, value);
        if is_steady {
            known.value = Some((value.into(), string.clone().unbind()));
        }
        work(Variable {
            name: known.name.bind(py),
            value: &string,
            own: known.own,
            is_steady,
        })
    }

    /// The index of a name that the thread keeps.
    fn find(&mut self, name: &str) -> Option<usize> {
        let expected = self.known.get(self.last).map_or(0, |last| last.next);
        if let Some(known) = self.known.get(expected)
            && *known.text == *name
        {
            self.last = expected;
            return Some(expected);
        }
        let found = *self.places.get(name)?;
        self.follow(found);
        Some(found)
    }

    /// Notes that a name was looked up after the last one.
    fn follow(&mut self, found: usize) {
        if let Some(last) = self.known.get_mut(self.last) {
            last.next = found;
        }
        self.last = found;
    }

    /// The index of a name that the thread does not know, and keeps from now on if it can.
    #[cold]
    fn keep(&mut self, py: Python<'_>, name: &str) -> Option<usize> {
        let index = self.known.len();
        let own = OWN.iter().position(|own| *own == name);
        if own.is_none() && (name.len() > LONGEST_NAME || index >= MOST_NAMES) {
            return None;
        }
        let string = match own.is_some() || may_intern(name) {
            true => PyString::intern(py, name),
            false => PyString::new(py, name),
        };
        self.known.push(Known {
            text: name.into(),
            name: string.unbind(),
            next: 0,
            own,
            is_steady: STEADY.contains(&name),
            value: None,
        });
        self.places.insert(name.into(), index);
        self.follow(index);
        Some(index)
    }
}

/// Whether a name may be interned: it was before, or not too many were.
fn may_intern(name: &str) -> bool {
    let mut interned = INTERNED.lock();
    if interned.contains(name) {
        return true;
    }
    interned.len() < MOST_INTERNED && interned.insert(name.into())
}
