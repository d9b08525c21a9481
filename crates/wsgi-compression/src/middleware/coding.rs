//! The content codings of this crate.

/// A content coding that this crate was built with (RFC 9110, section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    #[cfg(feature = "zstd")]
    Zstd,
    #[cfg(feature = "brotli")]
    Brotli,
    #[cfg(feature = "gzip")]
    Gzip,
}

impl Coding {
    /// All codings, best first. The README says why they have this order.
    pub(crate) const ALL: &[Self] = &[
        #[cfg(feature = "zstd")]
        Self::Zstd,
        #[cfg(feature = "brotli")]
        Self::Brotli,
        #[cfg(feature = "gzip")]
        Self::Gzip,
    ];

    /// The name in `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
            #[cfg(feature = "brotli")]
            Self::Brotli => "br",
            #[cfg(feature = "gzip")]
            Self::Gzip => "gzip",
        }
    }

    /// The coding with this name, in any case. `x-gzip` is `gzip` (section 8.4.1.3).
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let name = match name.eq_ignore_ascii_case(b"x-gzip") {
            true => b"gzip",
            false => name,
        };
        let is_named = |coding: &&Self| name.eq_ignore_ascii_case(coding.name().as_bytes());
        Self::ALL.iter().find(is_named).copied()
    }

    /// The names of all codings, as a field `Accept-Encoding` lists them.
    pub(crate) fn list() -> String {
        let names: Vec<_> = Self::ALL.iter().map(|coding| coding.name()).collect();
        names.join(", ")
    }
}
