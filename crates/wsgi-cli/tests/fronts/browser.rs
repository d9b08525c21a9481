//! curl as a browser.

use std::{path::Path, process::Command};

use tempfile::TempDir;
use wsgi_tests::fronts::{FrontServer, folder};

/// The address of the browser. Neither the front server nor anybody trusted is there.
pub(crate) const ADDRESS: &str = "127.0.0.2";

/// A browser with cookies, which trusts the authority of a front server's certificate.
pub(crate) struct Browser {
    https: u16,
    http: u16,
    folder: TempDir,
}

impl Browser {
    pub(crate) fn new(front: &FrontServer) -> Self {
        let folder = folder();
        front.authority.write_root(folder.path()).expect("a file");
        Self {
            https: front.ports.https,
            http: front.ports.http,
            folder,
        }
    }

    /// `example.org` with the port of HTTPS.
    pub(crate) fn host(&self) -> String {
        format!("example.org:{}", self.https)
    }

    /// The head and the body of the response to a GET request over HTTPS, with further options of
    /// curl.
    #[track_caller]
    pub(crate) fn get(&self, target: &str, options: &[&str]) -> (String, String) {
        self.ask(&format!("https://{}{target}", self.host()), options)
    }

    /// The same over plain HTTP.
    #[track_caller]
    pub(crate) fn get_plain(&self, target: &str) -> (String, String) {
        self.ask(&format!("http://example.org:{}{target}", self.http), &[])
    }

    #[track_caller]
    fn ask(&self, url: &str, options: &[&str]) -> (String, String) {
        let file = |name: &str| self.folder.path().join(name);
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--include", "--path-as-is"])
            .args(["--http1.1", "--max-time", "30", "--noproxy", "*"])
            .args(["--interface", ADDRESS])
            .args([
                "--resolve",
                &format!("example.org:{}:127.0.0.1", self.https),
            ])
            .args(["--resolve", &format!("example.org:{}:127.0.0.1", self.http)])
            .args([Path::new("--cacert"), &file("authority.pem")])
            .args([Path::new("--cookie"), &file("cookies")])
            .args([Path::new("--cookie-jar"), &file("cookies")])
            .args(options)
            .arg(url)
            .output()
            .expect("curl runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{url}: {errors}");
        let response = String::from_utf8(output.stdout).expect("text");
        let (head, body) = response.split_once("\r\n\r\n").expect("a whole head");
        (head.to_owned(), body.to_owned())
    }
}
