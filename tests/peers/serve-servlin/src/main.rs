//! Hello world on servlin, whose handlers block.

use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;

use options::{HELLO, Options};
use permit::Permit;
use safina::executor::Executor;
use servlin::{ContentType, HttpServerBuilder, Response};

/// The greatest number of connections.
const CONNECTIONS: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args();
    // The port is told before the server blocks, so the system names a free one first.
    let address = TcpListener::bind(options.bind)?.local_addr()?;
    safina::timer::start_timer_thread();
    let executor: Arc<Executor> = Executor::new(options.threads, 4 * options.threads)?;
    let hello = |_request| {
        Response::new(200)
            .with_type(ContentType::PlainText)
            .with_body(HELLO)
    };
    options::listening_on(address);
    executor.block_on(
        HttpServerBuilder::new()
            .listen_addr(address)
            .max_conns(CONNECTIONS)
            .small_body_len(64 * 1024)
            .permit(Permit::new())
            .spawn_and_join(hello),
    )?;
    Ok(())
}
