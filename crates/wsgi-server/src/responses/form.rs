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
