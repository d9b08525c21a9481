//! A site on ports 443 and 80 that gets and renews its certificate itself. The arguments are its
//! host, the file of the certificate and its key, and the directory of an authority.

#![forbid(unsafe_code)]
#![allow(clippy::print_stderr)] // as the page about TLS shows it

use std::{
    env,
    error::Error,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, RetryPolicy,
};
use wsgi::{
    Environ, StartResponse, Status,
    middleware::{AcmeChallenges, AcmeHandle, HttpsRedirect},
    server::{Listener, Server, Tls},
};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let mut next = || {
        arguments
            .next()
            .ok_or(io::Error::other("usage: HOST FILE DIRECTORY"))
    };
    let (host, file, directory) = (next()?, PathBuf::from(next()?), next()?);
    let tls = Tls::from_pem_files(&file, &file)?;
    let site = AcmeChallenges::new(HttpsRedirect::new(hello));
    let renewal = Renewal {
        host,
        file,
        directory,
        tls: tls.clone(),
        challenges: site.handle(),
    };
    let server = Server::builder()
        .listener(Listener::bind_to("", 443)?.tls(&tls))
        .bind_to("", 80)?
        .build(site)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::spawn(move || runtime.block_on(renewal.run()));
    server.serve_until_stopped()
}

/// The renewal of a certificate.
struct Renewal {
    host: String,
    file: PathBuf,
    directory: String,
    tls: Tls,
    challenges: AcmeHandle,
}

impl Renewal {
    /// Renews the certificate in the last 30 days of its validity. If that fails, tries again after
    /// an hour.
    async fn run(self) {
        let mut account = None;
        loop {
            let due = SystemTime::now() + 30 * 24 * HOUR;
            if self.tls.expires_at().is_some_and(|end| end <= due)
                && let Err(error) = self.renew(&mut account).await
            {
                eprintln!("the old certificate stays in use: {error}");
            }
            tokio::time::sleep(HOUR).await;
        }
    }

    async fn renew(&self, account: &mut Option<Account>) -> Result<(), Box<dyn Error>> {
        let account = match account {
            Some(account) => account,
            None => account.insert(self.register().await?),
        };
        let mut tokens = Vec::new();
        let result = self.order(account, &mut tokens).await;
        tokens
            .iter()
            .for_each(|token| self.challenges.remove(token));
        replace(&self.file, &result?)?;
        Ok(self.tls.reload()?)
    }

    /// Registers with the authority, and agrees to its terms of service.
    async fn register(&self) -> Result<Account, instant_acme::Error> {
        let account = NewAccount {
            contact: &[],
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let created = Account::builder()?.create(&account, self.directory.clone(), None);
        created.await.map(|(account, _)| account)
    }

    /// The certificates and the key that the authority issues, as PEM.
    async fn order(
        &self,
        account: &Account,
        tokens: &mut Vec<String>,
    ) -> Result<String, Box<dyn Error>> {
        let hosts = [Identifier::Dns(self.host.clone())];
        let mut order = account.new_order(&NewOrder::new(&hosts)).await?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let challenge = authorization.challenge(ChallengeType::Http01);
            let mut challenge = challenge.ok_or("the authority has no challenge by HTTP")?;
            tokens.push(challenge.token.clone());
            let answer = challenge.key_authorization();
            self.challenges.add(&challenge.token, answer.as_str())?;
            challenge.set_ready().await?;
        }
        order.poll_ready(&RetryPolicy::default()).await?;
        let key = order.finalize().await?;
        let certificates = order.poll_certificate(&RetryPolicy::default()).await?;
        Ok(certificates + "\n" + &key)
    }
}

/// Replaces the content of a secret file, whole or not at all.
fn replace(path: &Path, content: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)
}
