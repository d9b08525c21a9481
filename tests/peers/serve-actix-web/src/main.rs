//! Hello world on actix-web 4, and at `/upload` after the body of the request.

use std::io;

use actix_web::{App, Error, HttpResponse, HttpServer, rt, web};
use futures_util::StreamExt;
use options::{HELLO, Options};

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body(HELLO)
}

async fn upload(mut body: web::Payload) -> Result<HttpResponse, Error> {
    while let Some(chunk) = body.next().await {
        chunk?;
    }
    Ok(hello().await)
}

fn main() -> io::Result<()> {
    let options = Options::from_args();
    rt::System::new().block_on(async {
        let app = || {
            App::new()
                .route("/hello", web::get().to(hello))
                .route("/upload", web::post().to(upload))
        };
        let server = HttpServer::new(app)
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
