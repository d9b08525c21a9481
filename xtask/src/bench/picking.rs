//! What a project takes along with a single crate: crates, lines, and the time of a build.

use std::{fs, path::Path};

use super::{
    options::Options,
    peer,
    process::ended_children,
    progress::progress,
    report::Spread,
    tree::{Folders, tree},
};
use crate::{result::Result, scratch::Scratch};

/// The package of `tests/peers` that has each crate as a feature.
const PACKAGE: &str = "pick-single";

/// Each of our crates, and the one that it takes the place of.
const PICKS: [(&str, Option<&str>); 8] = [
    ("wsgi-headers", Some("http")),
    ("wsgi-environ", None),
    ("wsgi-file-wrapper", None),
    ("wsgi-forms", Some("multer")),
    ("wsgi-cookies", Some("cookie")),
    ("wsgi-metrics", Some("prometheus")),
    ("wsgi-files", None),
    ("wsgi-sessions", Some("tower-sessions")),
];

/// A crate with its default features.
struct Pick {
    name: &'static str,
    crates: usize,
    lines: usize,
    seconds: Vec<f64>,
}

/// Counts once, and builds each crate from nothing once per round. Returns the rows of the table in
/// the README, without its prose.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<String> {
    let folders = Folders::load()?;
    let mut picks = Vec::new();
    for name in PICKS
        .into_iter()
        .flat_map(|(ours, other)| [Some(ours), other])
    {
        let Some(name) = name else { continue };
        let tree = tree(PACKAGE, name)?;
        picks.push(Pick {
            name,
            crates: tree.len(),
            lines: folders.lines_of(&tree)?,
            seconds: Vec::new(),
        });
    }
    for round in 1..=options.rounds {
        for pick in &mut picks {
            progress(&format!("building {}, round {round}", pick.name));
            let target = scratch.path("target");
            let before = ended_children()?;
            build(pick.name, &target)?;
            pick.seconds
                .push((ended_children()? - before).as_secs_f64());
            fs::remove_dir_all(target)?;
        }
    }
    let mut text = String::from(
        "\nSingle crates with their default features, and those that they take the place of: \
         crates, thousands of lines of Rust, CPU seconds of a release build by cargo's default \
         profile\n",
    );
    for (ours, other) in PICKS {
        for name in [Some(ours), other].into_iter().flatten() {
            let pick = picks.iter().find(|pick| pick.name == name);
            text += &row(pick.expect("counted above"));
        }
    }
    Ok(text)
}

fn row(pick: &Pick) -> String {
    let lines = pick.lines as f64 / 1000.0;
    let seconds = Spread::of(&pick.seconds);
    let Pick { name, crates, .. } = pick;
    format!("  {name:<18}{crates:>4}{lines:>8.1}  {seconds}\n")
}

/// Builds a crate as a project of its user would, into an empty folder.
fn build(name: &str, target: &Path) -> Result {
    let status = peer::cargo("build")
        .args(["--quiet", "--release", "--package", PACKAGE])
        .args(["--features", name, "--target-dir"])
        .arg(target)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .envs([
            ("CARGO_PROFILE_RELEASE_LTO", "false"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
        ])
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{name} does not build").into()),
    }
}
