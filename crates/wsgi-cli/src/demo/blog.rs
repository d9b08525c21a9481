//! `/blog/`: a blog that every visitor can write. It is the application of `wsgi-blog`.

use std::{io, path::PathBuf, sync::OnceLock};

use tempfile::TempDir;
use wsgi::{Application, Environ, Request, Result, StartResponse};
use wsgi_blog::Blog;

use super::document::{self, ACCOUNT, Frame};
use crate::{command::Visitors, data_dir::data_dir, store_address::StoreAddress};

/// The limit of entries. Further ones are refused until a visitor deletes one: anybody can, and
/// then somebody has decided which text goes.
const MAX_ENTRIES: usize = 100;

/// The limit of an entry, in bytes.
const MAX_ENTRY_BYTES: u32 = 16 << 10;

/// The blog of all visitors. Its folder is opened, and created if it is missing, at the first
/// request.
#[derive(Debug)]
pub(crate) struct VisitorsBlog {
    place: Place,
    opened: OnceLock<Opened>,
}

/// The place of the entries.
#[derive(Debug)]
enum Place {
    /// The folder that an option names.
    Named(PathBuf),
    /// A folder in the data directory, or a passing one if that is unknown.
    Default,
    /// A temporary folder, which is removed at the end.
    Passing,
}

#[derive(Debug)]
struct Opened {
    blog: Blog,
    /// Removed on drop.
    _folder: Option<TempDir>,
}

impl VisitorsBlog {
    /// The blog in the place that the options name, or else beside the sessions.
    pub(crate) fn new(options: &Visitors) -> Self {
        let place = match (&options.blog, &options.session_store) {
            (Some(folder), _) => Place::Named(folder.clone()),
            (None, Some(StoreAddress::Memory)) => Place::Passing,
            (None, _) => Place::Default,
        };
        let opened = OnceLock::new();
        Self { place, opened }
    }

    /// A blog in a temporary folder.
    #[cfg(test)]
    pub(crate) fn passing() -> Self {
        Self {
            place: Place::Passing,
            opened: OnceLock::new(),
        }
    }

    /// Opens a folder that is named, so that a wrong one is told of at once.
    ///
    /// # Errors
    ///
    /// The folder cannot be used. The error names it.
    pub(crate) fn check(&self) -> io::Result<()> {
        match &self.place {
            Place::Named(_) => self.blog().map(|_| ()),
            Place::Default | Place::Passing => Ok(()),
        }
    }

    fn blog(&self) -> io::Result<&Blog> {
        if let Some(opened) = self.opened.get() {
            return Ok(&opened.blog);
        }
        let opened = self.open()?;
        // Of two requests at once, one opens it in vain.
        Ok(&self.opened.get_or_init(|| opened).blog)
    }

    fn open(&self) -> io::Result<Opened> {
        let folder = match &self.place {
            Place::Named(folder) => Some(folder.clone()),
            Place::Default => data_dir().ok().map(|folder| folder.join("blog")),
            Place::Passing => None,
        };
        let settings = Blog::builder()
            .header(header)
            .footer(|_| document::footer())
            .style(document::STYLE)
            .author("Visitors")
            .max_entries(MAX_ENTRIES)
            .max_entry_bytes(MAX_ENTRY_BYTES);
        Ok(match folder {
            Some(folder) => Opened {
                blog: settings.open(folder)?,
                _folder: None,
            },
            None => {
                let folder = TempDir::new()?;
                Opened {
                    blog: settings.open(&folder)?,
                    _folder: Some(folder),
                }
            }
        })
    }
}

/// The site's header, on a page of the blog. The blog does not know who is logged in.
fn header(request: &Request<'_>) -> String {
    let blog = request.link("/");
    let root = blog.trim_end_matches('/').rfind('/').unwrap_or(0);
    let path = request.relative_path().to_string_lossy();
    let frame = Frame {
        root: &blog[..=root],
        path: &format!("blog{path}"),
        account: ACCOUNT,
    };
    frame.header("") // a page of the blog has no base
}

impl Application for VisitorsBlog {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        self.blog()?.call(environ, start_response)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wsgi::testing::Request;

    use super::*;
    use crate::demo::in_memory;

    fn put(application: &impl Application, path: &str, text: &str) -> u16 {
        let request = Request::new("PUT", path).body(text);
        request.call(application).status().code()
    }

    #[test]
    fn the_blog_is_bounded_in_number_and_size() {
        let site = in_memory();
        for number in 0..MAX_ENTRIES {
            assert_eq!(put(&site, &format!("/blog/{number}"), "x"), 201);
        }
        assert_eq!(
            put(&site, "/blog/another", "x"),
            507,
            "further ones are refused"
        );
        assert_eq!(put(&site, "/blog/0", "y"), 200, "but none is lost");
        let long = "x".repeat(MAX_ENTRY_BYTES as usize + 1);
        assert_eq!(put(&site, "/blog/0", &long), 413);
    }

    #[test]
    fn the_blog_has_the_frame_of_the_site() {
        let site = wsgi::Mounts::new().mount("/a b", in_memory());
        assert_eq!(put(&site, "/a%20b/blog/c%20d", "text"), 201);
        for (path, current) in [
            ("", "page"),
            ("?q=tea", "page"),
            ("c%20d", "true"),
            ("none", "true"),
        ] {
            let page = Request::get(format!("/a%20b/blog/{path}"))
                .header("Accept", "text/html")
                .call(&site);
            for part in [
                "<a class=\"home\" href=\"/a%20b/\">wsgi demo</a>",
                "<a href=\"/a%20b/basket\">Basket</a>",
                "<a class=\"account\" href=\"/a%20b/login\">Account</a>",
                "<footer>",
                &format!("<a href=\"/a%20b/blog/\" aria-current=\"{current}\">Blog</a>"),
                "<a class=\"skip\" href=\"#content\">",
            ] {
                assert!(page.text().contains(part), "{part} in {}", page.text());
            }
        }
    }

    /// The header is a part of the page, so it counts for the tag.
    #[test]
    fn the_tag_of_any_representation_allows_one_change() {
        let site = in_memory();
        assert_eq!(put(&site, "/blog/a", "text"), 201);
        for query in ["", "?type=html", "?type=xhtml", "?type=xml", "?type=atom"] {
            let seen = Request::get(format!("/blog/a{query}")).call(&site);
            let tag = seen.headers().get("ETag").expect("a tag").to_string();
            for (text, status) in [(query, 200), ("late", 412)] {
                let change = Request::new("PUT", "/blog/a").header("If-Match", &tag);
                let changed = change.body(text).header("Content-Type", "text/plain");
                assert_eq!(changed.call(&site).status().code(), status, "{query}");
            }
        }
    }

    #[test]
    fn a_named_folder_is_opened_at_once_and_stays() {
        let folder = TempDir::new().expect("a folder");
        let place = folder.path().join("a/b");
        let options = Visitors {
            blog: Some(place.clone()),
            ..Visitors::default()
        };
        let blog = VisitorsBlog::new(&options);
        blog.check().expect("it is created");
        assert_eq!(put(&blog, "/x", "text"), 201);
        drop(blog);
        let again = VisitorsBlog::new(&options);
        assert!(Request::get("/x").call(&again).text().contains("text"));

        let file = place.join("blog");
        let blog = Some(file.clone());
        let wrong = VisitorsBlog::new(&Visitors { blog, ..options });
        let error = wrong.check().expect_err("it is a file").to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
    }

    #[test]
    fn with_sessions_in_memory_nothing_stays() {
        let options = Visitors {
            session_store: Some(StoreAddress::Memory),
            ..Visitors::default()
        };
        let blog = VisitorsBlog::new(&options);
        blog.check().expect("nothing to check");
        assert!(
            blog.opened.get().is_none(),
            "nothing is created before a request"
        );
        assert_eq!(put(&blog, "/x", "text"), 201);
        let opened = blog.opened.get().expect("a blog");
        let folder = opened
            ._folder
            .as_ref()
            .map(TempDir::path)
            .map(Path::to_owned);
        let folder = folder.expect("a folder");
        assert!(folder.exists());
        drop(blog);
        assert!(!folder.exists());
    }
}
