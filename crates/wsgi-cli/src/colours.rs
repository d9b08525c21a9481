//! Colours, which are for terminals alone.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::IsTerminal,
};

/// Whether texts for this stream may have colours: it is a terminal, and the user wants them.
pub(crate) fn are_shown_on(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && are_wanted(env::var_os)
}

/// Whether the environment has a terminal with colours, and not [`NO_COLOR`](https://no-color.org),
/// unless that is empty.
fn are_wanted(variable: impl Fn(&'static str) -> Option<OsString>) -> bool {
    let terminal = variable("TERM");
    let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && terminal.is_some_and(|name| name != OsStr::new("dumb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_can_refuse_colours() {
        for (terminal, refusal, wanted) in [
            (Some("xterm"), None, true),
            (Some("xterm"), Some(""), true),
            (Some("xterm"), Some("1"), false),
            (Some("dumb"), None, false),
            (None, None, false),
        ] {
            let variable = |name: &str| {
                let value = match name {
                    "TERM" => terminal,
                    _ => refusal,
                };
                value.map(OsString::from)
            };
            assert_eq!(are_wanted(variable), wanted, "{terminal:?}, {refusal:?}");
        }
    }
}
