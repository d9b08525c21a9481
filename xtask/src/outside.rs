//! Other programs that tests run.
//!
//! A test that needs a program is in a module of the program's name (`mod curl`, with underscores
//! for hyphens). If the program is missing, its tests are left out by that name. The same holds for
//! a file without which a program is of no use. With `CI=true`, a missing program is a failure.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A program, the packages of the workspace whose tests run it, and its system package.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outside {
    /// The file of the program, or of a part of it.
    pub(crate) program: &'static str,
    /// The module of the tests that need it.
    pub(crate) module: &'static str,
    pub(crate) tested_by: &'static [&'static str],
    /// The package in Debian and Ubuntu.
    pub(crate) package: &'static str,
}

/// Every program that a test may run.
const PROGRAMS: &[Outside] = &[
    Outside {
        program: "apache2",
        module: "apache2",
        tested_by: &["wsgi-cli", "wsgi-tests"],
        package: "apache2",
    },
    Outside {
        program: "bash",
        module: "bash",
        tested_by: &["wsgi-cli"],
        package: "bash",
    },
    Outside {
        program: "certbot",
        module: "certbot",
        tested_by: &["wsgi-tests"],
        package: "certbot",
    },
    Outside {
        program: "chromium",
        module: "chromium",
        tested_by: &["wsgi-cli"],
        package: "chromium",
    },
    Outside {
        program: "chromedriver",
        module: "chromedriver",
        tested_by: &["wsgi-cli"],
        package: "chromium-driver",
    },
    Outside {
        program: "curl",
        module: "curl",
        tested_by: &[
            "wsgi",
            "wsgi-cli",
            "wsgi-server",
            "wsgi-tests",
            "wsgi-tower",
        ],
        package: "curl",
    },
    Outside {
        program: "fish",
        module: "fish",
        tested_by: &["wsgi-cli"],
        package: "fish",
    },
    Outside {
        program: "h2load",
        module: "h2load",
        tested_by: &["wsgi-tower"],
        package: "nghttp2-client",
    },
    Outside {
        program: "h2o",
        module: "h2o",
        tested_by: &["wsgi-cli", "wsgi-tests"],
        package: "h2o",
    },
    Outside {
        program: "haproxy",
        module: "haproxy",
        tested_by: &["wsgi-cli", "wsgi-tests"],
        package: "haproxy",
    },
    // The networks of `unshare` need it.
    Outside {
        program: "ip",
        module: "unshare",
        tested_by: &["wsgi-tests"],
        package: "iproute2",
    },
    Outside {
        program: "lighttpd",
        module: "lighttpd",
        tested_by: &["wsgi-cli", "wsgi-tests"],
        package: "lighttpd",
    },
    Outside {
        program: "mod_openssl.so",
        module: "lighttpd",
        tested_by: &["wsgi-cli", "wsgi-tests"],
        package: "lighttpd-mod-openssl",
    },
    Outside {
        program: "logrotate",
        module: "logrotate",
        tested_by: &["wsgi-cli"],
        package: "logrotate",
    },
    Outside {
        program: "mandoc",
        module: "mandoc",
        tested_by: &["wsgi-cli"],
        package: "mandoc",
    },
    Outside {
        program: "nginx",
        module: "nginx",
        tested_by: &["wsgi-cli", "wsgi-tests"],
        package: "nginx-light",
    },
    Outside {
        program: "ngx_stream_module.so",
        module: "nginx_stream",
        tested_by: &["wsgi-tests"],
        package: "libnginx-mod-stream",
    },
    Outside {
        program: "openssl",
        module: "openssl",
        tested_by: &["wsgi-cli", "wsgi-sessions"],
        package: "openssl",
    },
    Outside {
        program: "pebble",
        module: "pebble",
        tested_by: &["wsgi-tests"],
        package: "pebble",
    },
    // With `kill`, it ends tests that hang.
    Outside {
        program: "ps",
        module: "procps",
        tested_by: &["xtask"],
        package: "procps",
    },
    Outside {
        program: "python3",
        module: "python3",
        tested_by: &["wsgi-cli"],
        package: "python3",
    },
    // The environments of the tests of `wsgi-python`.
    Outside {
        program: ENSUREPIP,
        module: "ensurepip",
        tested_by: &[],
        package: "python3-venv",
    },
    Outside {
        program: "redis-server",
        module: "redis_server",
        tested_by: &["wsgi-cli", "wsgi-sessions"],
        package: "redis-server",
    },
    Outside {
        program: "spawn-fcgi",
        module: "spawn_fcgi",
        tested_by: &["wsgi-tests"],
        package: "spawn-fcgi",
    },
    Outside {
        program: "systemd-analyze",
        module: "systemd_analyze",
        tested_by: &["wsgi-tests"],
        package: "systemd",
    },
    Outside {
        program: "unshare",
        module: "unshare",
        tested_by: &["wsgi-tests"],
        package: "util-linux",
    },
    // `cargo xtask ci` counts instructions with it. No test runs it.
    Outside {
        program: "valgrind",
        module: "valgrind",
        tested_by: &[],
        package: "valgrind",
    },
    Outside {
        program: "wget",
        module: "wget",
        tested_by: &["wsgi-cli"],
        package: "wget",
    },
    Outside {
        program: "zsh",
        module: "zsh",
        tested_by: &["wsgi-cli"],
        package: "zsh",
    },
];

/// The programs that this machine lacks.
pub(crate) fn missing() -> Vec<&'static Outside> {
    PROGRAMS
        .iter()
        .filter(|outside| !is_installed(outside.program))
        .collect()
}

/// The folders of servers, which are not always on the `PATH` of a user, and of the modules of
/// lighttpd and nginx.
const SERVERS: &[&str] = &[
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/lib/lighttpd",
    "/usr/local/lib/lighttpd",
    "/usr/lib/nginx/modules",
];

/// The part of Python that Debian packs on its own. It has no program.
const ENSUREPIP: &str = "python3 -m ensurepip";

/// Whether a program is installed, on the `PATH` or among servers.
pub(crate) fn is_installed(program: &str) -> bool {
    if program == ENSUREPIP {
        return has_ensurepip();
    }
    path(program).is_some()
}

fn has_ensurepip() -> bool {
    let mut python = Command::new("python3");
    let status = python
        .args(["-c", "import ensurepip"])
        .stderr(Stdio::null());
    status.status().is_ok_and(|status| status.success())
}

/// The path of a program, on the `PATH` or among servers.
pub(crate) fn path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(SERVERS.iter().map(PathBuf::from));
    find(program, folders)
}

/// Whether a missing program is a failure.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

fn find(program: &str, folders: impl IntoIterator<Item = impl AsRef<Path>>) -> Option<PathBuf> {
    let folders = folders.into_iter();
    let mut files = folders.map(|folder| folder.as_ref().join(program));
    files.find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_any_of_the_folders() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(
            find("main.rs", [here, &here.join("src")]),
            Some(here.join("src/main.rs"))
        );
        assert_eq!(find("main.rs", [here]), None);
        assert_eq!(find("src", [here]), None, "a folder is not a program");
    }
}
