//! The kinds of representations, and the choice between them.

use wsgi::{HttpError, Request, headers::Accept};

use crate::media_type::PLAIN_TEXT;

/// A kind of representation of an entry or a list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Html,
    Xhtml,
    Xml,
    Atom,
    Text,
}

impl Kind {
    /// All of them. Of those that a client likes equally, it gets the first.
    pub(crate) const ALL: [Self; 5] = [Self::Html, Self::Xhtml, Self::Xml, Self::Atom, Self::Text];

    /// The kind that a request asks for: by the parameter `type` of its query, or else by its field
    /// `Accept` (RFC 9110, section 12.5.1).
    ///
    /// # Errors
    ///
    /// 400 if there is no such type, and 406 if the client accepts none.
    pub(crate) fn wanted(request: &Request<'_>) -> Result<Self, HttpError> {
        if let Some(name) = request.query().get("type") {
            let named = Self::ALL.into_iter().find(|kind| kind.name() == name);
            return named.ok_or(HttpError::new(
                400,
                "the types are html, xhtml, xml, atom and text",
            ));
        }
        Self::preferred(request, &Self::ALL).ok_or_else(|| {
            let offered = Self::ALL.map(Self::media_type).join(", ");
            HttpError::new(406, format!("it can be had as {offered}"))
        })
    }

    /// The one of these kinds that the field `Accept` of a request prefers. `None` if it accepts
    /// none.
    pub(crate) fn preferred(request: &Request<'_>, kinds: &[Self]) -> Option<Self> {
        let accept = request
            .header("Accept")
            .map_or_else(Accept::default, Accept::new);
        let preferred = accept.preferred(kinds.iter().map(|kind| kind.media_type()));
        let mut kinds = kinds.iter().copied();
        kinds.find(|kind| Some(kind.media_type()) == preferred)
    }

    /// The name in a query and in entity tags.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Xhtml => "xhtml",
            Self::Xml => "xml",
            Self::Atom => "atom",
            Self::Text => "text",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html",
            Self::Xhtml => "application/xhtml+xml",
            Self::Xml => "application/xml",
            Self::Atom => "application/atom+xml",
            Self::Text => PLAIN_TEXT,
        }
    }
}
