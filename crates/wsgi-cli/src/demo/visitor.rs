//! A visitor in the tests of pages, who looks at them in a browser and keeps the newest cookie.

use wsgi::{
    Application,
    testing::{Request, Response},
};

#[derive(Clone)]
pub(super) struct Visitor<'a> {
    site: &'a dyn Application,
    cookie: String,
    agent: &'static str,
}

impl<'a> Visitor<'a> {
    pub(super) fn of(site: &'a impl Application) -> Self {
        Self {
            site,
            cookie: String::new(),
            agent: "a browser",
        }
    }

    pub(super) fn with_agent(mut self, agent: &'static str) -> Self {
        self.agent = agent;
        self
    }

    /// The value of the `Cookie` field. Empty if there is none.
    pub(super) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Returns the text of a page.
    #[track_caller]
    pub(super) fn get(&mut self, path: &str) -> String {
        let response = self.ask(Request::get(path));
        assert_eq!(response.status().code(), 200, "{}", response.text());
        response.text().to_owned()
    }

    /// Sends a form, and returns the status.
    pub(super) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> u16 {
        let encode = |text: &str| {
            let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
            bytes.collect::<String>()
        };
        let fields = fields.iter();
        let pairs = fields.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let form = pairs.collect::<Vec<_>>().join("&");
        let request = Request::post(path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        self.ask(request).status().code()
    }

    fn ask(&mut self, mut request: Request) -> Response {
        request = request.header("User-Agent", self.agent);
        request = request.header("Accept", "text/html,*/*;q=0.8");
        if !self.cookie.is_empty() {
            request = request.header("Cookie", &self.cookie);
        }
        let response = request.call(self.site);
        if let Some(field) = response.headers().get("Set-Cookie") {
            let field = field.to_string();
            let pair = field.split(';').next().unwrap_or_default();
            let is_removal = field.contains("Max-Age=0");
            pair.clone_into(&mut self.cookie);
            if is_removal {
                self.cookie.clear();
            }
        }
        response
    }
}
