//! The program that the facade shows beside its own.

use crate::calls::get;

use axum::{Router, extract::Path, extract::State, routing};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

async fn greet(State(visits): State<Arc<AtomicU64>>, Path(name): Path<String>) -> String {
    let visit = visits.fetch_add(1, Ordering::Relaxed) + 1;
    format!("Hello {name}, visit {visit}!\n")
}

fn app() -> Router {
    Router::new()
        .route("/greet/{name}", routing::get(greet))
        .with_state(Arc::default())
}

#[test]
fn a_visitor_is_greeted() {
    let (_, _, body) = get(&app(), "/greet/ada", ("Accept", "*/*"));
    assert_eq!(body, "Hello ada, visit 1!\n");
}
