//! The pages of the manual, and the completions of shells, as their readers see them.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Output},
};

use tempfile::TempDir;

fn wsgi(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_wsgi"));
    program
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// A folder with this text, as the program prints it, in a file.
fn saved(arguments: &[&str], name: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let output = wsgi(arguments);
    assert!(output.status.success(), "{arguments:?}");
    fs::write(folder.path().join(name), output.stdout).expect("a file");
    folder
}

/// The lines that a command prints, which must not complain.
#[track_caller]
fn lines(command: &mut Command) -> Vec<String> {
    let output = command.output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_synopsis_of_a_page_is_the_usage_of_its_command() {
    let page = String::from_utf8(wsgi(&["man", "session-server"]).stdout).expect("text");
    let synopsis = ".SH SYNOPSIS\n\
        wsgi session\\-server [OPTIONS] \\-\\-socket <PATH> \\-\\-database <FILE>\n.br\n\
        wsgi session\\-server <TASK>\n.SH DESCRIPTION\n";
    assert!(page.contains(synopsis), "{page}");
}

#[test]
fn an_option_that_takes_other_values_as_well_does_not_list_the_possible_ones() {
    for arguments in [&["static", "--help"][..], &["man", "static"]] {
        let text = String::from_utf8(wsgi(arguments).stdout).expect("text");
        let text = text.replace("\\-", "-");
        let mut options = text.split("--");
        let option = options.find(|option| option.starts_with("access-log-format"));
        let option = option.expect("it is described");
        assert!(option.contains("json"), "{option}");
        assert!(!option.contains("ossible values"), "{option}");
    }
}

/// The pages with their sections.
const PAGES: [(&str, u32); 11] = [
    ("", 1),
    ("demo", 1),
    ("static", 1),
    ("cgi", 1),
    ("session-server", 1),
    ("session-server-stats", 1),
    ("session-server-check", 1),
    ("session-server-compact", 1),
    ("completions", 1),
    ("man", 1),
    ("settings", 5),
];

/// A page as others name it, such as `wsgi-demo(1)`.
fn reference(page: &str, section: u32) -> String {
    match page {
        "" => format!("wsgi({section})"),
        _ => format!("wsgi-{page}({section})"),
    }
}

#[test]
fn each_page_that_another_one_names_exists_and_each_page_is_named() {
    let pages = PAGES.map(|(page, section)| (page, reference(page, section)));
    let pages = pages.iter().filter(|(page, _)| has_page(page));
    let (mut existing, mut named) = (BTreeSet::new(), BTreeSet::new());
    for (page, reference) in pages {
        let words = ["man", page];
        let words = words.into_iter().filter(|word| !word.is_empty());
        let output = wsgi(&words.collect::<Vec<_>>());
        assert!(output.status.success(), "{page}");
        let text = String::from_utf8(output.stdout).expect("text");
        let text = text.replace("\\-", "-");
        let title = reference.replace(['(', ')'], " ");
        assert!(text.contains(&format!(".TH {title}")), "{text}");
        existing.insert(reference.clone());
        let words = text.split([' ', '\n', ',']);
        let others = words.filter(|word| word.ends_with("(1)") || word.ends_with("(5)"));
        let others = others.filter(|word| word.starts_with("wsgi"));
        named.extend(others.map(str::to_owned));
    }
    assert_eq!(named, existing);
}

/// Whether this build has the page.
fn has_page(page: &str) -> bool {
    page != "settings" || cfg!(feature = "settings")
}

mod mandoc {
    use super::*;

    #[test]
    fn no_page_of_the_manual_has_a_mistake() {
        // A version gets its date with its release.
        let is_released = !include_str!("../CHANGELOG.md").contains("(unreleased)");
        for (page, section) in PAGES {
            if !has_page(page) {
                continue;
            }
            let name = match page {
                "" => format!("wsgi.{section}"),
                _ => format!("wsgi-{page}.{section}"),
            };
            let words: Vec<_> = ["man", page]
                .into_iter()
                .filter(|w| !w.is_empty())
                .collect();
            let folder = saved(&words, &name);
            let mut lint = Command::new("mandoc");
            lint.args(["-T", "lint", "-W", "warning"]);
            let mut found = lines(lint.arg(folder.path().join(&name)));
            found.retain(|line| is_released || !line.contains("missing date"));
            assert!(found.is_empty(), "{}", found.join("\n"));
            let mut shown = Command::new("mandoc");
            shown.args(["-T", "ascii"]).arg(folder.path().join(&name));
            let shown = lines(&mut shown).join("\n");
            let footer = concat!("wsgi ", env!("CARGO_PKG_VERSION"));
            assert!(shown.contains(footer), "{shown}");
        }
    }
}

mod fish {
    use super::*;

    /// The words that fish offers for the last one of a line.
    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let folder = saved(&["completions", "fish"], "wsgi.fish");
        let script = format!("source wsgi.fish; complete -C '{line}'");
        let mut fish = Command::new("fish");
        fish.args(["--no-config", "--command", &script]);
        fish.current_dir(&folder).env("HOME", folder.path());
        let offered = lines(&mut fish);
        let offered: Vec<_> = offered
            .iter()
            .map(|line| line.split('\t').next().unwrap_or_default())
            .collect();
        assert_eq!(offered, expected, "{line}");
    }

    #[test]
    fn completions_offer_commands_options_and_values() {
        check("wsgi st", &["static"]);
        check("wsgi static --listi", &["--listing"]);
        check("wsgi session-server che", &["check"]);
        check("wsgi static --symlinks n", &["none"]);
        check("wsgi static --access-log-format js", &["json"]);
    }
}

mod zsh {
    use super::*;

    /// The settings of an interactive zsh, in which control-X prints the line and ends the shell.
    const SETTINGS: &str = r#"
        PS1=
        fpath=($PWD $fpath)
        autoload -Uz compinit
        compinit -u -D
        report() { print -r -- "<<$BUFFER>>"; BUFFER=exit; zle accept-line }
        zle -N report
        bindkey '^X' report
        bindkey '^I' complete-word"#;

    /// Types a line and the tabulator in a terminal of zsh's own.
    const TYPE: &str = r#"
        zmodload zsh/zpty
        zpty shell zsh -d -i
        zpty -w -n shell "$1"$'\t\x18'
        zpty -r shell found '*<<*>>*'
        print -r -- "$found""#;

    /// The line that results when somebody presses the tabulator after one.
    #[track_caller]
    fn completed(line: &str) -> String {
        let folder = saved(&["completions", "zsh"], "_wsgi");
        fs::write(folder.path().join(".zshrc"), SETTINGS).expect("a file");
        let mut zsh = Command::new("timeout");
        zsh.args(["60", "zsh", "-f", "-c", TYPE, "zsh", line]);
        zsh.current_dir(&folder).env("HOME", folder.path());
        let shown = lines(zsh.env("ZDOTDIR", folder.path())).join("\n");
        let end = shown.rsplit_once(">>").map_or("", |(before, _)| before);
        end.rsplit_once("<<")
            .map_or("", |(_, line)| line)
            .to_owned()
    }

    #[test]
    fn completions_offer_commands_options_and_values() {
        assert_eq!(completed("wsgi st"), "wsgi static ");
        assert_eq!(completed("wsgi static --listi"), "wsgi static --listing ");
        assert_eq!(
            completed("wsgi session-server che"),
            "wsgi session-server check "
        );
        assert_eq!(
            completed("wsgi static --symlinks n"),
            "wsgi static --symlinks none "
        );
        assert_eq!(
            completed("wsgi static --access-log-format js"),
            "wsgi static --access-log-format json "
        );
    }
}

mod bash {
    use super::*;

    /// The words that bash offers for the last one of a line.
    #[track_caller]
    fn check(words: &[&str], expected: &[&str]) {
        let script = "eval \"$(\"$1\" completions bash)\"; shift; COMP_WORDS=(\"$@\"); \
                      COMP_CWORD=$(($# - 1)); _wsgi wsgi \"${@: -1}\" \"${@: -2:1}\"; \
                      printf '%s\\n' \"${COMPREPLY[@]}\"";
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", script, "bash"]);
        bash.arg(env!("CARGO_BIN_EXE_wsgi")).args(words);
        let output = bash.output().expect("bash starts");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let offered = String::from_utf8_lossy(&output.stdout);
        let offered: Vec<_> = offered.lines().collect();
        assert_eq!(offered, expected, "{words:?}");
    }

    #[test]
    fn completions_offer_commands_options_and_values() {
        check(&["wsgi", "st"], &["static"]);
        check(&["wsgi", "static", "--co"], &["--compress", "--cors"]);
        check(&["wsgi", "static", "--listi"], &["--listing"]);
        check(&["wsgi", "session-server", "che"], &["check"]);
        check(&["wsgi", "completions", "ba"], &["bash"]);
        check(&["wsgi", "static", "--symlinks", "n"], &["none"]);
        let format = ["wsgi", "static", "--access-log-format", "com"];
        check(&format, &["common", "combined"]);
    }
}
