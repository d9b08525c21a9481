//! A page that stays open and tells its visitors of each other. Run `curl -N http://127.0.0.1:8000`
//! several times at once.

use std::sync::Mutex;

use wsgi::{
    Body, Environ, StartResponse, Status,
    application::{Chunk, Sender},
    make_server,
};

/// The visitors who look at the page. No thread waits for them.
static VISITORS: Mutex<Vec<Sender>> = Mutex::new(Vec::new());

fn page(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    let (sender, body) = Body::channel(64 * 1024);
    sender.send("Welcome.\n")?;
    let mut visitors = VISITORS.lock().map_err(|_| "a visit has panicked")?;
    let news = Chunk::from(format!("Somebody came: {} look.\n", visitors.len() + 1));
    let news = news.into_shared();
    // Visitors who have left, or do not read, are forgotten.
    visitors.retain(|visitor| visitor.try_send(news.clone()).is_ok());
    visitors.push(sender);
    Ok(body)
}

fn main() -> std::io::Result<()> {
    make_server("127.0.0.1", 8000, page)?.serve_until_stopped()
}
