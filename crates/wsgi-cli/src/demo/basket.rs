//! `/basket`: a list in the session, which a login keeps.

use serde_json::json;
use wsgi::{Request, Response, Result, adaptor::escape};

use super::page::Shown;

const MAX_ITEMS: usize = 100;

/// The limit of an item, in characters. The form has it, too.
const MAX_LENGTH: usize = 100;

const FORM: &str = "<form action=\"basket\" method=\"post\">\n\
    <label>Something to buy: <input name=\"item\" required maxlength=\"100\" autofocus></label>\n\
    <button>Put it in</button>\n</form>\n";

const LOGIN: &str = "<p><a href=\"login\">Log in</a> and you keep it.</p>\n";

/// Lists the items in the basket.
pub(super) fn show(request: &Request<'_>) -> Result<Response> {
    let session = request.session()?;
    let items = session.get::<Vec<String>>("basket")?;
    let items = items.unwrap_or_default();
    let mut content = if items.is_empty() {
        format!("<p>Your basket is empty.</p>\n{FORM}")
    } else {
        let lines = items
            .iter()
            .map(|item| format!("<li>{}</li>\n", escape(item)));
        format!("<ul>\n{}</ul>\n{FORM}", lines.collect::<String>())
    };
    if session.owner()?.is_none() {
        content += LOGIN;
    }
    let shown = Shown {
        title: "Your basket",
        html: &content,
        text: &match items.is_empty() {
            true => "Your basket is empty.\n".to_owned(),
            false => items.iter().map(|item| format!("{item}\n")).collect(),
        },
    };
    Ok(shown.answer(request, Some(json!(items))))
}

/// Adds an item. Two requests at once both count.
pub(super) fn add(request: &Request<'_>) -> Result<Response> {
    let item = request.field("item")?.unwrap_or_default().trim();
    let item: String = item.chars().take(MAX_LENGTH).collect();
    if !item.is_empty() {
        request
            .session()?
            .update("basket", |items: Option<Vec<String>>| {
                let mut items = items.unwrap_or_default();
                if items.len() < MAX_ITEMS {
                    items.push(item.clone());
                }
                items
            })?;
    }
    Ok(Response::redirect(&request.link("/basket")))
}

#[cfg(test)]
mod tests {
    use crate::demo::{in_memory, visitor::Visitor};

    #[test]
    fn items_are_listed_in_order_and_escaped() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        assert!(visitor.get("/basket").contains("Your basket is empty."));
        for item in ["tea", "  <b>cups</b> ", "", "  "] {
            assert_eq!(visitor.post("/basket", &[("item", item)]), 303);
        }
        let page = visitor.get("/basket");
        let list = "<ul>\n<li>tea</li>\n<li>&lt;b&gt;cups&lt;/b&gt;</li>\n</ul>";
        assert!(page.contains(list), "{page}");
    }

    #[test]
    fn a_basket_is_bounded_in_number_and_length() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        let long = "ä".repeat(101);
        for _ in 0..101 {
            assert_eq!(visitor.post("/basket", &[("item", &long)]), 303);
        }
        let page = visitor.get("/basket");
        assert_eq!(page.matches("<li>").count(), 100);
        assert!(
            page.contains(&format!("<li>{}</li>", "ä".repeat(100))),
            "cut"
        );
    }
}
