//! The first release of this workspace, and a project that is built from it.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

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
    fs::write(project.join("src/main.rs"), first_program()).unwrap();
    let manifest = project.join("Cargo.toml");
    let build = ["build", "--manifest-path", manifest.to_str().unwrap()];
    let build = repository.command("cargo", &build);
    assert!(build.succeeded, "{}", build.text);
    assert!(
        build
            .text
            .contains("Compiling wsgi-server v0.1.0 (registry `local`)"),
        "{}",
        build.text
    );
    assert_eq!(
        visited(&project.join("target/debug/project")),
        "Hello world!\n"
    );
}

/// The first program of the facade's README, on a free port.
fn first_program() -> String {
    let readme = include_str!("../../../crates/wsgi/README.md");
    let program = readme.split("```rust,no_run\n").nth(1).unwrap();
    let program = program.split("```").next().unwrap();
    assert!(program.contains("8000"), "{program}");
    program.replace("8000", "0")
}

/// The page of a program that tells its address, and that ends well on SIGTERM.
fn visited(program: &Path) -> String {
    let mut child = Command::new(program)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("serving on ");
    let page = address.map(|address| {
        Command::new("curl")
            .args(["-sS", address])
            .output()
            .unwrap()
    });
    let id = child.id().to_string();
    let ended = Command::new("kill").arg(id).status().unwrap();
    errors.read_to_string(&mut line).unwrap();
    assert!(ended.success() && child.wait().unwrap().success(), "{line}");
    let page = page.unwrap_or_else(|| panic!("no address: {line}"));
    String::from_utf8(page.stdout).unwrap()
}

/// Puts the commit of this workspace into a repository, with the local registry as the one of its
/// crates, and returns the names of those that are published.
fn clone(repository: &Repository) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::remove_dir_all(repository.root()).unwrap();
    fs::create_dir(repository.root()).unwrap();
    let source = format!("file://{}", root.display());
    repository.git(&["clone", "--quiet", "--no-tags", &source, "."]);
    let mut names = Vec::new();
    for entry in fs::read_dir(repository.root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let manifest = repository.read(&format!("crates/{name}/Cargo.toml"));
        if !manifest.contains("publish = false") {
            names.push(name);
        }
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
