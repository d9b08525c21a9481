//! The first release of this workspace, and a project that is built from it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::repository::Repository;

#[test]
#[ignore = "builds the server; needs crates.io for the dependencies"]
fn a_project_builds_and_runs_the_facade_from_the_registry() {
    let repository = Repository::new();
    let names = clone(&repository);
    repository.registry.state().pace = Some((5, Duration::from_secs(1)));
    let plan = repository.released("");
    assert!(plan.contains("So the last upload is "), "{plan}");
    repository.released("--prepare");
    let checked: Vec<_> = names.iter().map(String::as_str).collect();
    repository.pass_checks(&checked);
    repository.released("--execute");
    {
        let state = repository.registry.state();
        assert_eq!(state.uploads.len(), names.len());
        assert_eq!(state.refusals.len(), names.len() - 5);
        assert!(state.impatient.is_empty());
    }
    assert_eq!(repository.tags().len(), names.len());

    let project = repository.path("project");
    fs::create_dir_all(project.join("src")).unwrap();
    let manifest = "[package]\nname = \"project\"\nedition = \"2024\"\n\n[dependencies]\n\
        wsgi = { version = \"0.1\", registry = \"local\" }\n";
    fs::write(project.join("Cargo.toml"), manifest).unwrap();
    fs::write(project.join("src/main.rs"), first_listing()).unwrap();
    let manifest = project.join("Cargo.toml");
    let run = ["run", "--manifest-path", manifest.to_str().unwrap()];
    let run = repository.command("cargo", &run);
    assert!(run.succeeded, "{}", run.text);
    assert!(
        run.text
            .contains("Compiling wsgi-server v0.1.0 (registry `local`)"),
        "{}",
        run.text
    );
}

/// The first listing of the facade's README: a program that serves, visits itself, and ends.
fn first_listing() -> &'static str {
    let readme = include_str!("../../../crates/wsgi/README.md");
    let listing = readme.split("```rust\n").nth(1).unwrap();
    listing.split("```").next().unwrap()
}

/// Puts the commit of this workspace into a repository, with the local registry as the one of its
/// crates, and returns their names.
fn clone(repository: &Repository) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::remove_dir_all(repository.root()).unwrap();
    fs::create_dir(repository.root()).unwrap();
    let source = format!("file://{}", root.display());
    repository.git(&["clone", "--quiet", "--no-tags", &source, "."]);
    let mut names = Vec::new();
    for entry in fs::read_dir(repository.root().join("crates")).unwrap() {
        names.push(entry.unwrap().file_name().into_string().unwrap());
    }
    let manifest = repository.read("Cargo.toml");
    let own = "version = \"0.1.0\"";
    let manifest = manifest.replace(own, &format!("{own}, registry = \"local\""));
    repository.write("Cargo.toml", &manifest);
    repository.git(&[
        "commit",
        "--quiet",
        "--all",
        "--message",
        "Use the local registry",
    ]);
    names
}
