//! Header fields that an error page must have too.

use std::{
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use wsgi_environ::{Environ, ReusableExtension, is_hop_by_hop};
use wsgi_headers::Headers;

use crate::head::Head;

/// Header fields for the answer that a gateway sends in place of a failed application.
///
/// That answer does not come from the application, and no [`Filter`](crate::Filter) sees it.
/// Middleware stores here a field that every response to the request must have, such as the
/// request's id or the cookie of a session that is already saved.
///
/// ```
/// use wsgi_application::{Environ, ErrorFields, Head};
///
/// let mut environ = Environ::new();
/// ErrorFields::of(&mut environ).set("X-Request-ID", "7f-3")?; // middleware
///
/// let mut head = Head::new(); // a gateway, with the head of its error page
/// head.headers.append("Content-Type", "text/plain")?;
/// ErrorFields::take(&mut environ).put_on(&mut head);
/// assert_eq!(head.headers.get("X-Request-ID").unwrap(), "7f-3");
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ErrorFields(Headers);

/// The fields of a request until its gateway takes them.
#[derive(Default)]
struct Kept {
    fields: Headers,
    /// Fields that are only added if an error page needs them, which is seldom.
    later: Vec<Later>,
}

/// The names of the fields that stay when a checkpoint is restored.
const STAYING: [&str; 3] = ["Set-Cookie", "Vary", "Cache-Control"];

/// The fields of a request at some time, which [`ErrorFields::restore`] restores.
///
/// ```
/// use wsgi_application::{Environ, ErrorFields, ErrorFieldsCheckpoint};
///
/// let mut environ = Environ::new();
/// let before: ErrorFieldsCheckpoint = ErrorFields::checkpoint(&mut environ);
/// ErrorFields::of(&mut environ).set("RateLimit", "\"default\";r=0")?;
/// ErrorFields::restore(&mut environ, &before);
/// assert!(ErrorFields::of(&mut environ).is_empty());
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub struct ErrorFieldsCheckpoint {
    fields: Headers,
    later: Vec<Later>,
}

impl fmt::Debug for ErrorFieldsCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorFieldsCheckpoint")
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
enum Later {
    Defaults(Arc<Headers>),
    Made(fn(&Environ, &mut Headers)),
}

impl ErrorFields {
    /// The fields of a request; empty at first.
    pub fn of(environ: &mut Environ) -> &mut Headers {
        if !Kept::of(environ).later.is_empty() {
            Kept::settle(environ);
        }
        &mut Kept::of(environ).fields
    }

    /// Adds fields that many requests share, as [`Headers::set_defaults`] does: those whose names
    /// do not occur yet. They are copied only if they are needed.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wsgi_application::{Environ, ErrorFields, Headers};
    ///
    /// let fields = Headers::from_fields([("X-Frame-Options", "DENY"), ("Vary", "Origin")])?;
    /// let fields = Arc::new(fields);
    /// let mut environ = Environ::new();
    /// ErrorFields::of(&mut environ).set("vary", "Cookie")?;
    /// ErrorFields::add_defaults(&mut environ, &fields);
    /// let fields = ErrorFields::of(&mut environ);
    /// assert_eq!(fields.as_bytes(), b"vary: Cookie\r\nX-Frame-Options: DENY\r\n");
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn add_defaults(environ: &mut Environ, defaults: &Arc<Headers>) {
        let defaults = Later::Defaults(Arc::clone(defaults));
        Kept::of(environ).later.push(defaults);
    }

    /// Calls a function that adds fields, if an error page needs them. Otherwise it costs next to
    /// nothing.
    ///
    /// A panic of the function is stopped, since the error page must still be sent. The fields that
    /// it has added until then stay.
    ///
    /// ```
    /// use wsgi_application::{Environ, ErrorFields};
    ///
    /// let mut environ = Environ::new();
    /// environ.set_request_id("7f-3");
    /// ErrorFields::add_later(&mut environ, |environ, fields| {
    ///     if let Some(id) = environ.request_id() {
    ///         let _ = fields.set("X-Request-ID", id);
    ///     }
    /// });
    /// assert_eq!(ErrorFields::of(&mut environ).get("X-Request-ID").unwrap(), "7f-3");
    /// ```
    pub fn add_later(environ: &mut Environ, make: fn(&Environ, &mut Headers)) {
        Kept::of(environ).later.push(Later::Made(make));
    }

    /// Remembers the fields of a request, for [`restore`](Self::restore).
    pub fn checkpoint(environ: &mut Environ) -> ErrorFieldsCheckpoint {
        let Kept { fields, later } = Kept::of(environ);
        ErrorFieldsCheckpoint {
            fields: fields.clone(),
            later: later.clone(),
        }
    }

    /// Restores the fields of a checkpoint. It is for middleware that drops a response and calls
    /// another application for the same request: the fields for the first one are not for the
    /// other.
    ///
    /// `Set-Cookie`, `Vary` and `Cache-Control` stay as they are. The cookie of a session that is
    /// saved must reach the client, no cache may keep it, and the final response still depends on
    /// the fields that `Vary` names.
    ///
    /// ```
    /// use wsgi_application::{Environ, ErrorFields};
    ///
    /// let mut environ = Environ::new();
    /// ErrorFields::of(&mut environ).set("X-Request-ID", "7f-3")?;
    /// let checkpoint = ErrorFields::checkpoint(&mut environ);
    /// let fields = ErrorFields::of(&mut environ);
    /// fields.set("Access-Control-Allow-Origin", "https://app.example")?;
    /// fields.set("Vary", "Origin")?;
    ///
    /// ErrorFields::restore(&mut environ, &checkpoint);
    /// let fields = ErrorFields::of(&mut environ);
    /// assert_eq!(fields.as_bytes(), b"Vary: Origin\r\nX-Request-ID: 7f-3\r\n");
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn restore(environ: &mut Environ, checkpoint: &ErrorFieldsCheckpoint) {
        let inner = mem::take(Self::of(environ));
        *Kept::of(environ) = Kept {
            fields: checkpoint.fields.clone(),
            later: checkpoint.later.clone(),
        };
        let fields = Self::of(environ);
        let outer = mem::replace(fields, inner);
        let stays = |name: &str| STAYING.iter().any(|staying| is(name, staying));
        fields.retain(|name, _value| stays(name));
        for (name, value) in &outer {
            if !stays(name) {
                // The names and values were checked, and no head reaches 4 GiB.
                let _ = fields.append(name, value);
            }
        }
    }

    /// For gateways: takes the fields of a request.
    #[must_use]
    pub fn take(environ: &mut Environ) -> Self {
        Self(mem::take(Self::of(environ)))
    }

    /// For gateways: adds the fields to the head of the answer, in place of fields with the same
    /// names. A `Set-Cookie` and a `Vary` are added beside others (RFC 9110 section 5.3): the
    /// answer depends on what either names. Fields of the connection and a `Content-Length` do not
    /// fit another body and are left out.
    ///
    /// ```
    /// use wsgi_application::{Environ, ErrorFields, Head};
    ///
    /// let mut environ = Environ::new();
    /// let fields = ErrorFields::of(&mut environ);
    /// fields.extend_from([("Set-Cookie", "id=7f"), ("Cache-Control", "no-store")])?;
    ///
    /// let mut head = Head::new();
    /// head.headers.extend_from([("Set-Cookie", "a=1"), ("Cache-Control", "public")])?;
    /// ErrorFields::take(&mut environ).put_on(&mut head);
    /// assert!(head.headers.get_all("Set-Cookie").eq(["a=1", "id=7f"]));
    /// assert!(head.headers.get_all("Cache-Control").eq(["no-store"]));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn put_on(&self, head: &mut Head) {
        let is_sent = |name: &str| !is_hop_by_hop(name) && !is(name, "Content-Length");
        for name in self.0.keys() {
            if is_sent(name) && !is(name, "Set-Cookie") && !is(name, "Vary") {
                head.headers.remove(name);
            }
        }
        for (name, value) in &self.0 {
            if is_sent(name) {
                // Names and values were checked, and no head reaches 4 GiB.
                let _ = head.headers.append(name, value);
            }
        }
    }
}

impl Kept {
    fn of(environ: &mut Environ) -> &mut Self {
        environ.reusable_extension()
    }

    /// Adds the fields that were put off, in their order.
    #[cold]
    fn settle(environ: &mut Environ) {
        let Self { mut fields, later } = mem::take(Self::of(environ));
        for later in later {
            match later {
                Later::Defaults(defaults) => {
                    // No head reaches 4 GiB.
                    let _ = fields.set_defaults(&defaults);
                }
                Later::Made(make) => {
                    let make = AssertUnwindSafe(|| make(environ, &mut fields));
                    let _ = catch_unwind(make).map_err(mem::forget); // its drop may panic as well
                }
            }
        }
        Self::of(environ).fields = fields;
    }
}

impl ReusableExtension for Kept {
    fn clear(&mut self) {
        self.fields.clear();
        self.later.clear();
    }
}

#[inline(never)] // as each copy would be unrolled
fn is(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}
