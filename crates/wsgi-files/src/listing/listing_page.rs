//! The contents of a listing, for a page of one's own.

use std::fmt;

use wsgi_application::Environ;

use super::Listing;

/// A function that writes the page of a listing.
pub(crate) type MakePage = dyn Fn(&Environ, &ListingPage<'_>) -> String + Send + Sync;

/// The contents of a listing, which [`Files::listing_page`](crate::Files::listing_page) puts into a
/// page of your own.
///
/// ```
/// use wsgi_files::{Files, ListingPage};
/// use wsgi_testing::Request;
///
/// fn bare(listing: &ListingPage<'_>) -> String {
///     assert_eq!(listing.path(), "/");
///     listing.table()
/// }
///
/// let site = Files::folder("src")?.listing(true).listing_page(|_environ, listing| bare(listing));
/// assert!(Request::get("/").call(&site).text().starts_with("<table>"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct ListingPage<'a> {
    listing: &'a Listing,
    path: &'a str,
    has_parent: bool,
}

impl<'a> ListingPage<'a> {
    pub(crate) fn new(listing: &'a Listing, path: &'a str, has_parent: bool) -> Self {
        Self {
            listing,
            path,
            has_parent,
        }
    }

    /// The path of the folder, decoded, with that of the application. It is the text of a client:
    /// escape it.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path
    }

    /// The entries as an HTML table of names, sizes and times, whose headings are links that sort
    /// it. All links are relative, so a page with a `<base>` other than the folder breaks them.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::new();
        self.listing.table(&mut out, self.has_parent);
        out
    }
}

impl fmt::Debug for ListingPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListingPage")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
