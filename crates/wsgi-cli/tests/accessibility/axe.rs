//! axe-core, which checks the rules of accessibility that a program can check.
//!
//! `npm ci --prefix tests/axe` installs it. Without it, its test is left out.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use serde_json::Value;

use crate::browser::Browser;

const PLACE: &str = "tests/axe/node_modules/axe-core/axe.min.js";

/// The source of axe-core.
pub(crate) struct Axe(String);

impl Axe {
    pub(crate) fn installed() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let source = fs::read_to_string(root.join(PLACE)).ok();
        if source.is_none() {
            // Bypasses the harness, which hides the output of tests that pass.
            let _ = writeln!(
                io::stderr(),
                "skipped: axe-core is not installed (npm ci --prefix tests/axe)"
            );
        }
        source.map(Self)
    }

    /// The rules that the page violates, each with the elements concerned.
    #[track_caller]
    pub(crate) fn violations(&self, browser: &Browser) -> Vec<String> {
        if browser.run("return typeof axe == 'undefined'") == true {
            // A script of the driver is not subject to the policy of the page.
            browser.run(&format!("{}; window.axe = axe", self.0));
        }
        let found = browser.run_async(RUN);
        assert!(found["error"].is_null(), "{found}");
        let found = found["violations"].as_array().expect("violations").iter();
        found.map(describe).collect()
    }
}

/// Some rules are off by default, because not every project wants them.
const RUN: &str = "
    const done = arguments[0];
    const rules = { 'target-size': { enabled: true } };
    axe.run(document, { rules, resultTypes: ['violations'] })
        .then(done, error => done({ error: String(error) }));";

fn describe(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().into_iter().flatten();
    let nodes: Vec<_> = nodes.filter_map(|node| node["html"].as_str()).collect();
    let help = violation["help"].as_str().unwrap_or_default();
    format!("{}: {help}: {}", violation["id"], nodes.join(" and "))
}
