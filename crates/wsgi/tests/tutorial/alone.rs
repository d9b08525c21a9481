//! The program of the last chapters, alone with TLS.

use std::{fs, process::Command, thread};

use wsgi::server::{Listener, Tls};

use crate::chapter::deployment::serve_alone;

mod curl {
    use super::*;

    #[test]
    fn the_port_without_tls_leads_to_the_other() {
        let names = vec!["localhost".to_owned()];
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(names).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
        fs::write(&files[0], cert.pem()).unwrap();
        fs::write(&files[1], signing_key.serialize_pem()).unwrap();
        let tls = Tls::from_pem_files(&files[0], &files[1]).unwrap();

        let [https, http] = [(); 2].map(|()| Listener::bind("127.0.0.1:0").unwrap());
        let server = serve_alone(https, http, &tls);
        let handle = server.handle();
        let ports: Vec<_> = server
            .local_addrs()
            .iter()
            .map(|address| address.tcp().unwrap().port())
            .collect();
        let serving = thread::spawn(move || server.serve_forever().unwrap());
        let curl = |url: String| {
            let mut curl = Command::new("curl");
            curl.args([
                "--disable",
                "--silent",
                "--show-error",
                "--include",
                "--cacert",
            ]);
            let output = curl.arg(&files[0]).arg(url).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let page = curl(format!("https://localhost:{}/", ports[0]));
        let redirect = curl(format!("http://localhost:{}/tea", ports[1]));
        handle.shutdown();
        serving.join().unwrap();
        assert!(page.ends_with("\r\n\r\nsecret\n"), "{page}");
        assert!(
            redirect.contains("\r\nLocation: https://localhost/tea\r\n"),
            "{redirect}"
        );
    }
}
