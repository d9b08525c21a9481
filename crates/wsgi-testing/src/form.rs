//! A form of a page.

mod control;
mod fieldset;
mod of_response;
mod page;
mod sanitization;
mod scale;
mod sending;
mod submission;

use self::{
    control::{Content, Control, Entry, Kind, NO_FIELD, Upload},
    sending::Sending,
};
use crate::url::Url;

/// A form of a page, filled in like a user would, for [`Client::submit`](crate::Client::submit).
///
/// [`Response::form`](crate::Response::form) finds it in a page. Its fields have the values of the
/// page, also hidden ones. The methods change them. Then the form is sent as a browser sends it
/// (HTML Standard, "Form submission"): to its action, with its method and encoding, and with the
/// button that was [pressed](Self::press), or else the first one, as by the Enter key.
///
/// Whatever no user could do is a mistake in the test, and panics: setting a field that the form
/// does not have, choosing an option that is not there or a number that is not on the scale of a
/// range, or sending with a disabled button. There are no scripts, and nothing is checked that a
/// browser checks before it sends (`required`, `pattern`). A value of the page is lost if it is not
/// valid for the type of its field, such as a date in another form, while a typed value is sent as
/// it is. A button with an image sends the coordinates 0 and 0, as by the Enter key.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_testing::Client;
///
/// let app = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
///     if environ.request_method() == "POST" {
///         return Ok(std::io::read_to_string(environ.input())?.into());
///     }
///     Ok(r#"
///         <form method=post action=/order>
///         <input type=hidden name=table value=7>
///         <input name=name>
///         <select name=dish><option>soup<option>salad</select>
///         <input type=checkbox name=extra value=bread checked>
///         <input type=checkbox name=extra value=salt>
///         <textarea name=note>
/// none</textarea>
///         <button name=do value=order>Order</button>
///         </form>"#.into())
/// });
/// let mut client = Client::new(app);
/// let form = client.get("/").form();
/// assert_eq!(form.value("note"), Some("none"));
/// let response = client.submit(form.set("name", "Ada").set("dish", "salad").check("extra", "salt"));
/// assert_eq!(
///     response.text(),
///     "table=7&name=Ada&dish=salad&extra=bread&extra=salt&note=none&do=order"
/// );
/// ```
#[derive(Clone, Debug)]
#[must_use = "a form does nothing until it is submitted"]
pub struct Form {
    id: String,
    sends_referrer: bool,
    /// The URL of the page.
    page: Url,
    /// The URL that relative ones are resolved against.
    base: Url,
    sending: Sending,
    controls: Vec<Control>,
    /// The index of the button that was pressed.
    pressed: Option<usize>,
    /// Fields that are not in the page.
    added: Vec<(String, String)>,
}

/// The target and the fields of the form.
impl Form {
    /// Its attribute `id`, or nothing.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    ///     Ok("<form id=search></form>".into())
    /// });
    /// assert_eq!(Request::get("/").call(&app).form().id(), "search");
    /// ```
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The URL that the form is sent to. One that is not http or https is as the page has it.
    #[must_use]
    pub fn action(&self) -> String {
        let action = self.choice(|sending| &sending.action).unwrap_or_default();
        match self.url() {
            Some(url) => url.to_string(),
            None => action,
        }
    }

    /// The method that it is sent with: `GET` or `POST`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self.choice(|sending| &sending.method) {
            Some(method) if method.eq_ignore_ascii_case("post") => "POST",
            _ => "GET",
        }
    }

    /// The first value of a field as it would be sent now. `None` if it would not be sent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut values = self.fields().filter(|(found, _)| *found == name);
        values.next().map(|(_, value)| value)
    }

    /// The names and values that would be sent now, in order. A file has its name as value.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("<form><input name=a value=1><input name=b disabled><input name=c></form>".into())
    /// });
    /// let form = Request::get("/").call(&app).form();
    /// assert!(form.fields().eq([("a", "1"), ("c", "")]));
    /// ```
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries().map(|entry| match entry.content {
            Content::Text(value) => (entry.name, value),
            Content::File(file) => (entry.name, &*file.name),
        })
    }
}

/// The actions of a user.
impl Form {
    /// Sets the value of the field with this name: types it, or chooses an option, a radio button
    /// or the one checkbox that is on.
    ///
    /// # Panics
    ///
    /// The form has no such field, or the field does not have this choice.
    #[track_caller]
    pub fn set(self, name: &str, value: &str) -> Self {
        self.set_all(name, [value])
    }

    /// Sets the values of the fields with this name: types them, one in each field, or makes these
    /// the checkboxes or options that are on. Text fields beyond these values stay.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set), or there are more values than the fields can have.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("<form><input type=checkbox name=extra value=bread checked>\
    ///         <input type=checkbox name=extra value=salt>\
    ///         <input type=checkbox name=extra value=oil></form>".into())
    /// });
    /// let form = Request::get("/").call(&app).form();
    /// let form = form.set_all("extra", ["salt", "oil"]);
    /// assert!(form.fields().eq([("extra", "salt"), ("extra", "oil")]));
    /// let form = form.uncheck("extra", "oil");
    /// assert!(form.fields().eq([("extra", "salt")]));
    /// let form = form.set_all("extra", []);
    /// assert_eq!(form.fields().count(), 0);
    /// ```
    #[track_caller]
    pub fn set_all<'v>(mut self, name: &str, values: impl IntoIterator<Item = &'v str>) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        let mut fields: Vec<_> = self.named(name).collect();
        if let Err(problem) = control::set(&mut fields, &values) {
            self.refuse(name, &problem);
        }
        self
    }

    /// Chooses the option of a list by the text that it shows, which is its attribute `label` if it
    /// has one. It becomes the only one that is chosen.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("<form><select name=dish><option value=4>Soup of the day\
    ///         <option value=7>Salad</select></form>".into())
    /// });
    /// let form = Request::get("/").call(&app).form();
    /// assert_eq!(form.value("dish"), Some("4"));
    /// assert_eq!(form.choose("dish", "Salad").value("dish"), Some("7"));
    /// ```
    ///
    /// # Panics
    ///
    /// The form has no such list, or no option of it that can be chosen shows this text.
    #[track_caller]
    pub fn choose(mut self, name: &str, text: &str) -> Self {
        let mut fields: Vec<_> = self.named(name).collect();
        if let Err(problem) = control::choose_shown(&mut fields, text) {
            self.refuse(name, &problem);
        }
        self
    }

    /// Switches a checkbox on, by its name and value. A checkbox without a value has `on`.
    ///
    /// # Panics
    ///
    /// The form has no such checkbox.
    #[track_caller]
    pub fn check(self, name: &str, value: &str) -> Self {
        self.switch(name, value, true)
    }

    /// Switches a checkbox off, by its name and value.
    ///
    /// # Panics
    ///
    /// As [`check`](Self::check).
    #[track_caller]
    pub fn uncheck(self, name: &str, value: &str) -> Self {
        self.switch(name, value, false)
    }

    #[track_caller]
    fn switch(mut self, name: &str, value: &str, is_on: bool) -> Self {
        let found = self.named(name).find_map(|control| control.checkbox(value));
        match found {
            Some(state) => *state = is_on,
            None => self.refuse(name, &format!("no checkbox of it has the value {value:?}")),
        }
        self
    }

    /// Chooses a file, with its name and media type. A field with `multiple` keeps those that were
    /// chosen before.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     if environ.request_method() == "POST" {
    ///         return Ok(std::io::read_to_string(environ.input())?.into());
    ///     }
    ///     Ok("<form method=post enctype=multipart/form-data><input type=file name=cat></form>".into())
    /// });
    /// let mut client = Client::new(app);
    /// let form = client.get("/").form().file("cat", "cat.txt", "text/plain", "meow");
    /// let sent = client.submit(form);
    /// assert!(sent.text().contains("name=\"cat\"; filename=\"cat.txt\"\r\n"));
    /// assert!(sent.text().contains("Content-Type: text/plain\r\n\r\nmeow\r\n"));
    /// ```
    ///
    /// # Panics
    ///
    /// The form has no field for files with this name.
    #[track_caller]
    pub fn file(
        mut self,
        name: &str,
        file_name: &str,
        media_type: &str,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        let upload = Upload {
            name: file_name.to_owned(),
            media_type: media_type.to_owned(),
            content: content.into(),
        };
        let found = self.named(name).find_map(Control::files);
        match found {
            Some((files, true)) => files.push(upload),
            Some((files, false)) => *files = vec![upload],
            None => self.refuse(name, "it is not a field for files"),
        }
        self
    }

    /// Presses a button, by its name, its value or its text. Without this, the form is sent with
    /// its first button, as by the Enter key.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Client;
    ///
    /// let app = application(|environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok(format!(
    ///         "{}?{} <form><button name=do value=1>Save</button>\
    ///          <button formaction=/gone>Delete it</button></form>",
    ///         environ.path_info(), environ.query_string(),
    ///     ).into())
    /// });
    /// let mut client = Client::new(app);
    /// let form = client.get("/").form();
    /// assert!(client.submit(form.clone()).text().starts_with("/?do=1 "));
    /// assert!(client.submit(form.press("Delete it")).text().starts_with("/gone? "));
    /// ```
    ///
    /// # Panics
    ///
    /// The form has no such button, or it is disabled.
    #[track_caller]
    pub fn press(mut self, button: &str) -> Self {
        match self.button_of(button) {
            Some(at) => self.pressed = Some(at),
            None => {
                let known = self.button_labels();
                panic!("the form has no button {button:?} that can be pressed, only {known:?}");
            }
        }
        self
    }

    /// Adds a field that is not in the page, as a script or an attacker would.
    pub fn add(mut self, name: &str, value: &str) -> Self {
        self.added.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes the fields with this name, as a script or an attacker would. Then [`add`](Self::add)
    /// can add one with a value that the page does not offer. Buttons stay.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_testing::Request;
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("<form><input type=hidden name=token value=7f3a>\
    ///         <select name=size><option>S<option>L</select></form>".into())
    /// });
    /// let form = Request::get("/").call(&app).form();
    /// let form = form.remove("token").remove("size").add("size", "XXL");
    /// assert!(form.fields().eq([("size", "XXL")]));
    /// ```
    ///
    /// # Panics
    ///
    /// The form has no such field, or only disabled ones.
    #[track_caller]
    pub fn remove(mut self, name: &str) -> Self {
        let count = self.added.len();
        self.added.retain(|(added, _)| added != name);
        let mut is_found = self.added.len() < count;
        for control in self.named(name) {
            // A disabled field is not sent, and the places of the buttons stay.
            control.is_disabled = true;
            is_found = true;
        }
        if !is_found {
            self.refuse(name, NO_FIELD);
        }
        self
    }

    /// The place of the button with this name, value or text, unless it is disabled.
    fn button_of(&self, label: &str) -> Option<usize> {
        let is_it = |control: &Control| !control.is_disabled && control.is_button_of(label);
        self.controls.iter().position(is_it)
    }

    fn button_labels(&self) -> Vec<&str> {
        let enabled = self.controls.iter().filter(|control| !control.is_disabled);
        distinct(enabled.filter_map(Control::label))
    }

    /// The id and the buttons, by which [`Response::form_of`](crate::Response::form_of) finds it.
    fn labels(&self) -> Vec<&str> {
        let id = Some(self.id()).filter(|id| !id.is_empty());
        id.into_iter().chain(self.button_labels()).collect()
    }

    /// The form, if this is its id or a button of it. The button is pressed then, whatever the id.
    fn found_by(mut self, label: &str) -> Option<Self> {
        self.pressed = self.button_of(label);
        let is_found = self.pressed.is_some() || (self.id == label && !label.is_empty());
        is_found.then_some(self)
    }

    /// The fields of a name that can be changed.
    fn named<'a>(&'a mut self, name: &'a str) -> impl Iterator<Item = &'a mut Control> {
        let controls = self.controls.iter_mut();
        controls.filter(move |control| {
            !name.is_empty() && control.name == name && !control.is_disabled && !control.is_button()
        })
    }

    #[track_caller]
    fn refuse(&self, name: &str, problem: &str) -> ! {
        let controls = self.controls.iter();
        let known = controls
            .filter(|control| !control.is_disabled && !control.is_button())
            .map(|control| &*control.name)
            .filter(|name| !name.is_empty());
        let known = distinct(known);
        panic!("cannot change the field {name:?}: {problem}. The form has the fields {known:?}");
    }
}

/// The target, the button and the fields that are sent.
impl Form {
    fn url(&self) -> Option<Url> {
        match self.choice(|sending| &sending.action) {
            Some(action) if !action.is_empty() => self.base.join(action),
            _ => Some(self.page.clone()),
        }
    }

    /// The button that the form is sent with: the one that was pressed, or else the default button
    /// (HTML Standard, "Implicit submission"), which may be disabled.
    fn button(&self) -> Option<usize> {
        self.pressed
            .or_else(|| self.controls.iter().position(Control::is_button))
    }

    /// An attribute of the button, or else of the form.
    fn choice(&self, attribute: impl Fn(&Sending) -> &Option<String>) -> Option<String> {
        let button = self.button().and_then(|at| match &self.controls[at].kind {
            Kind::Button { sending, .. } => attribute(sending).clone(),
            _ => None,
        });
        button.or_else(|| attribute(&self.sending).clone())
    }

    /// The fields that are sent (HTML Standard, "Constructing the entry list").
    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let button = self.button();
        let controls = self.controls.iter().enumerate();
        let sent = controls.filter(move |(at, control)| {
            !control.is_disabled && (!control.is_button() || Some(*at) == button)
        });
        let entries = sent.flat_map(|(_, control)| control.entries());
        let added = self.added.iter().map(|(name, value)| Entry {
            name,
            content: Content::Text(value),
        });
        entries.chain(added)
    }
}

/// Each text once, in the order of the page.
fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}
