//! An authority for tests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rcgen::generate_simple_self_signed;

use crate::site::{Process, wait_for};

/// The port of the authority for ACME, and for its own certificate.
const PORTS: [u16; 2] = [14000, 15000];

/// The port of the name server.
const NAMES: u16 = 8053;

/// The authority, and a name server that knows every name. They are ended on drop.
pub(crate) struct Authority {
    _processes: [Process; 2],
    /// The certificate of the authority's own address.
    pub(crate) certificate: PathBuf,
}

impl Authority {
    pub(crate) fn start(folder: &Path) -> Self {
        let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
        let (certificate, key) = (folder.join("pebble.pem"), folder.join("pebble.key"));
        fs::write(&certificate, made.cert.pem()).expect("a file");
        fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
        let [acme, management] = PORTS;
        let config = format!(
            r#"{{"pebble": {{"listenAddress": "127.0.0.1:{acme}",
                "managementListenAddress": "127.0.0.1:{management}",
                "certificate": "{}", "privateKey": "{}", "httpPort": 80, "tlsPort": 443}}}}"#,
            certificate.display(),
            key.display()
        );
        let path = folder.join("pebble.json");
        fs::write(&path, config).expect("a file");
        let start = |command: &mut Command| {
            Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
        };
        let names = start(
            Command::new("pebble-challtestsrv")
                .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
                .args(["-defaultIPv6", "", "-dns01", &format!("127.0.0.1:{NAMES}")]),
        );
        let pebble = start(
            Command::new("pebble")
                .args(["-dnsserver", &format!("127.0.0.1:{NAMES}"), "-config"])
                .arg(path)
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_WFE_NONCEREJECT", "0"),
        );
        let authority = Self {
            _processes: [names, pebble],
            certificate,
        };
        for port in [NAMES, acme, management] {
            wait_for(port);
        }
        authority
    }

    /// Writes the root of the certificates that the authority issues.
    pub(crate) fn write_root(&self, path: &Path) {
        let [_, management] = PORTS;
        let status = Command::new("curl")
            .args(["--silent", "--fail", "--noproxy", "*", "--cacert"])
            .arg(&self.certificate)
            .arg("--output")
            .arg(path)
            .arg(format!("https://localhost:{management}/roots/0"))
            .status();
        assert!(status.expect("curl starts").success());
    }
}

/// The directory of the authority (RFC 8555 section 7.1.1).
pub(crate) fn directory() -> String {
    let [acme, _] = PORTS;
    format!("https://localhost:{acme}/dir")
}
