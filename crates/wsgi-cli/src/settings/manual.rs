//! The manual's page about the file of settings, made from the declarations of the options.

use clap_mangen::roff::{Roff, bold, italic, roman};

use super::{
    kind::form_of,
    tables::{TABLES, Table, name_of},
};
use crate::edition::{SOURCE, date};

const NAME: &str = "wsgi-settings \u{2014} the file of settings of wsgi";

const DESCRIPTION: [&str; 4] = [
    "The option --settings FILE, or the variable WSGI_SETTINGS, names a file in TOML. Each option \
     of a command is a setting with the same name and meaning, in one of the tables below. A path \
     is relative to the folder in which the program starts, as on the command line. A number of \
     BYTES may be a text with a unit, such as \"10MiB\".",
    "An option on the command line takes precedence over its variable, the variable over the \
     command's own table, and that over a table which commands share. A list replaces a list. A \
     setting of false is the same as none.",
    "The whole file is checked, also the tables of other commands. A setting that is unknown, has \
     a wrong value or names a missing file is an error with the number of its line. The exit code \
     is 1 for a missing file or folder, as on the command line, and otherwise 2. --check-config \
     shows what would be served, without serving.",
    "Each new process reads the file, so SIGUSR2 brings new settings into force. If they are \
     wrong, the new process fails and the former ones go on. The addresses, the place of the \
     sessions, and --processes stay as they were until the program is started anew.",
];

const EXAMPLE: &str = "[site]\nbind = \"127.0.0.1:8000\"\nmax-threads = 64\nhealth = true\n\n\
    [demo]\nsession-store = \"unix:/run/wsgi/sessions\"\n\n\
    [static]\nfolder = \"/srv/www\"\ncors = [\"https://a.example\", \"https://b.example\"]";

/// The page, in roff.
pub(crate) fn manual_page() -> String {
    let mut page = Roff::new();
    page.control("TH", ["wsgi-settings", "5", date(), SOURCE, "File Formats"]);
    page.control("SH", ["NAME"]).text([roman(NAME)]);
    page.control("SH", ["DESCRIPTION"]);
    for (number, paragraph) in DESCRIPTION.iter().enumerate() {
        if number > 0 {
            page.control("PP", []);
        }
        page.text([roman(*paragraph)]);
    }
    for table in TABLES {
        add_table(&mut page, table);
    }
    page.control("SH", ["EXAMPLE"]).control("nf", []);
    for line in EXAMPLE.lines() {
        page.text([roman(line)]);
    }
    page.control("fi", []);
    page.control("SH", ["SEE ALSO"]).text([roman("wsgi(1)")]);
    page.to_roff()
}

fn add_table(page: &mut Roff, table: Table) {
    let title = format!("TABLE [{}]", table.name);
    page.control("SH", [&*title]);
    let mut sentence = format!("The settings of wsgi {}", table.commands.join(" and "));
    for shared in table.shared() {
        sentence += &format!(", which may also have those of [{}]", shared.name);
    }
    page.text([roman(sentence + ".")]);
    for option in table.own_settings() {
        page.control("TP", []);
        let value = form_of(&option);
        page.text([bold(name_of(&option)), roman(" = "), italic(value)]);
        let help = option.get_help().map(ToString::to_string);
        page.text([roman(help.unwrap_or_default())]);
    }
}
