//! Tests that the declarations of the options are also those of the settings.

use std::collections::BTreeSet;

use clap::{Arg, ValueHint};

use super::{Folder, bare, read};
use crate::{
    command::definition,
    settings::{
        kind::{Kind, form_of, value_name},
        manual_page,
        tables::{TABLES, Table, home_of, name_of},
    },
};

/// A right value of an option, as a setting and as on the command line.
fn sample(option: &Arg) -> (&'static str, Option<&'static str>) {
    match (
        Kind::of(option),
        value_name(option),
        option.get_value_hint(),
    ) {
        (Kind::Switch, ..) => ("true", None),
        (Kind::Answer, ..) => ("true", Some("yes")),
        (Kind::Number, ..) => ("7", Some("7")),
        (Kind::Size, ..) => ("\"7KiB\"", Some("7168")),
        (Kind::Account, ..) => ("7", Some("7")),
        (_, _, ValueHint::FilePath) => ("\"/dev/null\"", Some("/dev/null")),
        (_, _, ValueHint::DirPath) => ("\"/\"", Some("/")),
        (_, _, ValueHint::AnyPath) => ("\"/a\"", Some("/a")),
        (_, "ADDR", _) => ("\"h:1\"", Some("h:1")),
        (_, "PROTOCOL", _) => ("\"http\"", Some("http")),
        (_, "MODE", _) => ("\"600\"", Some("600")),
        (_, "WHETHER", _) => ("\"optional\"", Some("optional")),
        (_, "VERSION", _) => ("\"1.3\"", Some("1.3")),
        (_, "NET", _) => ("[\"10.0.0.1\"]", Some("10.0.0.1")),
        (_, "FIELDS", _) => ("\"forwarded\"", Some("forwarded")),
        (_, "FORMAT", _) => ("\"json\"", Some("json")),
        (_, "STORE", _) => ("\"memory\"", Some("memory")),
        (_, "ORIGIN", _) => ("[\"*\"]", Some("*")),
        (_, "LINKS", _) => ("\"none\"", Some("none")),
        (_, "PATTERN", _) => ("[\"*.bak\"]", Some("*.bak")),
        (_, "NAME=VALUE", _) => ("[\"A=1\"]", Some("A=1")),
        (_, "PATH", _) => ("\"/a\"", Some("/a")),
        (_, "FILE", _) => ("\"a\"", Some("a")),
        (_, "NAME", _) => ("\"a\"", Some("a")),
        (kind, name, _) => panic!("a value of {name}, which is {kind:?}"),
    }
}

#[test]
fn every_option_has_a_setting_that_does_the_same() {
    let mut known = 0;
    for table in TABLES {
        let command = table.commands[0];
        for option in table.settings() {
            let name = name_of(&option);
            let (setting, value) = sample(&option);
            let folder = Folder::with(&format!("[{}]\n{name} = {setting}", table.name));
            let given = match (option.get_long(), value) {
                (None, value) => value.map(str::to_owned),
                (Some(name), Some(value)) => Some(format!("--{name}={value}")),
                (Some(name), None) => Some(format!("--{name}")),
            };
            let given = read([command.into(), given.expect("an argument").into()].into_iter());
            // Some options need others, by which the error of both is the same.
            assert_eq!(folder.parse(command).map(bare), given.map(bare), "{name}");
            known += 1;
        }
    }
    assert!(known > 120, "{known}");
}

#[test]
fn every_option_belongs_to_a_table() {
    for command in definition().get_subcommands() {
        let name = command.get_name();
        let Some(table) = Table::named(name) else {
            assert!(["completions", "man"].contains(&name), "{name}");
            continue;
        };
        let options: BTreeSet<_> = command
            .get_arguments()
            .map(name_of)
            .map(str::to_owned)
            .collect();
        let settings: BTreeSet<_> = table
            .settings()
            .iter()
            .map(name_of)
            .map(str::to_owned)
            .collect();
        let others: Vec<_> = options.difference(&settings).collect();
        let hidden = ["detached"]
            .into_iter()
            .filter(|_| name == "session-server");
        let expected: Vec<_> = ["check-config"]
            .into_iter()
            .chain(hidden)
            .chain(["settings"])
            .collect();
        assert_eq!(others, expected, "{name}");
        for setting in &settings {
            assert!(home_of(setting).is_some(), "{setting}");
        }
    }
}

#[test]
fn the_readme_has_every_setting() {
    let mut rows = String::from("| table | about | settings |\n|---|---|---|\n");
    for table in TABLES {
        let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
        let own = table.own_settings();
        for option in &own {
            let heading = option.get_help_heading().unwrap_or("Session server");
            let setting = format!("`{} = {}`", name_of(option), form_of(option));
            match groups.iter_mut().find(|(known, _)| *known == heading) {
                Some((_, settings)) => settings.push(setting),
                None => groups.push((heading, vec![setting])),
            }
        }
        for (heading, settings) in groups {
            rows += &format!(
                "| `[{}]` | {heading} | {} |\n",
                table.name,
                settings.join(", ")
            );
        }
    }
    let readme = include_str!("../../../README.md");
    assert!(
        readme.contains(&rows),
        "the README needs this table:\n{rows}"
    );
}

#[test]
fn the_page_of_the_manual_has_every_setting() {
    let page = manual_page();
    for table in TABLES {
        let (_, rest) = page
            .split_once(&format!("TABLE [{}]", table.name))
            .expect(table.name);
        for option in table.own_settings() {
            let name = name_of(&option).replace('-', "\\-");
            assert!(rest.contains(&format!("\\fB{name}\\fR = ")), "{name}");
        }
    }
}
