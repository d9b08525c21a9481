//! The part of a request that decides how its response is compressed.

use wsgi_environ::Environ;
use wsgi_headers::AcceptEncoding;

use super::coding::Coding;

/// The wishes of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    /// The codings that are better for the client than none, best first.
    codings: [Option<Coding>; Coding::ALL.len()],
    /// Whether the client refuses a response without a coding.
    pub(crate) refuses_identity: bool,
    /// Whether only a head is asked for.
    pub(crate) is_head: bool,
}

impl Wishes {
    pub(crate) fn of(environ: &Environ) -> Self {
        let field = environ.get("HTTP_ACCEPT_ENCODING");
        let accept = field.map(AcceptEncoding::new).unwrap_or_default();
        Self {
            codings: sorted(accept),
            refuses_identity: field.is_some() && accept.weight("identity") == 0,
            is_head: environ.request_method() == "HEAD",
        }
    }

    /// The codings, best first.
    pub(crate) fn codings(&self) -> impl Iterator<Item = Coding> {
        self.codings.iter().copied().flatten()
    }
}

/// The codings that weigh at least as much as `identity`. Of equal ones, ours come in our order.
fn sorted(accept: AcceptEncoding<'_>) -> [Option<Coding>; Coding::ALL.len()] {
    let least = accept.weight("identity").max(1);
    let mut weighed = [(0, None); Coding::ALL.len()];
    for (place, &coding) in weighed.iter_mut().zip(Coding::ALL) {
        let weight = accept.weight(coding.name());
        if weight >= least {
            *place = (weight, Some(coding));
        }
    }
    weighed.sort_by_key(|&(weight, _)| std::cmp::Reverse(weight)); // stable, so equal ones stay
    weighed.map(|(_, coding)| coding)
}
