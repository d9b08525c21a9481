use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wsgi::adaptor::{escape, with_state};
use wsgi::{Adaptor, HttpError, Request, Response, Result, make_server};

/// The form for a new note.
const FORM: &str = "<form method=\"post\">\n\
    <label>Note: <input name=\"text\" maxlength=\"200\" required></label>\n\
    <button>Pin it</button>\n\
    </form>\n";

/// The notes, oldest first.
#[derive(Default)]
struct Board {
    notes: Mutex<Vec<String>>,
}

impl Board {
    /// The notes, which no other thread changes meanwhile.
    fn notes(&self) -> MutexGuard<'_, Vec<String>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows the notes, or only the last ones, and the form.
fn list(board: &Board, request: &Request<'_>) -> Result<Response> {
    let last: usize = request.query().parse("last")?.unwrap_or(100);
    let notes = board.notes();
    let skipped = notes.len().saturating_sub(last);
    let mut html = String::from("<ul>\n");
    for (number, note) in notes.iter().enumerate().skip(skipped) {
        let url = request.url_for("note", &[("number", &number)])?;
        html += &format!("<li><a href=\"{url}\">{}</a>\n", escape(note));
    }
    Ok(page("Notes", &(html + "</ul>\n" + FORM)))
}

/// Shows one note.
fn show(board: &Board, request: &Request<'_>) -> Result<Response> {
    let number: usize = request.parameter("number")?;
    let note = board.notes().get(number).cloned();
    let note = note.ok_or(HttpError::new(404, "There is no such note."))?;
    Ok(page("A note", &format!("<p>{}</p>\n", escape(&note))))
}

/// Pins a note, and redirects to the list, so that a reload does not pin it again.
fn pin(board: &Board, request: &Request<'_>) -> Result<Response> {
    let text = request.field("text")?.unwrap_or_default().trim();
    if text.is_empty() || text.chars().count() > 200 {
        return Err(HttpError::new(422, "A note has 1 to 200 characters.").into());
    }
    board.notes().push(text.to_owned());
    Ok(Response::redirect(&request.url_for("notes", &[])?))
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
        .post("/", with_state(&board, pin))
        .name("notes", "/")
        .get("/notes/{number}", with_state(&board, show))
        .name("note", "/notes/{number}")
}

fn main() -> Result<()> {
    let site = site(Board::default());
    Ok(make_server("127.0.0.1", 8000, site)?.serve_until_stopped()?)
}
