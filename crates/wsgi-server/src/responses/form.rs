//! The form of a response, which its protocol decides.

use crate::{
    fastcgi::records::Records,
    responses::{clock::Clock, http1_head::LastHead},
};

/// The protocol of a response, with what it needs.
pub(crate) enum Form<'a> {
    Http1 {
        clock: &'a Clock,
        last: &'a mut LastHead,
        is_http10: bool,
    },
    #[cfg_attr(
        not(feature = "fastcgi"),
        expect(dead_code, reason = "no protocol has it")
    )]
    FastCgi(Records<'a>),
    #[cfg(feature = "scgi")]
    Scgi,
    #[cfg(feature = "uwsgi")]
    Uwsgi,
}

impl Form<'_> {
    /// Whether a peer that sees the end of the connection can tell that a response with a declared
    /// length breaks off. By SCGI and uwsgi, Apache and lighttpd do not compare the length with
    /// what has come: their client would take the next response for the rest of this one.
    pub(crate) fn is_counted(&self) -> bool {
        match self {
            Self::Http1 { .. } | Self::FastCgi(_) => true,
            #[cfg(feature = "scgi")]
            Self::Scgi => false,
            #[cfg(feature = "uwsgi")]
            Self::Uwsgi => false,
        }
    }
}
