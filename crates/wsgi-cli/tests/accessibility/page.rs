//! The pages of the demo, and the ways to them.

use crate::browser::Browser;

/// A page, or what comes of a form on it.
pub(crate) struct Page {
    /// The path below the root, after the name and the password of a user if it needs them.
    path: &'static str,
    /// The visitor's acts there, as a script.
    does: &'static str,
    /// A text of the page that is shown at last.
    shows: &'static str,
}

/// Functions for the acts of visitors.
const HANDS: &str = "
    const field = name => document.querySelector(`main form[method=post] [name=${name}]`);
    const type = (name, value) => { field(name).value = value };
    const send = name => field(name).form.querySelector('button').click();
    const force = name => field(name).form.submit();";

/// The pages that people get who do nothing wrong.
pub(crate) const PAGES: [Page; 23] = [
    Page::at("", "This site is a WSGI application"),
    Page::at("environ", "wsgi.version"),
    Page::at("environ/caf%C3%A9/menu?day=today", "PATH_<wbr>INFO"),
    Page::at("echo", "What you send"),
    Page::of(
        "echo",
        "type('text', '<b>'); send('text')",
        "What came back",
    ),
    Page::at("visits", "Visits: "),
    Page::at("basket", "Your basket"),
    Page::of("basket", "type('item', 'tea'); send('item')", "<li>tea"),
    Page::at("guess", "Guess a number"),
    Page::of(
        "guess",
        "type('guess', '0'); force('guess')",
        "Please enter",
    ),
    Page::at("upload", "Upload files"),
    Page::of(
        "upload",
        "type('word', 'tea'); send('word')",
        "What arrived",
    ),
    Page::at("login", "</footer>"),
    Page::at("events", "id=\"state\">open"),
    Page::at("demo:demo@private", "Hello demo!"),
    Page::at("files/", "Index of"),
    Page::at("files/pictures/?sort=size&order=desc", "Index of"),
    Page::at("files/page.html", "Static files"),
    Page::of(
        "blog/",
        "type('name', 'A day'); type('text', 'Rain.'); send('name')",
        "?edit\">",
    ),
    Page::at("blog/", "A new entry"),
    Page::at("blog/A%20day?edit", "</textarea>"),
    Page::at("blog/?q=rain&type=xhtml", "A day"),
    Page::at("blog/?q=sun", "No entry has this text"),
];

/// The pages that tell what is wrong.
pub(crate) const ERRORS: [Page; 10] = [
    Page::at("nothing", "404 Not Found"),
    Page::at("hello/nobody", "404 Not Found"),
    Page::at("logout", "405 Method Not Allowed"),
    // A browser that has an answer 401 asks for a password in a window of its own.
    Page::of(
        "nothing",
        "fetch('/private', { credentials: 'omit', headers: { Accept: 'text/html' } })
            .then(answer => answer.text())
            .then(html => {
                const nonce = `nonce=\"${document.querySelector('style').nonce}\"`;
                history.replaceState(null, '', '/private');
                document.documentElement.innerHTML = html.replace(/nonce=\"[^\"]*\"/, nonce);
            })",
        "401 Unauthorized",
    ),
    Page::of(
        "login",
        "type('user', 'x'); type('password', 'x'); send('user')",
        "is wrong",
    ),
    Page::of(
        "data:text/html,<title>of another site</title>",
        "document.body.innerHTML = `<form method=post action='${site}basket'><input name=item>`;
        document.forms[0].submit()",
        "403 Forbidden",
    ),
    Page::at("blog/nothing", "404 Not Found"),
    Page::of(
        "blog/",
        "type('name', '..'); type('text', 'x'); send('name')",
        "It is not saved",
    ),
    Page::of(
        "blog/A%20day?edit",
        "type('known', 'x'); type('text', 'Sun.'); send('text')",
        "Their text",
    ),
    Page::of(
        "blog/A%20day",
        "type('known', 'x'); send('known')",
        "is not deleted",
    ),
];

impl Page {
    pub(crate) const fn at(path: &'static str, shows: &'static str) -> Self {
        Self::of(path, "", shows)
    }

    pub(crate) const fn of(path: &'static str, does: &'static str, shows: &'static str) -> Self {
        Self { path, does, shows }
    }

    /// Goes there, and acts as the visitor.
    #[track_caller]
    pub(crate) fn open(&self, browser: &Browser, address: &str) {
        let url = match self.path.split_once('@') {
            _ if self.path.starts_with("data:") => self.path.to_owned(),
            Some((user, path)) => format!("http://{user}@{address}/{path}"),
            None => format!("http://{address}/{}", self.path),
        };
        browser.open(&url);
        if !self.does.is_empty() {
            let site = format!("const site = 'http://{address}/';");
            browser.run(&[&site, HANDS, self.does].concat());
        }
        browser.wait_for(self.shows);
        browser.wait_until("return document.readyState == 'complete'");
    }

    pub(crate) fn name(&self) -> String {
        match self.does {
            "" => format!("/{}", self.path),
            _ => format!("/{}, then {}", self.path, self.shows),
        }
    }
}
