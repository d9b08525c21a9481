use std::{
    env,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;
use wsgi::adaptor::{escape, with_state};
use wsgi::files::Files;
use wsgi::middleware::{
    AccessLog, Htpasswd, HttpsRedirect, LogWriter, PasswordCheck, RequestId, TrustedProxies,
};
use wsgi::server::{Listener, Server, Tls};
use wsgi::sessions::{FileStore, Sessions};
use wsgi::{Adaptor, Application, HttpError, Mounts, Request, Response, Result};

/// The form for a new note, and the button for the logout.
const FORMS: &str = "<form method=\"post\">\n\
    <label>Note: <input name=\"text\" maxlength=\"200\" required></label>\n\
    <button>Pin it</button>\n\
    </form>\n\
    <form method=\"post\" action=\"/logout\"><button>Log out</button></form>\n";

/// The form for the login.
const LOGIN: &str = "<form method=\"post\">\n\
    <label>Name: <input name=\"name\" autocomplete=\"username\" required></label>\n\
    <label>Password: <input name=\"password\" type=\"password\" \
    autocomplete=\"current-password\" required></label>\n\
    <button>Log in</button>\n\
    </form>\n";

struct Note {
    author: String,
    text: String,
}

/// The notes, oldest first, and the people who may pin some.
struct Board {
    notes: Mutex<Vec<Note>>,
    users: Box<dyn PasswordCheck>,
}

impl Board {
    fn new(users: impl PasswordCheck + 'static) -> Self {
        let notes = Mutex::default();
        let users = Box::new(users);
        Self { notes, users }
    }

    /// The notes, which no other thread changes meanwhile.
    fn notes(&self) -> MutexGuard<'_, Vec<Note>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows the notes, or only the last ones, and the forms or a link to the login.
fn list(board: &Board, request: &Request<'_>) -> Result<Response> {
    let last: usize = request.query().parse("last")?.unwrap_or(100);
    let notes = board.notes();
    let skipped = notes.len().saturating_sub(last);
    let mut html = String::from("<ul>\n");
    for (number, note) in notes.iter().enumerate().skip(skipped) {
        let (author, text) = (escape(&note.author), escape(&note.text));
        let url = request.url_for("note", &[("number", &number)])?;
        html += &format!("<li>{author}: <a href=\"{url}\">{text}</a>\n");
    }
    drop(notes);
    html += "</ul>\n";
    html += match request.session()?.owner()? {
        Some(_) => FORMS,
        None => "<p><a href=\"/login\">Log in</a></p>\n",
    };
    Ok(page("Notes", &html))
}

/// Shows one note.
fn show(board: &Board, request: &Request<'_>) -> Result<Response> {
    let number: usize = request.parameter("number")?;
    let notes = board.notes();
    let note = notes.get(number);
    let note = note.ok_or(HttpError::new(404, "There is no such note."))?;
    let (author, text) = (escape(&note.author), escape(&note.text));
    Ok(page("A note", &format!("<p>{author}: {text}</p>\n")))
}

/// Pins a note of the user who is logged in. Sends everybody else to the login.
fn pin(board: &Board, request: &Request<'_>) -> Result<Response> {
    let Some(author) = request.session()?.owner()? else {
        return Ok(Response::redirect(&request.url_for("login", &[])?));
    };
    let text = request.field("text")?.unwrap_or_default().trim().to_owned();
    if text.is_empty() || text.chars().count() > 200 {
        return Err(HttpError::new(422, "A note has 1 to 200 characters.").into());
    }
    board.notes().push(Note { author, text });
    Ok(Response::redirect(&request.url_for("notes", &[])?))
}

/// Asks for a name and a password, below the message of a login that failed.
fn ask(_board: &Board, request: &Request<'_>) -> Result<Response> {
    let messages: Vec<String> = request.session()?.flashes()?;
    let messages: String = messages
        .iter()
        .map(|message| format!("<p>{}</p>\n", escape(message)))
        .collect();
    Ok(page("Log in", &(messages + LOGIN)))
}

/// The fields of the form for the login.
#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

/// Logs a user in.
fn log_in(board: &Board, request: &Request<'_>) -> Result<Response> {
    let Login { name, password } = request.form_as()?;
    let session = request.session()?;
    if !board.users.check(&name, &password)? {
        writeln!(request.errors(), "A login of {name:?} failed.")?;
        session.flash("The name or the password is wrong.")?;
        return Ok(Response::redirect(&request.url_for("login", &[])?));
    }
    session.login(name)?;
    Ok(Response::redirect(&request.url_for("notes", &[])?))
}

/// Ends the session.
fn log_out(_board: &Board, request: &Request<'_>) -> Result<Response> {
    request.session()?.end()?;
    Ok(Response::redirect(&request.url_for("notes", &[])?))
}

/// A whole page of HTML.
fn page(title: &str, content: &str) -> Response {
    Response::html(format!(
        "<!doctype html>\n<title>{title}</title>\n\
        <link rel=\"stylesheet\" href=\"/static/style.css\">\n\
        <h1>{title}</h1>\n{content}"
    ))
}

/// The pages.
fn pages(board: Board, sessions: Sessions) -> Adaptor {
    let board = Arc::new(board);
    Adaptor::new()
        .get("/", with_state(&board, list))
        .post("/", with_state(&board, pin))
        .name("notes", "/")
        .get("/notes/{number}", with_state(&board, show))
        .name("note", "/notes/{number}")
        .get("/login", with_state(&board, ask))
        .post("/login", with_state(&board, log_in))
        .name("login", "/login")
        .post("/logout", with_state(&board, log_out))
        .after(|_request, response| response.with_header("Cache-Control", "no-cache"))
        .sessions(sessions)
}

/// The whole site: the files of a folder below `/static`, and the pages.
fn site(board: Board, sessions: Sessions, folder: &Path) -> io::Result<Mounts> {
    let files = Files::folder(folder)?.cache_control("max-age=3600");
    Ok(Mounts::new()
        .mount("/static", files)
        .fallback(pages(board, sessions)))
}

/// A site whose requests have an id, and a line in the log.
fn logged(site: impl Application, log: LogWriter) -> impl Application {
    RequestId::new(AccessLog::new(site, log))
}

/// A server that only nginx can reach.
fn behind_nginx(site: impl Application + 'static) -> Result<Server> {
    let site = TrustedProxies::new(site).trust("127.0.0.1".parse()?);
    Ok(Server::builder().bind("127.0.0.1:8000")?.build(site)?)
}

/// A server on the internet. The port without TLS leads to the other.
fn alone(
    site: impl Application + 'static,
    https: Listener,
    http: Listener,
    tls: &Tls,
) -> Result<Server> {
    let builder = Server::builder().listener(https.tls(tls)).listener(http);
    Ok(builder.build(HttpsRedirect::new(site))?)
}

fn main() -> Result<()> {
    let board = Board::new(Htpasswd::open("users")?);
    let sessions = Sessions::new(FileStore::open("sessions.redb")?);
    let site = site(board, sessions, Path::new("static"))?;
    let site = logged(site, LogWriter::builder().stderr()?);
    let arguments: Vec<String> = env::args().skip(1).collect();
    let server = match &arguments[..] {
        [] => behind_nginx(site)?,
        [certificate, key] => {
            let tls = Tls::from_pem_files(certificate, key)?;
            let (https, http) = (Listener::bind_to("", 443)?, Listener::bind_to("", 80)?);
            alone(site, https, http, &tls)?
        }
        _ => return Err("usage: board [CERTIFICATE KEY]".into()),
    };
    Ok(server.serve_until_stopped()?)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use wsgi::sessions::MemoryStore;
    use wsgi::testing::{Client, Request};

    use super::*;

    /// A visitor of a new board, on which Ada may pin notes.
    fn visitor() -> Client<Adaptor> {
        let users = |name: &str, password: &str| (name, password) == ("ada", "lovelace");
        Client::new(pages(Board::new(users), sessions()))
    }

    fn sessions() -> Sessions {
        Sessions::new(MemoryStore::new())
    }

    /// Fills in the form for the login, and returns the page after it.
    fn log_in(client: &mut Client<Adaptor>, password: &str) -> String {
        let form = client.get("/login").form();
        let page = client.submit(form.set("name", "ada").set("password", password));
        page.text().to_owned()
    }

    #[test]
    fn a_user_pins_a_note_which_is_shown_as_text() {
        let mut ada = visitor();
        log_in(&mut ada, "lovelace");
        let form = ada.get("/").form();
        let page = ada.submit(form.set("text", "<b>Tea</b>"));
        assert!(page.text().contains("&lt;b&gt;Tea&lt;/b&gt;"));
    }

    #[test]
    fn a_visitor_cannot_pin_a_note() {
        let mut visitor = visitor();
        let page = visitor.send(Request::post("/").form([("text", "Spam")]));
        assert_eq!(page.url(), "http://localhost/login");
        assert!(!visitor.get("/").text().contains("Spam"));
    }

    #[test]
    fn a_wrong_password_is_told_once() {
        let mut visitor = visitor();
        let page = log_in(&mut visitor, "guess");
        assert!(page.contains("The name or the password is wrong."));
        assert!(!visitor.get("/login").text().contains("wrong"));
    }

    #[test]
    fn nobody_is_logged_in_after_a_logout() {
        let mut ada = visitor();
        log_in(&mut ada, "lovelace");
        let cookies = ada.cookies().clone();
        let logout = ada.get("/").form_of("Log out");
        ada.submit(logout);
        *ada.cookies_mut() = cookies;
        assert!(!ada.get("/").text().contains("Log out"));
    }

    #[test]
    fn a_page_of_another_site_cannot_send_the_form() {
        let mut ada = visitor();
        log_in(&mut ada, "lovelace");
        let note = Request::post("/").form([("text", "Spam")]);
        let response = ada.send_from("https://evil.example", note);
        assert_eq!(response.status().code(), 403);
    }

    #[test]
    fn a_request_has_a_line_in_the_log() {
        let (sender, lines) = mpsc::channel();
        let send = move |line: &str| sender.send(line.to_owned()).unwrap();
        let log = LogWriter::builder().closure(send).unwrap();
        let site = logged(pages(Board::new(|_: &str, _: &str| false), sessions()), log);
        Request::get("/notes/7").call(&site);
        let line = lines.recv().unwrap();
        assert!(line.contains("\"GET /notes/7 HTTP/1.1\" 404"), "{line}");
    }

    #[test]
    fn a_login_that_fails_is_reported_once() {
        let site = pages(Board::new(|_: &str, _: &str| false), sessions());
        let request = Request::post("/login").form([("name", "ada"), ("password", "guess")]);
        assert_eq!(request.call(&site).errors(), "A login of \"ada\" failed.\n");
    }
}
