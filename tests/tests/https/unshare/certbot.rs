//! Tests that need `certbot`.

/// Tests that need `pebble`, an authority for tests.
mod pebble {
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
    };

    use rcgen::generate_simple_self_signed;
    use wsgi_tests::{PATIENCE, eventually, fronts::Snippet};

    use crate::{
        namespace::run_alone,
        site::{Folders, PROGRAM, Site, check, curl, wait_for},
    };

    /// The port of the authority for ACME, and for its own certificate.
    const PORTS: [u16; 2] = [14000, 15000];

    /// The port of the name server.
    const NAMES: u16 = 8053;

    /// The authority, and a name server that knows every name. They are ended on drop.
    struct Authority {
        processes: [Child; 2],
        /// The certificate of the authority's own address.
        certificate: PathBuf,
    }

    impl Authority {
        fn start(folder: &Path) -> Self {
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
                let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
                quiet.spawn().expect("a program of pebble starts")
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
                processes: [names, pebble],
                certificate,
            };
            for port in [NAMES, acme, management] {
                wait_for(port);
            }
            authority
        }

        /// Writes the root of the certificates that the authority issues.
        fn write_root(&self, path: &Path) {
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

    impl Drop for Authority {
        fn drop(&mut self) {
            for process in &mut self.processes {
                let _ = process.kill();
                let _ = process.wait();
            }
        }
    }

    /// Runs certbot in a folder with an authority.
    #[track_caller]
    fn certbot(authority: &Authority, folder: &Path, command: &str) {
        let [acme, _] = PORTS;
        let place = |name: &str| folder.join("certbot").join(name).display().to_string();
        let options = format!(
            "--non-interactive --config-dir {} --work-dir {} --logs-dir {} \
             --server https://localhost:{acme}/dir",
            place("config"),
            place("work"),
            place("logs")
        );
        let output = Command::new("sh")
            .args(["-c", &format!("{} {options}", command.trim_end())])
            .env("REQUESTS_CA_BUNDLE", &authority.certificate)
            .output()
            .expect("a shell starts");
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
    }

    #[test]
    fn a_certificate_comes_and_is_renewed_by_itself() {
        run_alone("unshare::certbot::pebble::gets_and_renews_a_certificate");
    }

    #[test]
    #[ignore = "is started in a network of its own by another test"]
    fn gets_and_renews_a_certificate() {
        let folders = Folders::new();
        let site = Site::start(&mut Command::new(PROGRAM), &folders, 443);
        let placeholder = folders.certificates().join("fullchain.pem");
        let first = fs::read(&placeholder).expect("a certificate");
        check(
            &placeholder,
            "https://example.org/",
            200,
            &["Hello world!\n"],
        );

        let authority = Authority::start(folders.path());
        let [hook, _, command] = Snippet::all_below("certbot").try_into().expect("blocks");
        let hook_path = folders.path().join("hello-certificate");
        let hook = hook
            .replace("-g hello ", "")
            .replace("/etc/hello/", &folders.certificates().display().to_string())
            .replace(
                "systemctl reload hello.service",
                &format!("kill -HUP {}", site.id()),
            );
        fs::write(&hook_path, hook.to_string()).expect("a file");
        fs::set_permissions(&hook_path, fs::Permissions::from_mode(0o755)).expect("a mode");
        let command = command
            .replace("/var/www/acme", &folders.webroot().display().to_string())
            .replace(
                "/usr/local/sbin/hello-certificate",
                &hook_path.display().to_string(),
            );
        let account = "--agree-tos --register-unsafely-without-email";
        certbot(
            &authority,
            folders.path(),
            &format!("{} {account}", command.to_string().trim_end()),
        );

        let root = folders.path().join("root.pem");
        authority.write_root(&root);
        let served = || {
            let output = curl(&root, "https://example.org/");
            output.status.success().then_some(())
        };
        // The hook has sent the signal, but does not wait for the program.
        assert!(
            eventually(PATIENCE, served).is_some(),
            "the old certificate is served"
        );
        let issued = fs::read(&placeholder).expect("a certificate");
        assert_ne!(issued, first);

        certbot(
            &authority,
            folders.path(),
            "certbot renew --force-renewal --no-random-sleep-on-renew",
        );
        assert_ne!(fs::read(&placeholder).expect("a certificate"), issued);
        check(&root, "https://example.org/", 200, &["Hello world!\n"]);
        let location = "\r\nLocation: https://example.org/\r\n";
        check(&root, "http://example.org/", 308, &[location]);
    }
}
