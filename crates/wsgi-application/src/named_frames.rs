//! The frames of a backtrace that have names.

/// A backtrace without the frames that have no name. `None` if the program itself has no names,
/// since it was built without symbols: those of the system's libraries alone tell nothing.
pub(crate) fn named_frames(backtrace: &str) -> Option<String> {
    if backtrace.lines().next().is_none_or(is_unknown) {
        return None;
    }
    // A frame without a name has no place either, which would be on a line of its own.
    let named = backtrace.lines().filter(|line| !is_unknown(line));
    Some(named.flat_map(|line| [line, "\n"]).collect())
}

fn is_unknown(line: &str) -> bool {
    line.ends_with(": <unknown>")
}

#[cfg(test)]
mod tests {
    use super::named_frames;

    #[test]
    fn frames_without_a_name_are_left_out() {
        let backtrace = "   0: app::broken\n             at ./src/main.rs:2:5\n\
            \x20  1: <unknown>\n   2: app::main\n   3: <unknown>\n";
        let named = "   0: app::broken\n             at ./src/main.rs:2:5\n   2: app::main\n";
        assert_eq!(named_frames(backtrace).as_deref(), Some(named));
    }

    #[test]
    fn a_program_without_symbols_has_no_named_frames() {
        let backtrace = "   0: <unknown>\n   1: <unknown>\n   2: __libc_start_call_main\n\
            \x20            at ./csu/../sysdeps/nptl/libc_start_call_main.h:58:16\n   3: <unknown>\n";
        assert_eq!(named_frames(backtrace), None);
        assert_eq!(named_frames(""), None);
    }
}
