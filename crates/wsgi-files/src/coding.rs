//! The content codings of precompressed files.

use wsgi_application::Environ;
use wsgi_headers::AcceptEncoding;

use crate::file_path::FilePath;

/// The content coding of a compressed file (RFC 9110, section 8.4.1).
///
/// ```
/// use wsgi_files::Coding;
///
/// assert_eq!(Coding::Brotli.name(), "br");
/// assert_eq!(Coding::Gzip.suffix(), ".gz");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// `br`, in files that end with `.br`.
    Brotli,
    /// `zstd`, in files that end with `.zst`.
    Zstandard,
    /// `gzip`, in files that end with `.gz`.
    Gzip,
}

impl Coding {
    /// All codings, those that compress best first.
    pub const ALL: [Self; 3] = [Self::Brotli, Self::Zstandard, Self::Gzip];

    /// The coding of the files of an extension, which their [`media_type`](crate::media_type) does
    /// not tell: `svgz` is SVG in gzip. Most files that are compressed, such as `gz`, have a media
    /// type that says so, and are not in a coding.
    ///
    /// ```
    /// use wsgi_files::{Coding, FilePath, media_type};
    ///
    /// let drawing = FilePath::new("map.svgz").unwrap();
    /// assert_eq!(media_type(&drawing), "image/svg+xml");
    /// assert_eq!(Coding::of(&drawing), Some(Coding::Gzip));
    /// assert_eq!(Coding::of(&FilePath::new("site.css.gz").unwrap()), None);
    /// ```
    #[must_use]
    pub fn of(path: &FilePath<'_>) -> Option<Self> {
        let is_svgz = path.extension()?.eq_ignore_ascii_case(b"svgz");
        is_svgz.then_some(Self::Gzip)
    }

    /// The name in `Content-Encoding`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstandard => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// The end of the names of files.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Zstandard => ".zst",
            Self::Gzip => ".gz",
        }
    }

    /// The path of the file that a precompressed file belongs to. The end of its name can be in any
    /// case, as some file systems ignore it.
    pub(crate) fn plain<'p>(self, path: &'p FilePath<'_>) -> Option<FilePath<'p>> {
        let suffix = self.suffix().as_bytes();
        let bytes = path.as_bytes();
        let (plain, end) = bytes.split_at_checked(bytes.len().checked_sub(suffix.len())?)?;
        let is_packed = end.eq_ignore_ascii_case(suffix) && path.name().len() > suffix.len();
        is_packed.then(|| FilePath::new(plain)).flatten()
    }
}

/// The codings that the client prefers to plain bytes, the best first; of equal ones, in the order
/// of `offered`.
pub(crate) fn accepted(environ: &Environ, offered: &[Coding]) -> impl Iterator<Item = Coding> {
    let mut accepted: [Option<(u16, Coding)>; 3] = [None; 3];
    // Without the field, only plain bytes are accepted.
    if let Some(accept) = environ.get("HTTP_ACCEPT_ENCODING").map(AcceptEncoding::new) {
        let plain = accept.weight("identity");
        for (place, &coding) in accepted.iter_mut().zip(offered) {
            let weight = accept.weight(coding.name());
            *place = (weight > 0 && weight >= plain).then_some((weight, coding));
        }
    }
    accepted.sort_by_key(|coding| std::cmp::Reverse(coding.map(|(weight, _)| weight)));
    accepted.into_iter().flatten().map(|(_, coding)| coding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, expected: &[Coding]) {
        let mut environ = Environ::new();
        environ.set("HTTP_ACCEPT_ENCODING", field);
        let found: Vec<_> = accepted(&environ, &Coding::ALL).collect();
        assert_eq!(found, expected, "{field}");
    }

    #[test]
    fn codings_are_tried_in_the_order_of_the_client() {
        use Coding::{Brotli, Gzip, Zstandard};
        check("gzip, deflate, br, zstd", &[Brotli, Zstandard, Gzip]);
        check("gzip, br;q=0.5", &[Gzip, Brotli]);
        check("br;q=0, *", &[Zstandard, Gzip]);
        check("identity, gzip;q=0.9", &[]);
        check("identity;q=0.5, gzip;q=0.5", &[Gzip]);
        check("identity;q=0", &[]);
        check("", &[]);
        assert_eq!(accepted(&Environ::new(), &Coding::ALL).count(), 0);
    }
}
