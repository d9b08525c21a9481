//! The head of a request that a front server passes on.

use std::ops::{Deref, DerefMut};

#[cfg(feature = "fastcgi")]
use crate::fastcgi::head::FastCgiHead;
use crate::requests::variables::Variables;
#[cfg(feature = "scgi")]
use crate::scgi::ScgiHead;
#[cfg(feature = "uwsgi")]
use crate::uwsgi::UwsgiHead;

/// The head of a request in one of the protocols of front servers, which name it by variables. It
/// is reused for the next request.
#[derive(Debug)]
pub(crate) enum GatewayHead {
    #[cfg(feature = "fastcgi")]
    FastCgi(FastCgiHead),
    #[cfg(feature = "scgi")]
    Scgi(ScgiHead),
    #[cfg(feature = "uwsgi")]
    Uwsgi(UwsgiHead),
}

impl Deref for GatewayHead {
    type Target = dyn Variables;

    fn deref(&self) -> &Self::Target {
        match *self {
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(ref head) => head,
            #[cfg(feature = "scgi")]
            Self::Scgi(ref head) => head,
            #[cfg(feature = "uwsgi")]
            Self::Uwsgi(ref head) => head,
        }
    }
}

impl DerefMut for GatewayHead {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match *self {
            #[cfg(feature = "fastcgi")]
            Self::FastCgi(ref mut head) => head,
            #[cfg(feature = "scgi")]
            Self::Scgi(ref mut head) => head,
            #[cfg(feature = "uwsgi")]
            Self::Uwsgi(ref mut head) => head,
        }
    }
}
