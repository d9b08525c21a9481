//! The part of a page that a browser shows.

use crate::{
    html::{Tag, Token, Tokens},
    url::Url,
};

/// The tokens of a page that are outside of templates, and the URL that its references are relative
/// to.
pub(crate) struct Shown<'a> {
    tokens: Tokens<'a>,
    url: &'a Url,
    /// By the first `base` that has an `href`.
    base: Option<Url>,
    /// The number of templates around the current place.
    templates: usize,
}

impl<'a> Shown<'a> {
    /// The tokens of a page with this text and this URL.
    pub(crate) fn new(text: &'a str, url: &'a Url) -> Self {
        Self {
            tokens: Tokens::new(text),
            url,
            base: None,
            templates: 0,
        }
    }

    /// The URL that references are relative to, after the last token. A `base` may come late.
    pub(crate) fn base(self) -> Url {
        self.base.unwrap_or_else(|| self.url.clone())
    }

    fn note_base(&mut self, tag: &Tag) {
        if self.base.is_none() {
            self.base = tag.attribute("href").map(|href| self.url.base(href));
        }
    }
}

impl<'a> Iterator for Shown<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let token = self.tokens.next()?;
            match &token {
                Token::Start(tag) if tag.name == "template" => self.templates += 1,
                Token::End(name) if name == "template" => {
                    self.templates = self.templates.saturating_sub(1);
                }
                _ if self.templates > 0 => {}
                Token::Start(tag) if tag.name == "base" => self.note_base(tag),
                _ => return Some(token),
            }
        }
    }
}
