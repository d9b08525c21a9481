//! The surroundings of all pages.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use wsgi::{Request, adaptor::escape};

/// The blog's own style. HTML and XML read it alike, because it has no `<` and no `&`.
const STYLE: &str = include_str!("style.css");

/// A part of a page, which another site writes.
type Part = Arc<dyn Fn(&Request<'_>) -> String + Send + Sync>;

/// The header, the footer and the style of all pages.
#[derive(Clone)]
pub(crate) struct Frame {
    header: Option<Part>,
    footer: Option<Part>,
    pub(crate) style: String,
}

impl Frame {
    pub(crate) fn new() -> Self {
        Self {
            header: None,
            footer: None,
            style: STYLE.to_owned(),
        }
    }

    pub(crate) fn set_header(&mut self, header: Part) {
        self.header = Some(header);
    }

    pub(crate) fn set_footer(&mut self, footer: Part) {
        self.footer = Some(footer);
    }

    /// Adds rules after the blog's own.
    #[track_caller]
    pub(crate) fn add_style(&mut self, rules: &str) {
        assert!(
            !rules.contains(['<', '&', '\r']) && !rules.contains("]]>"),
            "HTML and XML read a style alike only without `<`, `&`, `]]>` and carriage returns"
        );
        self.style.push_str(rules);
    }

    /// The header of a page. By default, it links to the blog, and to the site above it.
    pub(crate) fn header(
        &self,
        request: &Request<'_>,
        title: &str,
        parent: Option<&str>,
    ) -> String {
        if let Some(header) = &self.header {
            return header(request);
        }
        let parent = match parent {
            Some(parent) => format!("<a href=\"{}\">{}</a> / ", above(request), escape(parent)),
            None => String::new(),
        };
        let home = request.link("/");
        format!(
            "<header class=\"blog\">{parent}<a href=\"{}\">{}</a></header>\n",
            escape(&home),
            escape(title)
        )
    }

    pub(crate) fn footer(&self, request: &Request<'_>) -> String {
        let footer = self.footer.as_ref();
        footer.map_or_else(String::new, |footer| footer(request))
    }

    /// The policy of pages: they load nothing, run no script, and send forms to the site alone. The
    /// only style is the one with this hash. A nonce would be another one in each response, so that
    /// no two had the same bytes, as a strong entity tag promises.
    pub(crate) fn policy(&self) -> String {
        let hash = STANDARD.encode(Sha256::digest(&self.style));
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
            frame-ancestors 'none'"
        )
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("has_header", &self.header.is_some())
            .field("has_footer", &self.footer.is_some())
            .finish_non_exhaustive()
    }
}

/// The link to the site that the blog is a part of, one level above. A blog that is not mounted
/// below another path has only its own root.
fn above(request: &Request<'_>) -> String {
    let blog = request.link("/");
    let above = blog.trim_end_matches('/').rfind('/').unwrap_or(0);
    escape(&blog[..=above]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_is_the_same_in_html_and_in_xml() {
        let mut frame = Frame::new();
        frame.style.clear();
        frame.add_style(STYLE);
        assert_eq!(frame.style, STYLE);
    }
}
