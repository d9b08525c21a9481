//! `/blog/`: a blog that every visitor can write. It is the application of `wsgi-blog`.

use std::{io, path::PathBuf, sync::OnceLock};

use tempfile::TempDir;
use wsgi::{Application, Environ, Result, StartResponse};
use wsgi_blog::Blog;

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
            .parent("wsgi demo")
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
    fn the_blog_links_to_the_site() {
        let site = wsgi::Mounts::new().mount("/a b", in_memory());
        let page = Request::get("/a%20b/blog/").call(&site);
        let header = "<a href=\"/a%20b/\">wsgi demo</a> / <a href=\"/a%20b/blog/\">Blog</a>";
        assert!(page.text().contains(header), "{}", page.text());
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
