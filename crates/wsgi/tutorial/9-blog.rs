use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use wsgi::adaptor::with_state;
use wsgi::files::{Conditions, EntityTag, Validators, Verdict};
use wsgi::headers::Value;
use wsgi::{Adaptor, HttpError, Request, Response, Result, make_server};

/// A folder with a file for each entry.
struct Blog {
    folder: PathBuf,
    /// Held by the request that changes a file.
    changing: Mutex<()>,
}

impl Blog {
    fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        sync(&folder.join(".."))?;
        let (folder, changing) = (folder.to_owned(), Mutex::default());
        Ok(Self { folder, changing })
    }

    /// The file of the entry that the path names. A name cannot lead out of the folder.
    fn file(&self, request: &Request<'_>) -> Result<PathBuf, HttpError> {
        let name = request.parameter_str("name");
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.len() > 100 || !name.chars().all(is_plain) {
            return Err(HttpError::new(
                400,
                "A name has small letters, digits and hyphens.",
            ));
        }
        Ok(self.folder.join(format!("{name}.txt")))
    }
}

/// The text of an entry, unless there is none.
fn read(file: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces the text of an entry. A reader sees the old text or the new one, and nothing between.
fn write(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    let new = file.with_extension("new");
    fs::write(&new, text)?;
    sync(&new)?;
    fs::rename(new, file)?;
    sync(folder)
}

/// Waits until the content of a file, or the names in a folder, are on the disk.
fn sync(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

/// The entity tag of a text, which changes with it: its hash by FNV-1a.
fn tag(text: &str) -> EntityTag {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    EntityTag::strong(format!("{hash:016x}")).expect("digits are valid")
}

/// The verdict of a request's conditions on the current text.
fn verdict(request: &Request<'_>, current: Option<&str>) -> Verdict {
    let field = |name: &str| request.header(name).map(Value::as_bytes);
    let conditions = Conditions::new()
        .if_match(field("If-Match"))
        .if_none_match(field("If-None-Match"));
    let validators = current.map(|text| Validators::new().with_etag(tag(text)));
    let method = request.method();
    conditions.evaluate(method.to_str().unwrap_or_default(), validators.as_ref())
}

/// Lists the names of the entries.
fn list(blog: &Blog, _request: &Request<'_>) -> Result<String> {
    let mut names = Vec::new();
    for file in fs::read_dir(&blog.folder)? {
        let name = file?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".txt"));
        names.extend(name.map(|name| format!("{name}\n")));
    }
    names.sort();
    Ok(names.concat())
}

fn show(blog: &Blog, request: &Request<'_>) -> Result<Response> {
    let text = read(&blog.file(request)?)?;
    let text = text.ok_or(HttpError::new(404, "There is no such entry."))?;
    let etag = tag(&text).to_string();
    let response = match verdict(request, Some(&text)) {
        Verdict::NotModified => Response::empty(304),
        Verdict::Failed => return Err(HttpError::new(412, "The entry is another.").into()),
        Verdict::Perform => Response::text(text),
    };
    Ok(response.with_header("ETag", etag))
}

/// Creates an entry, or replaces its text.
fn put(blog: &Blog, request: &Request<'_>) -> Result<Response> {
    if request.environ().content_length().is_none() {
        return Err(HttpError::new(411, "Say how long the text is.").into());
    }
    let file = blog.file(request)?;
    let text = String::from_utf8(request.body()?.to_vec());
    let text = text.map_err(|_| HttpError::new(422, "The text is not UTF-8."))?;
    let changing = blog.changing.lock();
    let _changing = changing.unwrap_or_else(PoisonError::into_inner);
    let current = read(&file)?;
    if verdict(request, current.as_deref()) != Verdict::Perform {
        return Err(HttpError::new(412, "Somebody else changed the entry.").into());
    }
    write(&blog.folder, &file, &text)?;
    let status = if current.is_none() { 201 } else { 200 };
    let response = Response::text("Saved.\n").with_status(status);
    Ok(response.with_header("ETag", tag(&text).to_string()))
}

fn delete(blog: &Blog, request: &Request<'_>) -> Result<Response> {
    let file = blog.file(request)?;
    let changing = blog.changing.lock();
    let _changing = changing.unwrap_or_else(PoisonError::into_inner);
    let current = read(&file)?;
    let current = current.ok_or(HttpError::new(404, "There is no such entry."))?;
    if verdict(request, Some(&current)) != Verdict::Perform {
        return Err(HttpError::new(412, "Somebody else changed the entry.").into());
    }
    fs::remove_file(file)?;
    sync(&blog.folder)?;
    Ok(Response::empty(204))
}

/// The whole application.
fn site(blog: Blog) -> Adaptor {
    let blog = Arc::new(blog);
    Adaptor::new()
        .get("/", with_state(&blog, list))
        .get("/{name}", with_state(&blog, show))
        .put("/{name}", with_state(&blog, put))
        .delete("/{name}", with_state(&blog, delete))
}

fn main() -> Result<()> {
    let site = site(Blog::open(Path::new("entries"))?);
    Ok(make_server("127.0.0.1", 8000, site)?.serve_until_stopped()?)
}
