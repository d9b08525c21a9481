//! `measure-cookies CONTENDER TIMES` signs and verifies a value of 64 bytes this many times, or
//! encrypts and decrypts it, and prints the average CPU time of both together.

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, SystemTime};

use cookie::CookieJar;
use hmac::{Hmac, KeyInit, Mac};
use rustix::time::{ClockId, clock_gettime};
use sha2::Sha256;
use wsgi_cookies::{Key, Keyring};

const VALUE: &str = "b7Qm2xTzR9sKfYw0Jd5LhPvNcE8uGaIo4WtXq1Zr6Sy3BkHnDgMjVeUlCpAiOF-_";

const NAME: &str = "session";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A key for the crate `cookie`, which takes twice the bytes that signing needs.
const SECRET: [u8; 64] = [0x5a; 64];

fn main() -> Result<(), Box<dyn Error>> {
    let [contender, times] = arguments()?;
    let times = times.parse()?;
    let nanoseconds = match contender.as_str() {
        "ours" => ours(times)?,
        "ours-encrypted" => ours_encrypted(times)?,
        "cookie" => cookie(times),
        "cookie-private" => cookie_private(times),
        "hmac" => hmac(times, HmacSha256::clone),
        // The key is hashed each time.
        "hmac-new-key" => hmac(times, |_| keyed()),
        other => return Err(format!("no contender `{other}`").into()),
    };
    println!("nanoseconds {nanoseconds}");
    Ok(())
}

fn arguments() -> Result<[String; 2], String> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    arguments
        .try_into()
        .map_err(|_| "measure-cookies CONTENDER TIMES".into())
}

/// A keyring that lives as long as the application. The time is an argument: a server has it for
/// its `Date`, and the other contenders do not read a clock.
fn ours(times: u32) -> Result<f64, Box<dyn Error>> {
    let keyring = Keyring::new(Key::from_bytes(&SECRET[..32])?);
    let now = SystemTime::now();
    Ok(cpu_time(times, || {
        let now = black_box(now);
        let keys = keyring.for_cookie(NAME, NAME);
        let text = keys.sign(black_box(VALUE), now);
        let verified = keys.verify(black_box(&text), Some(DAY), now);
        verified.is_ok_and(|verified| verified.value == VALUE.as_bytes())
    }))
}

fn ours_encrypted(times: u32) -> Result<f64, Box<dyn Error>> {
    let keyring = Keyring::new(Key::from_bytes(&SECRET[..32])?);
    let now = SystemTime::now();
    Ok(cpu_time(times, || {
        let now = black_box(now);
        let keys = keyring.for_cookie(NAME, NAME);
        let text = keys.encrypt(black_box(VALUE), now);
        let text = text.expect("the system has random bytes");
        let decrypted = keys.decrypt(black_box(&text), Some(DAY), now);
        decrypted.is_ok_and(|decrypted| decrypted.value == VALUE.as_bytes())
    }))
}

/// The signed part of a jar. A server has a jar for each request. Here one serves for signing and
/// verifying, which is less work.
fn cookie(times: u32) -> f64 {
    let key = cookie::Key::from(&SECRET);
    cpu_time(times, || {
        let mut jar = CookieJar::new();
        jar.signed_mut(&key).add((NAME, black_box(VALUE)));
        let verified = black_box(&jar).signed(&key).get(NAME);
        verified.is_some_and(|cookie| cookie.value() == VALUE)
    })
}

/// The private part of a jar, as above.
fn cookie_private(times: u32) -> f64 {
    let key = cookie::Key::from(&SECRET);
    cpu_time(times, || {
        let mut jar = CookieJar::new();
        jar.private_mut(&key).add((NAME, black_box(VALUE)));
        let decrypted = black_box(&jar).private(&key).get(NAME);
        decrypted.is_some_and(|cookie| cookie.value() == VALUE)
    })
}

type HmacSha256 = Hmac<Sha256>;

/// The tag alone, without text, time, names and allocations.
fn hmac(times: u32, begin: impl Fn(&HmacSha256) -> HmacSha256) -> f64 {
    let key = keyed();
    let mac = || begin(black_box(&key)).chain_update(black_box(VALUE));
    cpu_time(times, || {
        let tag = mac().finalize().into_bytes();
        mac().verify(black_box(&tag)).is_ok()
    })
}

fn keyed() -> HmacSha256 {
    HmacSha256::new_from_slice(black_box(&SECRET[..32])).expect("HMAC takes keys of any length")
}

/// The nanoseconds of CPU time per call. Each call must succeed.
fn cpu_time(times: u32, mut call: impl FnMut() -> bool) -> f64 {
    let start = clock_gettime(ClockId::ProcessCPUTime);
    for _ in 0..times {
        assert!(call(), "what was signed or encrypted is read");
    }
    let end = clock_gettime(ClockId::ProcessCPUTime);
    let nanoseconds = (end.tv_sec - start.tv_sec) * 1_000_000_000 + (end.tv_nsec - start.tv_nsec);
    nanoseconds as f64 / f64::from(times)
}
