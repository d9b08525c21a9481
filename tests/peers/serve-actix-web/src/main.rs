//! Hello world on actix-web 4.

use std::io;

use actix_web::{App, HttpResponse, HttpServer, rt, web};
use options::{HELLO, Options};

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body(HELLO)
}

fn main() -> io::Result<()> {
    let options = Options::from_args();
    rt::System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route("/hello", web::get().to(hello)))
            .workers(options.threads)
            .max_connections(usize::MAX)
            .disable_signals()
            .bind(options.bind)?;
        server
            .addrs()
            .iter()
            .copied()
            .for_each(options::listening_on);
        server.run().await
    })
}
