//! The tables of a file of settings, and their settings.

use clap::Command;

use crate::command::{CHECK, SETTINGS, definition};

/// A table: that of one command, or one that several commands share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The commands that read it.
    pub(super) commands: &'static [&'static str],
}

/// All tables. A later one takes precedence over an earlier one.
pub(super) const TABLES: [Table; 6] = [
    shared("site", &["demo", "static"]),
    shared("visitors", &["demo", "cgi"]),
    shared("demo", &["demo"]),
    shared("static", &["static"]),
    shared("cgi", &["cgi"]),
    shared("session-server", &["session-server"]),
];

const fn shared(name: &'static str, commands: &'static [&'static str]) -> Table {
    Table { name, commands }
}

impl Table {
    pub(super) fn named(name: &str) -> Option<Self> {
        TABLES.into_iter().find(|table| table.name == name)
    }

    /// The settings that it may have: the options that all of its commands have.
    pub(super) fn settings(self) -> Vec<clap::Arg> {
        let program = definition();
        let mut commands = self.commands.iter().map(|name| command(&program, name));
        let Some(first) = commands.next() else {
            return Vec::new();
        };
        let others: Vec<_> = commands.collect();
        let in_all = |option: &&clap::Arg| {
            let has_it = |command: &&Command| command.get_arguments().any(|it| it == *option);
            others.iter().all(has_it)
        };
        let settings = first.get_arguments().filter(|option| is_setting(option));
        settings.filter(in_all).cloned().collect()
    }

    /// The tables that its command reads as well.
    pub(super) fn shared(self) -> impl Iterator<Item = Self> {
        let is_shared = move |other: &Self| {
            other.commands.len() > 1 && self.commands.len() == 1 && other.has(self.commands[0])
        };
        TABLES.into_iter().filter(is_shared)
    }

    /// The settings that no shared table has.
    pub(super) fn own_settings(self) -> Vec<clap::Arg> {
        let mut settings = self.settings();
        for shared in self.shared() {
            settings.retain(|option| shared.setting(name_of(option)).is_none());
        }
        settings
    }

    /// Whether a command reads it.
    pub(super) fn has(self, command: &str) -> bool {
        self.commands.contains(&command)
    }

    /// The setting with this name.
    pub(super) fn setting(self, name: &str) -> Option<clap::Arg> {
        let settings = self.settings();
        settings.into_iter().find(|option| name_of(option) == name)
    }
}

/// The name of an option's setting.
pub(super) fn name_of(option: &clap::Arg) -> &str {
    option.get_long().unwrap_or(option.get_id().as_str())
}

/// The table in which a setting is most useful.
pub(super) fn home_of(name: &str) -> Option<Table> {
    TABLES
        .into_iter()
        .find(|table| table.setting(name).is_some())
}

fn is_setting(option: &clap::Arg) -> bool {
    let others = [SETTINGS, CHECK, "help", "version"];
    !option.is_hide_set() && !others.contains(&option.get_id().as_str())
}

fn command<'a>(program: &'a Command, name: &str) -> &'a Command {
    let command = program.find_subcommand(name);
    command.expect("tables have the names of commands")
}
