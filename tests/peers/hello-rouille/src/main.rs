//! The hello world of rouille with its default features.

use rouille::{Response, start_server};

fn main() {
    start_server("127.0.0.1:8000", |_request| {
        Response::text("Hello world!\n")
    });
}
