//! A game at http://127.0.0.1:8000: a number from 1 to 100 to guess, kept in the visitor's session.

use std::{
    cmp::Ordering,
    hash::{BuildHasher, RandomState},
};

use wsgi::sessions::{MemoryStore, Sessions};
use wsgi::{Adaptor, Request, Response, Result, make_server};

const FORM: &str = "<form method=\"post\"><label>A number from 1 to 100: \
    <input name=\"guess\" type=\"number\" min=\"1\" max=\"100\" autofocus></label> \
    <button>Guess</button></form>\n";

/// Shows the outcome of the last guess once, and asks for another.
fn ask(request: &Request<'_>) -> Result<Response> {
    let said: Option<String> = request.session()?.take("said")?;
    let said = said.unwrap_or_else(|| "I am thinking of a number.".to_owned());
    Ok(Response::html(format!("<p>{said}</p>\n{FORM}")))
}

/// Takes a guess, and redirects to the outcome, so that a reload does not guess again.
fn play(request: &Request<'_>) -> Result<Response> {
    let session = request.session()?;
    let number = session.update("number", |n: Option<u8>| n.unwrap_or_else(think))?;
    let guess = request
        .field("guess")?
        .and_then(|text| text.parse::<u8>().ok());
    let said = match guess.map(|guess| guess.cmp(&number)) {
        None => "Please enter a number.".to_owned(),
        Some(Ordering::Less) => "It is greater.".to_owned(),
        Some(Ordering::Greater) => "It is less.".to_owned(),
        Some(Ordering::Equal) => {
            session.remove("number")?;
            format!("Yes, it is {number}! I am thinking of another.")
        }
    };
    session.insert("said", said)?;
    Ok(Response::redirect("/"))
}

/// A number from 1 to 100. The randomness is that of the standard library's hash keys.
fn think() -> u8 {
    (RandomState::new().hash_one(()) % 100) as u8 + 1
}

fn main() -> Result<()> {
    let sessions = Sessions::new(MemoryStore::new());
    let app = Adaptor::new()
        .get("/", ask)
        .post("/", play)
        .sessions(sessions);
    Ok(make_server("127.0.0.1", 8000, app)?.serve_until_stopped()?)
}
