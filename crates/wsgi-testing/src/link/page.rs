//! The links of a page, found in its tags.

use super::Link;
use crate::{
    html::{Tag, Token, Tokens, is_line},
    url::Url,
};

/// The links of a page, in its order.
pub(super) fn links(text: &str, url: &Url) -> Vec<Link> {
    let mut reader = Reader {
        url,
        base: None,
        links: Vec::new(),
        is_inside: false,
        templates: 0,
    };
    for token in Tokens::new(text) {
        match token {
            Token::Start(tag) => reader.start(&tag),
            Token::End(name) => reader.end(&name),
            Token::Text(text) => reader.text(&text),
        }
    }
    reader.finish()
}

struct Reader<'a> {
    url: &'a Url,
    base: Option<Url>,
    links: Vec<Link>,
    /// Whether the current place is in the last link.
    is_inside: bool,
    /// The number of templates around the current place. Nothing in them is shown.
    templates: usize,
}

impl Reader<'_> {
    fn start(&mut self, tag: &Tag) {
        match &*tag.name {
            "template" => self.templates += 1,
            _ if self.templates > 0 => {}
            "base" if self.base.is_none() => {
                self.base = tag.attribute("href").map(|href| self.url.base(href));
            }
            // It ends the one before (HTML Standard, "in body").
            "a" => self.is_inside = self.add(tag, ""),
            "area" => {
                self.add(tag, tag.attribute("alt").unwrap_or_default());
                self.is_inside = false;
            }
            "img" => self.text(tag.attribute("alt").unwrap_or_default()),
            name if is_line(name) => self.text(" "),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "template" => self.templates = self.templates.saturating_sub(1),
            "a" if self.templates == 0 => self.is_inside = false,
            name if is_line(name) => self.text(" "),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_inside
            && self.templates == 0
            && let Some(link) = self.links.last_mut()
        {
            link.text.push_str(text);
        }
    }

    /// Adds a link, unless it leads nowhere.
    fn add(&mut self, tag: &Tag, text: &str) -> bool {
        let Some(href) = tag.attribute("href") else {
            return false;
        };
        let relations = tag.keyword("rel");
        let mut relations = relations.split_ascii_whitespace();
        self.links.push(Link {
            id: tag.attribute("id").unwrap_or_default().to_owned(),
            href: href.to_owned(),
            text: text.to_owned(),
            sends_referrer: !relations.any(|relation| relation == "noreferrer"),
            page: self.url.clone(),
            url: None,
        });
        true
    }

    /// The links with their URLs, which may depend on a later `base`.
    fn finish(self) -> Vec<Link> {
        let base = self.base.as_ref().unwrap_or(self.url);
        let mut links = self.links;
        for link in &mut links {
            link.url = base.join(&link.href);
            let words: Vec<_> = link.text.split_whitespace().collect();
            link.text = words.join(" ");
        }
        links
    }
}
