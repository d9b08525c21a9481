//! Forms in pages.

use wsgi::{Request, adaptor::escape};

use crate::{
    entry::Entry,
    link,
    name::{MAX_BYTES, Name},
};

/// The content of an entry's form.
#[derive(Debug, Default)]
pub(crate) struct Draft<'a> {
    /// The entry that is edited. `None` for a new one.
    pub(crate) of: Option<&'a Name>,
    /// The name that was typed for a new one.
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
    /// The state of the entry that the visitor has seen. Empty if there was none.
    pub(crate) known: &'a str,
}

/// The form of a new entry, or of one that is edited.
pub(crate) fn editor(request: &Request<'_>, draft: &Draft<'_>) -> String {
    let (target, name, button, back) = match draft.of {
        Some(name) => {
            let entry = link::entry(name);
            let back = format!(
                "<p><a href=\"{}\">Back to the entry</a></p>\n",
                escape(&request.link(&entry))
            );
            (entry, String::new(), "Save", back)
        }
        None => {
            let value = escape(draft.name);
            let name = format!(
                "<label>Name\n<input name=\"name\" required=\"required\" \
                maxlength=\"{MAX_BYTES}\" value=\"{value}\"/></label>\n"
            );
            ("/".to_owned(), name, "Publish", String::new())
        }
    };
    // A parser of HTML drops the first line end of a text area.
    let newline = if draft.text.starts_with(['\n', '\r']) {
        "\n"
    } else {
        ""
    };
    format!(
        "<form method=\"post\" action=\"{action}\">\n{name}\
        <label>Text\n<textarea name=\"text\" rows=\"8\" required=\"required\" dir=\"auto\">\
        {newline}{text}</textarea></label>\n\
        <input type=\"hidden\" name=\"known\" value=\"{known}\"/>\n\
        <button name=\"action\" value=\"save\">{button}</button>\n</form>\n{back}",
        action = escape(&request.link(&target)),
        text = escape(draft.text),
        known = escape(draft.known)
    )
}

/// The form that deletes an entry in the state that the page shows.
pub(crate) fn removal(request: &Request<'_>, entry: &Entry) -> String {
    format!(
        "<form method=\"post\" action=\"{}\">\n\
        <input type=\"hidden\" name=\"known\" value=\"{}\"/>\n\
        <button name=\"action\" value=\"delete\">Delete</button>\n</form>\n",
        escape(&request.link(&link::entry(&entry.head.name))),
        entry.state()
    )
}
