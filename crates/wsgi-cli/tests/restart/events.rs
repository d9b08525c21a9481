//! Pages that stay open over a restart.

/// Tests that need `chromium` and `chromedriver`.
mod chromium {
    use crate::{BIND, Copy, browser::Browser, end, eventually, restart};

    /// The text of the page in each tab: the seconds seen, those missed, and the visitors.
    const SHOWN: &str = "return [window, ...window.tabs].map((tab) => {\
                         const show = (id) => tab.document.getElementById(id).textContent;\
                         return ['seen', 'missed', 'visitors', 'state'].map(show).join(' ');\
                         }).join(',')";

    /// The seconds that each tab has seen, if all are open, know of each other and missed none.
    fn seen(browser: &Browser) -> Option<Vec<u64>> {
        let shown = browser.run(SHOWN);
        let tabs = shown.as_str().expect("a text").split(',');
        tabs.map(|tab| tab.strip_suffix(" 0 3 open")?.parse().ok())
            .collect()
    }

    #[test]
    fn three_tabs_miss_no_event_while_the_program_restarts() {
        let copy = Copy::new();
        let mut program = copy.demo(&BIND);
        let browser = Browser::start();
        browser.open(&format!("http://{}/events", program.address));
        browser.run("window.tabs = [window.open('events'), window.open('events')]");
        browser.wait_for("<output id=\"visitors\">3</output>");
        let mut before = None;
        eventually("they are open", || {
            before = seen(&browser);
            before.is_some()
        });
        restart(&mut program);
        // The former process lets its visitors go within a second or two.
        eventually("they go on", || {
            let before = before.iter().flatten();
            seen(&browser).is_some_and(|now| now.iter().zip(before).all(|(n, b)| *n > b + 3))
        });
        end(program);
    }
}
