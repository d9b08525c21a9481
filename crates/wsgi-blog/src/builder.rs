//! The settings of a blog.

use std::{io, path::Path};

use crate::{
    blog::Blog, limits::Limits, site::Site, store::Store, store_error::StoreError, text::visible,
};

/// The settings of a [`Blog`].
///
/// ```
/// use wsgi::testing::Request;
/// use wsgi_blog::Blog;
///
/// # let folder = tempfile::tempdir()?;
/// let blog = Blog::builder()
///     .title("Notes")
///     .author("Ada")
///     .parent("Home")
///     .max_entries(1)
///     .max_entry_bytes(9)
///     .open(&folder)?;
/// let put = |path, text: &str| Request::new("PUT", path).body(text).call(&blog).status().code();
/// assert_eq!(put("/a", "too long, by far"), 413);
/// assert_eq!(put("/a", "fits"), 201);
/// assert_eq!(put("/b", "fits"), 507);
///
/// let feed = Request::get("/?type=atom").call(&blog);
/// assert!(feed.text().contains("<title>Notes</title>"));
/// assert!(feed.text().contains("<author><name>Ada</name></author>"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct BlogBuilder {
    title: String,
    author: String,
    parent: Option<String>,
    limits: Limits,
}

impl BlogBuilder {
    pub(crate) fn new() -> Self {
        Self {
            title: "Blog".to_owned(),
            author: "Anonymous".to_owned(),
            parent: None,
            limits: Limits::default(),
        }
    }

    /// Sets the title, "Blog" by default.
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// Sets the author of all entries, whom an Atom feed must name. By default it is "Anonymous".
    pub fn author(mut self, author: &str) -> Self {
        author.clone_into(&mut self.author);
        self
    }

    /// Sets the name of the site that the blog is a part of. All pages link to it, one level above
    /// the blog, or to `/` if the blog is not mounted. By default there is no such link.
    pub fn parent(mut self, name: &str) -> Self {
        self.parent = Some(name.to_owned());
        self
    }

    /// Sets the longest text of an entry in bytes, 64 KiB by default. A longer one is answered with
    /// 413.
    pub fn max_entry_bytes(mut self, bytes: u32) -> Self {
        self.limits.entry_bytes = bytes;
        self
    }

    /// Sets the limit on the number of entries, 1000 by default. When it is reached, further ones
    /// are refused with 507, until somebody deletes one. A search reads all entries.
    pub fn max_entries(mut self, count: usize) -> Self {
        self.limits.entries = count;
        self
    }

    /// Sets the number of entries on a page of the list, 20 by default.
    ///
    /// ```
    /// use wsgi::testing::Request;
    /// use wsgi_blog::Blog;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let blog = Blog::builder().entries_per_page(1).open(&folder)?;
    /// for path in ["/a", "/b"] {
    ///     Request::new("PUT", path).body("text").call(&blog);
    /// }
    /// let second = Request::get("/?page=2").call(&blog);
    /// assert!(second.text().contains(">a</a>") && !second.text().contains(">b</a>"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// It is 0.
    #[track_caller]
    pub fn entries_per_page(mut self, count: usize) -> Self {
        assert!(count > 0, "a page has at least one entry");
        self.limits.page_entries = count;
        self
    }

    /// Opens the folder of the entries, and creates it if it is missing.
    ///
    /// Several processes can have the same folder open. The entries are what its files say at each
    /// request.
    ///
    /// # Errors
    ///
    /// The folder cannot be created, read or written. The error names it.
    pub fn open(self, folder: impl AsRef<Path>) -> io::Result<Blog> {
        let folder = folder.as_ref();
        let store = Store::open(folder, self.limits).map_err(|error| {
            let kind = match &error {
                StoreError::Io(error) => error.kind(),
                _ => io::ErrorKind::Other,
            };
            let message = format!("cannot keep a blog in {}: {error}", folder.display());
            io::Error::new(kind, message)
        })?;
        Ok(Blog::new(Site {
            title: visible(&self.title),
            author: visible(&self.author),
            parent: self.parent.as_deref().map(visible),
            store,
        }))
    }
}
