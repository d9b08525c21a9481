//! Handlers that share data.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use wsgi_adaptor::{Adaptor, HttpError, IntoResponse, Request, Response, Result, with_state};
use wsgi_testing::Request as Test;

trait Store: Send + Sync {
    fn stock(&self, dish: &str) -> Option<u32>;
}

/// A store with three of every soup.
struct Soups;

impl Store for Soups {
    fn stock(&self, dish: &str) -> Option<u32> {
        dish.ends_with("soup").then_some(3)
    }
}

fn stock(store: &(dyn Store + 'static), request: &Request<'_>) -> Result<String> {
    let dish = request.parameter_str("dish");
    let left = store
        .stock(dish)
        .ok_or(HttpError::new(404, "no such dish"))?;
    Ok(format!("{left} left"))
}

struct Shop {
    name: String,
    visits: Mutex<u32>,
}

impl Shop {
    fn new() -> Arc<Self> {
        let (name, visits) = ("Ada's".to_owned(), Mutex::new(0));
        Arc::new(Self { name, visits })
    }

    fn visit(&self, _request: &Request<'_>) -> String {
        let mut visits = self.visits.lock().unwrap();
        *visits += 1;
        format!("visit {visits} at {}", self.name)
    }

    fn shut(&self, request: &Request<'_>) -> Result<(), HttpError> {
        match request.path() == "/cellar" {
            true => Err(HttpError::new(
                403,
                format!("the cellar of {} is shut", self.name),
            )),
            false => Ok(()),
        }
    }

    fn nothing(&self, _request: &Request<'_>) -> impl IntoResponse + use<> {
        (404, format!("{} has nothing there", self.name))
    }
}

#[track_caller]
fn check(app: &Adaptor, path: &str, text: &str) {
    assert_eq!(Test::get(path).call(app).text(), text, "{path}");
}

#[test]
fn methods_are_handlers_hooks_and_fallbacks_of_one_value() {
    let shop = Shop::new();
    let app = Adaptor::new()
        .before(with_state(&shop, Shop::shut))
        .get("/", with_state(&shop, Shop::visit))
        .get("/again", with_state(&shop, Shop::visit))
        .fallback(with_state(&shop, Shop::nothing));
    check(&app, "/", "visit 1 at Ada's");
    check(&app, "/again", "visit 2 at Ada's");
    check(&app, "/x", "Ada's has nothing there");
    assert_eq!(Test::get("/cellar").call(&app).status().code(), 403);
    assert_eq!(*shop.visits.lock().unwrap(), 2);
}

#[test]
fn a_trait_object_is_shared_too() {
    let store: Arc<dyn Store> = Arc::new(Soups);
    let app = Adaptor::new()
        .get(
            "/any",
            with_state(&store, |store, _| format!("{:?}", store.stock("soup"))),
        )
        .get("/{dish}", with_state(&store, stock));
    check(&app, "/leek-soup", "3 left");
    check(&app, "/any", "Some(3)");
    assert_eq!(Test::get("/tea").call(&app).status().code(), 404);
}

#[test]
fn data_without_a_size_is_shared_too() {
    let names: Arc<[&str]> = Arc::new(["soup", "tea"]);
    let show = |names: &[&str], _: &Request<'_>| names.join(", ");
    check(
        &Adaptor::new().get("/", with_state(&names, show)),
        "/",
        "soup, tea",
    );
}

#[test]
fn hooks_with_other_arguments_capture_their_data() {
    let count = Arc::new(AtomicU32::new(0));
    let (pages, responses) = (Arc::clone(&count), Arc::clone(&count));
    let app = Adaptor::new()
        .on_status(404, move |_, _| {
            format!("page {}", pages.fetch_add(1, Ordering::Relaxed))
        })
        .after(move |_, response: Response| {
            let count = responses.fetch_add(10, Ordering::Relaxed).to_string();
            response.with_header("X-Count", &count)
        });
    let response = Test::get("/").call(&app);
    assert_eq!(response.text(), "page 0");
    assert_eq!(response.headers().get("X-Count").unwrap(), "1");
}

#[test]
fn each_handler_holds_the_data_until_it_is_dropped() {
    let shop = Shop::new();
    let app = Adaptor::new()
        .get("/", with_state(&shop, Shop::visit))
        .get("/again", with_state(&shop, Shop::visit));
    assert_eq!(Arc::strong_count(&shop), 3);
    drop(app);
    assert_eq!(Arc::strong_count(&shop), 1);
}
