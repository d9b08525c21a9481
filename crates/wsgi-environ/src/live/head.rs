//! A live request from the head of an HTTP request. A variable is found when it is asked for.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::{
    field_name,
    known_field::KnownField,
    received::{Field, Received},
    repeated::{Lines, Repeated},
    span::{MAX_TEXT, Span, len, slice},
};

/// The names of variables without `HTTP_`. [`Head::get`] does not find all of them in each request.
const NAMES: [&str; 8] = [
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "REQUEST_URI",
    "SERVER_PROTOCOL",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
];

/// The bytes of the head and offsets into them. No name is built until all of them are listed.
#[derive(Clone, Default)]
pub(crate) struct Head {
    /// The head, followed by the decoded path if it differs.
    text: Vec<u8>,
    fields: Vec<Field>,
    method: Span,
    target: Span,
    /// The whole path.
    path: Span,
    /// The length of its part that is the application's mount.
    mount: u32,
    query: Span,
    authority: Option<Span>,
    protocol: &'static str,
    repeated: Repeated,
}

impl Head {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        self.repeated.clear();
    }

    #[inline(always)] // in the one place that calls it
    pub(crate) fn receive(
        &mut self,
        received: &Received<'_>,
        fields: impl IntoIterator<Item = Field>,
    ) {
        let head = received.head.get(..MAX_TEXT).unwrap_or(received.head);
        self.clear();
        self.text.extend_from_slice(head);
        self.fields.extend(fields);
        self.method = received.method;
        self.target = received.target;
        self.path = received.path;
        self.mount = 0;
        self.query = received.query;
        self.authority = received.authority;
        self.protocol = received.protocol;

        if received.has_escapes {
            self.decode_path(slice(head, received.path));
        }
    }

    /// Appends the decoded path to the text, if it differs.
    #[inline(never)] // as few paths have escapes
    fn decode_path(&mut self, encoded: &[u8]) {
        if encoded.contains(&b'%') {
            let start = self.text.len() as u32;
            self.text.extend(percent_decode(encoded));
            self.path = (start, self.text.len() as u32);
        }
    }

    /// The request line. `None` if a parser was lenient, and there is more in it than the method,
    /// the target and the protocol, each without a space, with a space between each two.
    pub(crate) fn line(&self) -> Option<&[u8]> {
        let (method, target, protocol) = (self.method, self.target, self.protocol.as_bytes());
        let end = (target.1 as usize).checked_add(1 + protocol.len())?;
        let line = self.text.get(method.0 as usize..end)?;
        let is_space = |at: u32| self.text.get(at as usize) == Some(&b' ');
        let are_words = method.0 < method.1 && target.0 < target.1 && !protocol.is_empty();
        let is_strict = are_words
            && method.1.checked_add(1) == Some(target.0)
            && is_space(method.1)
            && is_space(target.1)
            && line.ends_with(protocol)
            && matches!(self.text.get(end), Some(b'\r' | b'\n'))
            && line.iter().filter(|&&byte| byte == b' ').count() == 2;
        is_strict.then_some(line)
    }

    /// The length of the part of the path that is the application's mount.
    pub(crate) fn mount(&self) -> u32 {
        self.mount
    }

    /// Sets this length, at most to that of the path.
    pub(crate) fn set_mount(&mut self, length: u32) {
        self.mount = length.min(self.slice(self.path).len() as u32); // spans have 32 bits
    }

    #[inline(always)] // so that a name that is known is not compared with others
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        if let Some(variable) = name.strip_prefix("HTTP_") {
            return self.http_variable(variable);
        }
        match name {
            "REQUEST_METHOD" => Some(self.slice(self.method)),
            "SCRIPT_NAME" => Some(self.slice((self.path.0, self.path.0 + self.mount))),
            "PATH_INFO" => Some(self.slice((self.path.0 + self.mount, self.path.1))),
            "QUERY_STRING" => Some(self.slice(self.query)),
            "REQUEST_URI" => Some(self.slice(self.target)),
            "SERVER_PROTOCOL" => Some(self.protocol.as_bytes()),
            "CONTENT_TYPE" => self.first(b"content-type"),
            "CONTENT_LENGTH" => self.first(b"content-length"),
            _ => None,
        }
    }

    /// The names of all variables, each once.
    pub(crate) fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let fixed = NAMES.into_iter().filter(|name| self.get(name).is_some());
        let host = self.authority.map(|_| "HTTP_HOST");
        let fields = (0..self.fields.len())
            .filter(|&index| self.first_of_name(index) == index)
            .filter_map(|index| field_name::variable(self.name(index)))
            .filter(move |name| host.is_none_or(|host| name != host));
        fixed
            .chain(host)
            .map(Cow::Borrowed)
            .chain(fields.map(Cow::Owned))
    }

    /// Calls a function with each variable, once.
    pub(crate) fn visit<'a>(&'a self, mut visit: impl FnMut(&str, &'a [u8])) {
        for fixed in NAMES {
            if let Some(value) = self.get(fixed) {
                visit(fixed, value);
            }
        }
        if let Some(authority) = self.authority {
            visit("HTTP_HOST", self.slice(authority));
        }
        let (mut marks, mut repeated) = (0, 0);
        for index in 0..self.fields.len() {
            let mark = mark(self.name(index));
            repeated |= marks & mark;
            marks |= mark;
        }
        for index in 0..self.fields.len() {
            let may_be_repeated = repeated & mark(self.name(index)) != 0;
            if may_be_repeated && self.first_of_name(index) != index {
                continue;
            }
            field_name::with_variable(self.name(index), |name| {
                if self.authority.is_some() && name == "HTTP_HOST" {
                    return;
                }
                let is_same = |later| self.is_same(later, index);
                let value = match may_be_repeated && (index + 1..self.fields.len()).any(is_same) {
                    true => self.repeated.value(index, self),
                    false => Some(self.value(index)),
                };
                if let Some(value) = value {
                    visit(name, value);
                }
            });
        }
    }

    /// The first field of a name, for the two variables that are never joined, since their values
    /// are not lists (RFC 9110 sections 8.3 and 8.6).
    fn first(&self, name: &[u8]) -> Option<&[u8]> {
        let index =
            (0..self.fields.len()).find(|&index| self.name(index).eq_ignore_ascii_case(name))?;
        Some(self.value(index))
    }

    /// The value of an `HTTP_*` variable, by its name without the prefix.
    fn http_variable(&self, variable: &str) -> Option<&[u8]> {
        if let ("HOST", Some(authority)) = (variable, self.authority) {
            return Some(self.slice(authority));
        }
        self.named(variable.len(), |name| {
            field_name::is_variable(name, variable)
        })
    }

    /// The value of the variable of a known field.
    #[inline(always)] // so that the field is known
    pub(crate) fn field(&self, known: KnownField) -> Option<&[u8]> {
        if let ("HTTP_HOST", Some(authority)) = (known.variable, self.authority) {
            return Some(self.slice(authority));
        }
        self.named(known.len(), |name| known.is(name))
    }

    /// The value of the fields with a name of this length.
    #[inline]
    fn named(&self, length: usize, is_same: impl Fn(&[u8]) -> bool) -> Option<&[u8]> {
        // Few names have the right length, so most fields cost no more than this.
        let is_named =
            |field: &&Field| len(field.name) == length && is_same(self.slice(field.name));
        let mut named = self.fields.iter().filter(is_named);
        let first = named.next()?;
        match named.next() {
            None => Some(self.slice(first.value)),
            Some(_) => self.joined(first),
        }
    }

    /// The value of a field with several lines, by the first.
    #[cold]
    fn joined(&self, first: &Field) -> Option<&[u8]> {
        let index = self.fields.iter().position(|field| field == first)?;
        self.repeated.value(index, self)
    }

    /// The index of the first field with the name of the field at `index`.
    fn first_of_name(&self, index: usize) -> usize {
        let name = self.name(index);
        (0..index)
            .find(|&earlier| self.name(earlier).eq_ignore_ascii_case(name))
            .unwrap_or(index)
    }

    fn name(&self, index: usize) -> &[u8] {
        self.slice(self.fields[index].name)
    }

    fn value(&self, index: usize) -> &[u8] {
        self.slice(self.fields[index].value)
    }

    fn slice(&self, span: Span) -> &[u8] {
        slice(&self.text, span)
    }
}

/// One of 64 bits for a name, in any case. Different names may share it, but few do.
fn mark(name: &[u8]) -> u64 {
    let [first, .., last] = name else {
        return 1;
    };
    let number = usize::from(first & 0x1f) * 7 + usize::from(last & 0x1f) * 3 + name.len();
    1 << (number % 64)
}

impl Lines for Head {
    fn count(&self) -> usize {
        self.fields.len()
    }

    fn is_same(&self, one: usize, other: usize) -> bool {
        self.name(one).eq_ignore_ascii_case(self.name(other))
    }

    fn is_cookie(&self, index: usize) -> bool {
        self.name(index).eq_ignore_ascii_case(b"cookie")
    }

    fn line(&self, index: usize) -> &[u8] {
        self.value(index)
    }
}
