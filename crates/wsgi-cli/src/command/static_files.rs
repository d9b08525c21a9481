//! The options of the server for files.

use std::{path::PathBuf, time::Duration};

use clap::{
    Args, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser},
};
use wsgi::{
    files::{FilePath, Files, Symlinks},
    middleware::OriginPattern,
};

use super::{Configuration, SiteOptions, UNITS};
use crate::{
    conflict::Conflict,
    option_value::{path, seconds, switch},
};

/// The options of the server for files.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(args_override_self = true, next_help_heading = "Files", after_help = UNITS)]
pub(crate) struct Static {
    /// Serve the files of this folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath, value_parser = path())]
    pub(crate) folder: PathBuf,

    /// List folders that have no index.html
    #[arg(long, env = "WSGI_LISTING", value_parser = switch)]
    pub(crate) listing: bool,

    /// Send site.css.br, .zst or .gz in place of site.css to clients that accept it
    ///
    /// The program does not check that both have the same contents.
    #[arg(long, env = "WSGI_PRECOMPRESSED", value_parser = switch)]
    pub(crate) precompressed: bool,

    /// Leave .html out of URLs
    ///
    /// /about is then the file about.html, and /about.html redirects to /about.
    #[arg(long, env = "WSGI_CLEAN_URLS", value_parser = switch)]
    pub(crate) clean_urls: bool,

    /// Answer paths without a file by /index.html, for a single-page application
    ///
    /// The file must exist. A missing path with the extension of a known type, such as .js, is
    /// still answered 404.
    #[arg(long, env = "WSGI_SPA", value_parser = switch)]
    pub(crate) spa: bool,

    /// Answer paths without a file by this file of the folder, with the status 404
    ///
    /// The file must exist.
    #[arg(long, env = "WSGI_NOT_FOUND", value_name = "FILE", value_parser = inside)]
    pub(crate) not_found: Option<String>,

    /// Let browsers keep files for this time without asking again
    ///
    /// With 0, they always ask. Otherwise, files with a fingerprint in their names, such as
    /// app.3f9c2b1a.js, are kept for a year.
    #[arg(long, env = "WSGI_CACHE", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) cache: Option<Duration>,

    /// Compress what becomes smaller, with zstd, brotli or gzip
    #[arg(long, env = "WSGI_COMPRESS", value_parser = switch)]
    pub(crate) compress: bool,

    /// Let pages of this origin, such as https://app.example.org, read the files
    ///
    /// Repeat the option for several origins, or separate them by commas. https://*.example.org
    /// means all names below that one, and * means every origin.
    #[arg(
        long,
        env = "WSGI_CORS",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origins
    )]
    pub(crate) cors: Vec<Origins>,

    /// Forbid pages of other sites to show the files in frames or as pictures
    ///
    /// The files have X-Content-Type-Options in any case. This adds X-Frame-Options,
    /// Content-Security-Policy with frame-ancestors, Referrer-Policy, Cross-Origin-Opener-Policy,
    /// and, without --cors, Cross-Origin-Resource-Policy.
    #[arg(long, env = "WSGI_SECURITY_HEADERS", value_parser = switch)]
    pub(crate) security_headers: bool,

    /// Serve files and folders whose names begin with a dot, too
    ///
    /// Without this option, /.well-known/ is the only one of them that is served.
    #[arg(long, env = "WSGI_DOTFILES", value_parser = switch)]
    pub(crate) dotfiles: bool,

    /// Hide files and folders, such as *.bak or /drafts, with all that is in them
    ///
    /// Repeat the option for several, or separate them by commas. * stands for any characters, and
    /// ? for one, and case makes no difference. A pattern with a slash is that of a path from the
    /// root of the folder, and any other that of a name. A link with another name still leads to
    /// what is hidden. With --precompressed, compressed forms are hidden, too. The file of
    /// --not-found may be hidden.
    #[arg(
        long,
        env = "WSGI_HIDE",
        value_name = "PATTERN",
        value_delimiter = ',',
        value_parser = pattern
    )]
    pub(crate) hide: Vec<String>,

    /// Follow these symbolic links: none, within (the default) or all
    ///
    /// within means links that lead to a file of the folder. With all, a link publishes any file
    /// that the program can read.
    #[arg(
        long,
        env = "WSGI_SYMLINKS",
        value_name = "LINKS",
        value_parser = symlinks()
    )]
    pub(crate) symlinks: Option<Symlinks>,

    #[command(flatten)]
    pub(crate) site: SiteOptions,

    #[command(flatten)]
    pub(crate) configuration: Configuration,
}

/// Origins whose pages may read the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origins {
    All,
    Of(OriginPattern),
}

impl Static {
    /// Refuses options that do not fit together.
    pub(super) fn check(&self) -> Result<(), Conflict> {
        if self.spa && self.not_found.is_some() {
            return Err(Conflict::Both("--spa", "--not-found"));
        }
        self.site.check()
    }
}

fn symlinks() -> impl TypedValueParser<Value = Symlinks> {
    PossibleValuesParser::new(["none", "within", "all"]).map(|name| match &*name {
        "none" => Symlinks::None,
        "all" => Symlinks::All,
        _ => Symlinks::Within,
    })
}

/// A file inside of the folder.
fn inside(value: &str) -> Result<String, &'static str> {
    let path = value.trim_start_matches("./");
    let is_file = FilePath::new(path).is_some_and(|path| !path.is_root());
    is_file
        .then(|| path.to_owned())
        .ok_or("the path of a file inside of the folder, such as 404.html")
}

/// A pattern of names or paths.
fn pattern(value: &str) -> Result<String, &'static str> {
    let pattern = value.trim();
    Files::can_hide(pattern)
        .then(|| pattern.to_owned())
        .ok_or("a pattern of names or paths, such as *.bak or /drafts")
}

fn origins(value: &str) -> Result<Origins, &'static str> {
    match value {
        "*" => Ok(Origins::All),
        pattern => pattern
            .parse()
            .map(Origins::Of)
            .map_err(|_| "an origin, such as https://app.example.org, or *"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        asked::Asked,
        command::{
            Command,
            tests::{check_refused, parse},
        },
    };

    #[test]
    fn the_server_for_files_reads_its_options_beside_those_of_every_site() {
        let expected = Static {
            folder: "site".into(),
            listing: true,
            precompressed: true,
            clean_urls: true,
            not_found: Some("errors/404.html".into()),
            cache: Some(Duration::from_secs(60)),
            compress: true,
            cors: vec![
                Origins::Of("https://a.example".parse().expect("an origin")),
                Origins::All,
            ],
            security_headers: true,
            dotfiles: true,
            hide: vec!["*.bak".into(), "/drafts".into(), "/posts/*.md".into()],
            symlinks: Some(Symlinks::All),
            site: SiteOptions {
                bind: Some(":1".parse().expect("an address")),
                ..SiteOptions::default()
            },
            ..Static::default()
        };
        let line = "static --listing --bind :1 --precompressed site --clean-urls --compress \
            --not-found ./errors/404.html --cache 60 --cors https://a.example,* --dotfiles \
            --security-headers --symlinks all --hide *.bak,/drafts --hide /posts/*.md";
        assert_eq!(parse(line), Ok(Command::Static(expected)));
    }

    #[test]
    fn patterns_may_have_spaces_between_them() {
        let list = "*.bak, /drafts ,./posts/*.md";
        let command = Asked::parse(["static", "site", "--hide", list].map(Into::into));
        let Ok(Asked::To(command)) = command else {
            panic!("{command:?}");
        };
        let Command::Static(command) = *command else {
            panic!("{command:?}");
        };
        assert_eq!(command.hide, ["*.bak", "/drafts", "./posts/*.md"]);
    }

    #[test]
    fn wrong_values_are_refused() {
        for (line, message) in [
            (
                "static site --not-found ../404.html",
                "--not-found takes the path of a file inside of the folder, such as 404.html, not \
                 \"../404.html\"",
            ),
            (
                "static site --cors a.example",
                "--cors takes an origin, such as https://app.example.org, or *, not \"a.example\"",
            ),
            (
                "static site --hide /",
                "--hide takes a pattern of names or paths, such as *.bak or /drafts, not \"/\"",
            ),
            (
                "static site --hide *.bak,../drafts",
                "--hide takes a pattern of names or paths, such as *.bak or /drafts, not \
                 \"../drafts\"",
            ),
            (
                "static site --hide a//b",
                "--hide takes a pattern of names or paths, such as *.bak or /drafts, not \"a//b\"",
            ),
            (
                "static site --symlinks some",
                "--symlinks takes none, within or all, not \"some\"",
            ),
            (
                "static site --spa --not-found a.html",
                "--spa and --not-found exclude each other: leave out one of them",
            ),
            ("static", "DIR is missing"),
        ] {
            check_refused(line, message);
        }
    }
}
