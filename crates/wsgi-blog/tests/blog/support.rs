//! A blog in a temporary folder.

use std::{fs, path::PathBuf};

use tempfile::TempDir;
use wsgi::{
    Application, Environ, Result, StartResponse,
    testing::{Request, Response},
    validate::{Validator, validator},
};
use wsgi_blog::{Blog, BlogBuilder};

/// A blog in a folder that is removed on drop. A response that breaks the contract is a 500.
pub(crate) struct Temporary {
    blog: Validator<Blog>,
    pub(crate) folder: TempDir,
}

impl Temporary {
    pub(crate) fn new() -> Self {
        Self::of(Blog::builder())
    }

    pub(crate) fn of(builder: BlogBuilder) -> Self {
        let folder = TempDir::new().expect("a folder");
        let blog = validator(builder.open(&folder).expect("a blog"));
        Self { blog, folder }
    }

    pub(crate) fn get(&self, target: &str) -> Response {
        Request::get(target).call(self)
    }

    /// Gets a representation of this type, which must exist.
    #[track_caller]
    pub(crate) fn text(&self, target: &str, accept: &str) -> String {
        let response = Request::get(target).header("Accept", accept).call(self);
        assert_eq!(response.status().code(), 200, "{}", response.text());
        response.text().to_owned()
    }

    /// Puts an entry, and returns the status.
    pub(crate) fn put(&self, target: &str, text: &str) -> u16 {
        let request = Request::new("PUT", target).body(text);
        request.call(self).status().code()
    }

    /// Sends a form.
    pub(crate) fn post(&self, target: &str, fields: &[(&str, &str)]) -> Response {
        let encode = |text: &str| {
            let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
            bytes.collect::<String>()
        };
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)));
        let form = pairs.collect::<Vec<_>>().join("&");
        Request::post(target)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
            .call(self)
    }

    /// The entity tag of a representation of this type.
    #[track_caller]
    pub(crate) fn tag(&self, target: &str, accept: &str) -> String {
        let response = Request::get(target).header("Accept", accept).call(self);
        header(&response, "ETag")
    }

    /// The files of entries.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(&self.folder).expect("a folder");
        let paths = files.map(|file| file.expect("a file").path());
        let is_entry = |path: &PathBuf| path.extension().is_some_and(|end| end == "entry");
        paths.filter(is_entry).collect()
    }
}

impl Application for Temporary {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        self.blog.call(environ, start_response)
    }
}

/// The value of a field that a response must have.
#[track_caller]
pub(crate) fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).expect(name).to_string()
}
