//! The links of a page, found in its tags.

use super::Link;
use crate::{
    html::{Tag, Token, is_line},
    shown::Shown,
    url::Url,
};

/// The links of a page, in its order.
pub(super) fn links(text: &str, url: &Url) -> Vec<Link> {
    let mut reader = Reader {
        url,
        links: Vec::new(),
        is_inside: false,
    };
    let mut shown = Shown::new(text, url);
    for token in &mut shown {
        match token {
            Token::Start(tag) => reader.start(&tag),
            Token::End(name) => reader.end(&name),
            Token::Text(text) => reader.text(&text),
        }
    }
    reader.finish(&shown.base())
}

struct Reader<'a> {
    url: &'a Url,
    links: Vec<Link>,
    /// Whether the current place is in the last link.
    is_inside: bool,
}

impl Reader<'_> {
    fn start(&mut self, tag: &Tag) {
        match &*tag.name {
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
            "a" => self.is_inside = false,
            name if is_line(name) => self.text(" "),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_inside
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
        self.links.push(Link {
            id: tag.attribute("id").unwrap_or_default().to_owned(),
            href: href.to_owned(),
            text: text.to_owned(),
            sends_referrer: tag.sends_referrer(),
            page: self.url.clone(),
            url: None,
        });
        true
    }

    /// The links with their URLs, which may depend on a later `base`.
    fn finish(self, base: &Url) -> Vec<Link> {
        let mut links = self.links;
        for link in &mut links {
            link.url = base.join(&link.href);
            let words: Vec<_> = link.text.split_whitespace().collect();
            link.text = words.join(" ");
        }
        links
    }
}
