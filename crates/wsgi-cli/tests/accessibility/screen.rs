//! Screens: of phones, tablets and computers, light and dark.

use std::fmt;

use serde_json::{Value, json};

use crate::browser::Browser;

/// A screen of this width in pixels.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    width: u32,
    scheme: &'static str,
}

pub(crate) const SCREENS: [Screen; 6] = [
    Screen::new(400, "light"),
    Screen::new(400, "dark"),
    Screen::new(800, "light"),
    Screen::new(800, "dark"),
    Screen::new(1280, "light"),
    Screen::new(1280, "dark"),
];

impl Screen {
    const fn new(width: u32, scheme: &'static str) -> Self {
        Self { width, scheme }
    }

    /// Lets the browser show its page on this screen.
    #[track_caller]
    pub(crate) fn show(self, browser: &Browser) {
        let size = json!({
            "width": self.width, "height": 800, "deviceScaleFactor": 1, "mobile": false,
        });
        browser.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = json!({ "name": "prefers-color-scheme", "value": self.scheme });
        let media = json!({ "features": [scheme] });
        browser.devtools("Emulation.setEmulatedMedia", &media);
        let media = format!(
            "(prefers-color-scheme: {}) and (width: {}px)",
            self.scheme, self.width
        );
        browser.wait_until(&format!("return matchMedia('{media}').matches"));
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} screen of {} pixels", self.scheme, self.width)
    }
}

/// The problems of a page on the present screen.
#[track_caller]
pub(crate) fn problems(browser: &Browser) -> Vec<String> {
    let found = browser.run(LOOK);
    let found = found.as_array().expect("problems").iter();
    found.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Borders need a contrast of three to one (WCAG 2.2, criterion 1.4.11). A page is as wide as its
/// screen (criterion 1.4.10), and stays in its place when it gets a scrollbar.
const LOOK: &str = "
    const found = [];
    const numbers = color => color.match(/[\\d.]+/g).map(Number);
    const light = color => {
        const part = n => n <= 10.31475 ? n / 3294.6 : ((n / 255 + .055) / 1.055) ** 2.4;
        const [r, g, b] = numbers(color).map(part);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const contrast = (a, b) => {
        const [less, more] = [light(a), light(b)].sort((a, b) => a - b);
        return (more + .05) / (less + .05);
    };
    const style = element => getComputedStyle(element);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const color = style(element).backgroundColor;
            if (numbers(color)[3] !== 0) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    for (const e of document.querySelectorAll('input:not([type=hidden]), textarea, select, button')) {
        const ratio = contrast(style(e).borderTopColor, behind(e.parentElement));
        if (style(e).borderTopStyle == 'none' || ratio < 3)
            found.push(`the border of ${e.outerHTML} has a contrast of ${ratio}`);
    }
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) found.push(`it is ${root.scrollWidth} pixels wide`);
    if (style(root).scrollbarGutter != 'stable') found.push('a scrollbar shifts it');
    return found;";
