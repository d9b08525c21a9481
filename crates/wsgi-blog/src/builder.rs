//! The settings of a blog.

use std::{io, path::Path, sync::Arc};

use wsgi::Request;

use crate::{
    blog::Blog, frame::Frame, limits::Limits, site::Site, store::Store, store_error::StoreError,
    text::visible,
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
    frame: Frame,
    limits: Limits,
}

impl Blog {
    /// A blog with default settings. See [`BlogBuilder::open`].
    ///
    /// # Errors
    ///
    /// Those of [`BlogBuilder::open`].
    pub fn open(folder: impl AsRef<Path>) -> io::Result<Self> {
        Self::builder().open(folder)
    }

    /// Settings of a blog.
    ///
    /// ```
    /// use wsgi_blog::Blog;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let blog = Blog::builder().title("Notes").author("Ada").max_entries(100).open(&folder)?;
    /// let page = wsgi::testing::Request::get("/").call(&blog);
    /// assert!(page.text().contains("<h1>Notes</h1>"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder() -> BlogBuilder {
        BlogBuilder::new()
    }
}

impl BlogBuilder {
    fn new() -> Self {
        Self {
            title: "Blog".to_owned(),
            author: "Anonymous".to_owned(),
            parent: None,
            frame: Frame::new(),
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

    /// Sets the header of all pages, in place of one that links to the blog and to its
    /// [`parent`](Self::parent).
    ///
    /// The function writes XHTML, such as the navigation of the site around the blog. Its links
    /// need whole paths, which [`Request::link`] makes of those below the blog. It escapes what is
    /// not its own. A link to the page's content leads to `#content`. What the function writes
    /// counts for the entity tags of pages. It must depend on the path alone, and not on the method
    /// or the query: otherwise no `If-Match` of a client would match.
    ///
    /// ```
    /// use wsgi::testing;
    /// use wsgi_blog::Blog;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let blog = Blog::builder()
    ///     .header(|request| {
    ///         let blog = wsgi::adaptor::escape(&request.link("/")).into_owned();
    ///         format!("<header><a href=\"/\">Home</a> <a href=\"{blog}\">News</a></header>")
    ///     })
    ///     .footer(|_| "<footer>Made by hand</footer>".to_owned())
    ///     .style("footer { font-style: italic }")
    ///     .open(&folder)?;
    /// let page = testing::Request::get("/").call(&blog);
    /// assert!(page.text().contains("<a href=\"/\">Home</a> <a href=\"/\">News</a>"));
    /// assert!(page.text().contains("Made by hand"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn header(
        mut self,
        header: impl Fn(&Request<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.frame.set_header(Arc::new(header));
        self
    }

    /// Sets the footer of all pages. By default there is none. The function writes XHTML, as that
    /// of [`header`](Self::header) does.
    ///
    /// ```
    /// use wsgi_blog::Blog;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let footer = |_: &wsgi::Request<'_>| "<footer>By Ada</footer>".to_owned();
    /// let blog = Blog::builder().footer(footer).open(&folder)?;
    /// let page = wsgi::testing::Request::get("/").call(&blog);
    /// assert!(page.text().contains("</main>\n<footer>By Ada</footer></body>"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn footer(
        mut self,
        footer: impl Fn(&Request<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.frame.set_footer(Arc::new(footer));
        self
    }

    /// Adds rules to the style of all pages, after the blog's own. Pages load no other style, and
    /// `style` attributes have no effect.
    ///
    /// ```
    /// use wsgi_blog::Blog;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let blog = Blog::builder().style("body { max-width: 50rem }").open(&folder)?;
    /// let page = wsgi::testing::Request::get("/").call(&blog);
    /// assert!(page.text().contains("body { max-width: 50rem }</style>"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// It has a `<`, a `&`, a `]]>` or a carriage return, which HTML and XML read differently.
    #[track_caller]
    pub fn style(mut self, rules: &str) -> Self {
        self.frame.add_style(rules);
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
            policy: self.frame.policy(),
            frame: self.frame,
            store,
        }))
    }
}
