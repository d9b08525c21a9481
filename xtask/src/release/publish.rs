//! Uploads and tags.
//!
//! Each crate is tagged after its upload, at the commit that it was published from. Whatever ends a
//! release in between, the registry and the tags say what is left to be done.

use std::{
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{
    decision::Release,
    history,
    pace::{self, NEW_CRATES, NEW_VERSIONS},
    plan::Plan,
    registry::Registry,
    version::Version,
};
use crate::{git, result::Result, step::Step, workspace::Workspace};

/// The number of times that an upload may be refused for its pace.
const REFUSALS: u32 = 10;

/// The longest time for which an upload waits.
const PATIENCE: Duration = Duration::from_secs(25 * 3600);

/// The longest time until the index lists an upload.
const LAG: Duration = Duration::from_secs(600);

/// The end of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upload {
    /// This run has uploaded the tree.
    Done,
    /// The registry has the version, perhaps from an earlier run.
    Found,
}

/// Tags what an interrupted release has published.
pub(super) fn tag_untagged(workspace: &Workspace, registry: &Registry, plan: &Plan) -> Result {
    plan.tags
        .iter()
        .try_for_each(|(name, version)| tag_published(workspace, registry, name, *version))
}

/// Publishes the crates one by one, and stops at the first failure.
pub(super) fn publish(workspace: &Workspace, registry: &Registry, plan: &Plan) -> Result {
    for release in &plan.releases {
        let Release { name, version, .. } = release;
        let head = git::head(&workspace.root)?;
        let upload = upload(workspace, registry, release)?;
        await_listing(registry, name, *version)?;
        match upload {
            Upload::Done => tag(workspace, name, *version, &head)?,
            Upload::Found => tag_published(workspace, registry, name, *version)?,
        }
    }
    Ok(())
}

/// Uploads a crate, and waits as often as the registry asks for that.
fn upload(workspace: &Workspace, registry: &Registry, release: &Release) -> Result<Upload> {
    let Release { name, version, .. } = release;
    // The checks have compiled the package.
    let mut step = Step::cargo("publish --no-verify --package").with(name);
    if let Some(registry) = &registry.name {
        step = step.with("--registry").with(registry);
    }
    for _ in 0..REFUSALS {
        println!("\n$ {step}");
        let output = step.command().current_dir(&workspace.root).output()?;
        let message = String::from_utf8_lossy(&output.stderr);
        print!("{message}");
        if output.status.success() {
            return Ok(Upload::Done);
        }
        if message.contains("status 429") {
            wait(&message, release)?;
            continue;
        }
        // An upload that has arrived may still end with a lost connection.
        let is_known = message.contains("already uploaded") || message.contains("already exists");
        if is_known || registry.has(name, *version)? {
            println!("The registry has {name} {version}.");
            return Ok(Upload::Found);
        }
        return Err(format!(
            "{name} {version} was not published; once the cause is gone, run the same command again"
        )
        .into());
    }
    Err(format!("the registry refused {name} {REFUSALS} times for its pace").into())
}

/// Waits until the time that a refusal names, or else for the interval of the limit.
fn wait(message: &str, release: &Release) -> Result {
    let limit = match release.base {
        None => NEW_CRATES,
        Some(_) => NEW_VERSIONS,
    };
    let now = SystemTime::now();
    let until = pace::try_again_after(message).unwrap_or(now + limit.interval);
    // The time has whole seconds, so the next one is safe.
    let time = until.duration_since(now).unwrap_or_default() + Duration::from_secs(1);
    if time > PATIENCE {
        return Err(format!("the registry asks to wait for {} hours", pace::hours(time)).into());
    }
    println!(
        "The registry lets {} in after {}; waiting for {} seconds.",
        release.name,
        httpdate::fmt_http_date(until),
        time.as_secs()
    );
    thread::sleep(time);
    Ok(())
}

/// Waits until the index lists a version, since the crates that use it need it there.
fn await_listing(registry: &Registry, name: &str, version: Version) -> Result {
    let begin = Instant::now();
    let mut pause = Duration::from_millis(100);
    while !registry.has(name, version)? {
        if begin.elapsed() > LAG {
            return Err(format!(
                "the index does not list {name} {version} after {} minutes; run the same command \
                 again later",
                LAG.as_secs() / 60
            )
            .into());
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(5));
    }
    Ok(())
}

/// Tags the commit that the registry's package names.
fn tag_published(
    workspace: &Workspace,
    registry: &Registry,
    name: &str,
    version: Version,
) -> Result {
    let commit = history::commit(workspace, registry, name, version, &[])?;
    tag(workspace, name, version, &commit)
}

fn tag(workspace: &Workspace, name: &str, version: Version, commit: &str) -> Result {
    let tag = version.tag(name);
    println!("Tagging {tag}");
    let message = format!("{name} {version}");
    git::run(
        &workspace.root,
        &["tag", "--annotate", &tag, "--message", &message, commit],
    )?;
    Ok(())
}
