//! The registry, asked for what is out.
//!
//! `curl` asks its sparse index, so that this program needs no library for HTTP and TLS.

use std::{env, fs, process::Command, thread, time::Duration};

use serde::Deserialize;
use serde_json::Value;

use super::{candidate::Out, version::Version};
use crate::{result::Result, scratch::Scratch};

const CRATES_IO: &str = "https://index.crates.io";

/// The number of times that a question is asked when the network or the registry fails.
const ATTEMPTS: u32 = 4;

/// A registry with a sparse index.
#[derive(Debug)]
pub(super) struct Registry {
    /// The name in cargo's configuration. `None` for crates.io.
    pub(super) name: Option<String>,
    index: String,
}

/// A line of the index.
#[derive(Deserialize)]
struct Line {
    vers: String,
    deps: Vec<Dependency>,
    yanked: bool,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
    kind: Option<String>,
}

impl Registry {
    /// The registry of a name, whose index is in the variable that cargo reads. Without a name,
    /// crates.io.
    pub(super) fn named(name: Option<String>) -> Result<Self> {
        let Some(name) = name else {
            return Ok(Self {
                name: None,
                index: CRATES_IO.to_owned(),
            });
        };
        let key = name.to_ascii_uppercase().replace('-', "_");
        let variable = format!("CARGO_REGISTRIES_{key}_INDEX");
        let index = env::var(&variable)
            .map_err(|_| format!("{variable} must be the index of the registry {name}"))?;
        let Some(index) = index.strip_prefix("sparse+") else {
            return Err(format!(
                "{variable} must begin with `sparse+`, since only sparse indexes are read"
            )
            .into());
        };
        Ok(Self {
            name: Some(name),
            index: index.trim_end_matches('/').to_owned(),
        })
    }

    /// The versions of a crate. Empty if the registry does not know it.
    pub(super) fn versions(&self, name: &str) -> Result<Vec<Out>> {
        let url = format!("{}/{}", self.index, path(name));
        match get(&url)? {
            Some(lines) => {
                parse(&String::from_utf8(lines)?).map_err(|error| format!("{url}: {error}").into())
            }
            None => Ok(Vec::new()),
        }
    }

    pub(super) fn has(&self, name: &str, version: Version) -> Result<bool> {
        let versions = self.versions(name)?;
        Ok(versions.iter().any(|out| out.version == version))
    }

    /// The commit that a version was published from. `None` if it does not say.
    pub(super) fn commit(&self, name: &str, version: Version) -> Result<Option<String>> {
        let url = format!("{}/config.json", self.index);
        let config = get(&url)?.ok_or_else(|| format!("{url} does not exist"))?;
        let config: Value = serde_json::from_slice(&config)?;
        let template = config["dl"].as_str().ok_or("the index has no `dl`")?;
        let url = download(template, name, version);
        let package = get(&url)?.ok_or_else(|| format!("{url} does not exist"))?;
        let scratch = Scratch::new("published")?;
        let file = scratch.path("package.crate");
        fs::write(&file, package)?;
        let output = Command::new("tar")
            .arg("-xzOf")
            .arg(&file)
            .arg(format!("{name}-{version}/.cargo_vcs_info.json"))
            .output()?;
        if !output.status.success() {
            return Ok(None);
        }
        let information: Value = serde_json::from_slice(&output.stdout)?;
        let commit = information["git"]["sha1"].as_str();
        Ok(commit.map(str::to_owned))
    }
}

/// The path of a crate in an index.
fn path(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.len() {
        length @ (1 | 2) => format!("{length}/{name}"),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    }
}

/// The address of a package. A template without markers is the beginning of it.
fn download(template: &str, name: &str, version: Version) -> String {
    if !template.contains('{') {
        return format!("{template}/{name}/{version}/download");
    }
    let path = path(name);
    let prefix = path.rsplit_once('/').map_or("", |(prefix, _)| prefix);
    template
        .replace("{crate}", name)
        .replace("{version}", &version.to_string())
        .replace("{prefix}", prefix)
        .replace("{lowerprefix}", prefix)
}

/// The versions in a file of the index. Pre-releases are left out: the crates have none.
fn parse(lines: &str) -> Result<Vec<Out>, serde_json::Error> {
    let mut versions = Vec::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let line: Line = serde_json::from_str(line)?;
        if let Ok(version) = line.vers.parse() {
            let named = line.deps.into_iter();
            let used = named.filter(|of| of.kind.as_deref() != Some("dev"));
            versions.push(Out {
                version,
                is_yanked: line.yanked,
                requirements: used.map(|of| (of.name, of.req)).collect(),
            });
        }
    }
    Ok(versions)
}

/// The content at an address. `None` if the registry says that there is none.
fn get(url: &str) -> Result<Option<Vec<u8>>> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let problem = match ask(url)? {
            Ok((200, body)) => return Ok(Some(body)),
            Ok((404 | 410 | 451, _)) => return Ok(None),
            Ok((status, _)) => format!("status {status}"),
            Err(problem) => problem,
        };
        if attempt == ATTEMPTS {
            return Err(format!("{url} cannot be read: {problem}").into());
        }
        thread::sleep(Duration::from_secs(1) * attempt);
    }
}

/// The status and the body of a response, or curl's account of a failure.
fn ask(url: &str) -> Result<Result<(u16, Vec<u8>), String>> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--location", "--max-time", "60"])
        .args(["--user-agent", "cargo xtask release"])
        .args(["--write-out", "\n%{http_code}", url])
        .output()
        .map_err(|error| format!("curl cannot be run: {error}"))?;
    if !output.status.success() {
        let problem = String::from_utf8_lossy(&output.stderr);
        return Ok(Err(problem.trim().to_owned()));
    }
    let mut body = output.stdout;
    let end = body.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let status = String::from_utf8_lossy(&body[end..]).trim().parse()?;
    body.truncate(end);
    Ok(Ok((status, body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_has_a_crate_below_the_first_letters_of_its_name() {
        let names = ["a", "ab", "abc", "abcd", "wsgi-server"];
        let paths = names.map(path);
        let expected = ["1/a", "2/ab", "3/a/abc", "ab/cd/abcd", "ws/gi/wsgi-server"];
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_package_is_below_the_address_or_where_its_markers_say() {
        let version = "0.1.0".parse().unwrap();
        let at = |template| download(template, "wsgi-server", version);
        assert_eq!(at("http://r/dl"), "http://r/dl/wsgi-server/0.1.0/download");
        assert_eq!(
            at("http://r/{prefix}/{crate}/{crate}-{version}.crate"),
            "http://r/ws/gi/wsgi-server/wsgi-server-0.1.0.crate"
        );
    }

    #[test]
    fn the_lines_of_the_index_are_versions() {
        let lines = r#"{"name":"a","vers":"0.1.0","deps":[],"cksum":"","features":{},"yanked":true}
{"name":"a","vers":"0.2.0-rc.1","deps":[],"cksum":"","features":{},"yanked":false}
{"name":"a","vers":"0.2.0","deps":[{"name":"b","req":"^0.1.0","kind":"normal"},{"name":"c","req":"^1","kind":"dev"}],"cksum":"","features":{},"yanked":false}
"#;
        let versions = parse(lines).unwrap();
        let found: Vec<_> = versions
            .iter()
            .map(|out| (out.version.to_string(), out.is_yanked))
            .collect();
        let expected = [("0.1.0".to_owned(), true), ("0.2.0".to_owned(), false)];
        assert_eq!(found, expected);
        let b = ("b".to_owned(), "^0.1.0".to_owned());
        assert_eq!(versions[1].requirements, [b]);
        assert!(parse("<html>").is_err());
    }

    #[test]
    fn a_registry_of_a_name_needs_its_index() {
        let error = Registry::named(Some("no-such".to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "CARGO_REGISTRIES_NO_SUCH_INDEX must be the index of the registry no-such"
        );
        assert_eq!(Registry::named(None).unwrap().index, CRATES_IO);
    }
}
