//! Listings in the frame of a site.

use wsgi_application::Environ;

use super::Files;
use crate::listing::listing_page::ListingPage;

impl Files {
    /// Sets the page of [listings](Self::listing), so that they look like the rest of a site. The
    /// function gets the request and the contents, and returns the HTML of the whole page.
    ///
    /// The response then has no `Content-Security-Policy`, which depends on the page: middleware
    /// can set it. Clients that prefer JSON still get that.
    ///
    /// ```
    /// use wsgi_files::Files;
    /// use wsgi_testing::Request;
    ///
    /// let site = Files::folder("src")?.listing(true).listing_page(|_environ, listing| {
    ///     format!("<!DOCTYPE html><title>Files</title><header>Shop</header>{}", listing.table())
    /// });
    /// let page = Request::get("/").call(&site);
    /// assert!(page.text().contains("<header>Shop</header><table>"));
    /// assert!(page.text().contains("<a href=\"lib.rs\">"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn listing_page(
        mut self,
        page: impl Fn(&Environ, &ListingPage<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.listing_page = Some(Box::new(page));
        self
    }
}
