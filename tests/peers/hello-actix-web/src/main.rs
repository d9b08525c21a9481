//! The hello world of actix-web with its default features.

use std::io;

use actix_web::{App, HttpServer, main, web};

#[main]
async fn main() -> io::Result<()> {
    HttpServer::new(|| App::new().route("/", web::get().to(|| async { "Hello world!\n" })))
        .bind(("127.0.0.1", 8000))?
        .run()
        .await
}
