//! The hello world of servlin, whose handlers block.

use std::sync::Arc;

use permit::Permit;
use safina::executor::Executor;
use servlin::{ContentType, HttpServerBuilder, Response, socket_addr_127_0_0_1};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    safina::timer::start_timer_thread();
    let executor: Arc<Executor> = Executor::new(1, 9)?;
    let permit = Permit::new();
    let hello = |_request| {
        Response::new(200)
            .with_type(ContentType::PlainText)
            .with_body("Hello world!\n")
    };
    executor.block_on(
        HttpServerBuilder::new()
            .listen_addr(socket_addr_127_0_0_1(8000))
            .max_conns(1000)
            .small_body_len(64 * 1024)
            .permit(permit)
            .spawn_and_join(hello),
    )?;
    Ok(())
}
