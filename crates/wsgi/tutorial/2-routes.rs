use std::sync::Arc;

use wsgi::adaptor::{escape, with_state};
use wsgi::{Adaptor, HttpError, Request, Response, Result, make_server};

/// The notes, oldest first.
struct Board {
    notes: Vec<String>,
}

/// Shows the notes, or only the last ones.
fn list(board: &Board, request: &Request<'_>) -> Result<Response> {
    let last: usize = request.query().parse("last")?.unwrap_or(100);
    let skipped = board.notes.len().saturating_sub(last);
    let mut html = String::from("<ul>\n");
    for (number, note) in board.notes.iter().enumerate().skip(skipped) {
        let url = request.url_for("note", &[("number", &number)])?;
        html += &format!("<li><a href=\"{url}\">{}</a>\n", escape(note));
    }
    Ok(page("Notes", &(html + "</ul>\n")))
}

/// Shows one note.
fn show(board: &Board, request: &Request<'_>) -> Result<Response> {
    let number: usize = request.parameter("number")?;
    let note = board.notes.get(number);
    let note = note.ok_or(HttpError::new(404, "There is no such note."))?;
    Ok(page("A note", &format!("<p>{}</p>\n", escape(note))))
}

/// A whole page of HTML.
fn page(title: &str, content: &str) -> Response {
    Response::html(format!(
        "<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n{content}"
    ))
}

/// The whole site.
fn site(board: Board) -> Adaptor {
    let board = Arc::new(board);
    Adaptor::new()
        .get("/", with_state(&board, list))
        .get("/notes/{number}", with_state(&board, show))
        .name("note", "/notes/{number}")
}

fn main() -> Result<()> {
    let notes = vec!["Tea & cake at four.".to_owned(), "Bring cups!".to_owned()];
    let site = site(Board { notes });
    Ok(make_server("127.0.0.1", 8000, site)?.serve_until_stopped()?)
}
