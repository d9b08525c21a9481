//! The way through a page by the tabulator.

use serde_json::json;

use crate::browser::Browser;

/// Presses a key.
#[track_caller]
pub(crate) fn press(browser: &Browser, key: &str, code: u32, text: &str) {
    for kind in ["keyDown", "keyUp"] {
        let mut event = json!({
            "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code,
        });
        if kind == "keyDown" && !text.is_empty() {
            event["text"] = text.into();
        }
        browser.devtools("Input.dispatchKeyEvent", &event);
    }
}

/// Goes to the first element of a page that can get the focus, also if a field has it.
/// Returns the number of elements that can get it.
#[track_caller]
pub(crate) fn begin(browser: &Browser) -> u64 {
    browser.wait_until(
        "const first = document.querySelector('[autofocus]');
        return first === null || document.activeElement === first",
    );
    let count = browser.run(
        "const all = 'a[href], button, input:not([type=hidden]), textarea, select, summary';
        document.querySelector(all).focus();
        return document.querySelectorAll(all).length",
    );
    count.as_u64().expect("a number")
}

/// The next element, or nothing after the last one.
#[track_caller]
pub(crate) fn next(browser: &Browser) -> Option<Stop> {
    press(browser, "Tab", 9, "");
    let stop = browser.run(LOOK);
    Some(Stop {
        html: stop["html"].as_str()?.to_owned(),
        is_shown: stop["shown"] == true,
    })
}

/// An element that has the focus.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) html: String,
    /// Whether people see it and its focus.
    pub(crate) is_shown: bool,
}

const LOOK: &str = "
    const e = document.activeElement;
    if (e === document.body || e === null) return {};
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const isThere = box.width > 0 && box.left >= 0 && box.right <= innerWidth && box.top >= 0
        && box.top < innerHeight;
    return {
        html: e.outerHTML.slice(0, 200),
        shown: isThere && style.outlineStyle != 'none' && parseFloat(style.outlineWidth) > 0,
    };";
