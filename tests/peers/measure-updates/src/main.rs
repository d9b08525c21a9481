//! How many of the updates of a session are kept, with many clients at once.
//!
//! `measure-updates CONTENDER` serves a counter in a session by axum. Sixteen clients of one
//! visitor count at the same time, and each response acknowledges one. Prints the acknowledged
//! updates, and those that the session has at the end.

mod clients;
mod ours;
mod theirs;

use std::error::Error;
use std::net::SocketAddr;
use std::{env, io};

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The number of clients.
const CLIENTS: usize = 16;

/// The updates of each client.
const UPDATES: usize = 250;

fn main() -> Result<(), Box<dyn Error>> {
    let contender = env::args().nth(1);
    let router = match contender.as_deref() {
        Some("ours") => ours::counter(),
        Some("tower-sessions") => theirs::counter(),
        _ => return Err("usage: measure-updates ours|tower-sessions".into()),
    };
    let runtime = Runtime::new()?;
    let address = serve(&runtime, router)?;
    let visitor = clients::begin(address)?;
    let acknowledged = clients::count(address, &visitor)?;
    println!("acknowledged {acknowledged}");
    println!("kept {}", clients::kept(address, &visitor)?);
    runtime.shutdown_background();
    Ok(())
}

/// Serves in the background, on a free port.
fn serve(runtime: &Runtime, router: Router) -> io::Result<SocketAddr> {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    runtime.spawn(async { axum::serve(listener, router).await });
    Ok(address)
}
