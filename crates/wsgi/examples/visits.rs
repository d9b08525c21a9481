//! Counts each visitor's visits at http://127.0.0.1:8000. The key of the signed cookie and the
//! sessions outlive the program, in the files `visits.key` and `visits.redb`.

use wsgi::cookies::{Key, Keyring};
use wsgi::sessions::{FileStore, Sessions};
use wsgi::{Adaptor, Request, Response, Result, make_server};

fn visits(request: &Request<'_>) -> Result<Response> {
    let session = request.session()?;
    let visits = session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
    Ok(Response::html(format!("<p>Visits: {visits}</p>\n")))
}

fn main() -> Result<()> {
    let keyring = Keyring::new(Key::from_file_or_new("visits.key")?);
    let store = FileStore::open("visits.redb")?;
    let sessions = Sessions::builder(store)
        .signed(keyring)
        .persistent(true)
        .build()?;
    let app = Adaptor::new().get("/", visits).sessions(sessions);
    Ok(make_server("127.0.0.1", 8000, app)?.serve_until_stopped()?)
}
