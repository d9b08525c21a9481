//! Handlers that share data.

use std::sync::Arc;

use crate::request::Request;

/// Makes a handler of a function that also takes data shared by several handlers.
///
/// Each handler holds the data by an [`Arc`]. Several threads call handlers at once, so data that
/// changes is in a lock, or is an atomic number.
///
/// ```
/// use std::sync::Arc;
/// use wsgi_adaptor::{Adaptor, Request, with_state};
///
/// struct Shop {
///     name: &'static str,
/// }
///
/// fn home(shop: &Shop, _request: &Request<'_>) -> String {
///     format!("Welcome to {}!", shop.name)
/// }
///
/// fn dish(shop: &Shop, request: &Request<'_>) -> String {
///     format!("{} of {}", request.parameter_str("dish"), shop.name)
/// }
///
/// let shop = Arc::new(Shop { name: "Ada's" });
/// let app = Adaptor::new()
///     .get("/", with_state(&shop, home))
///     .get("/menu/{dish}", with_state(&shop, dish));
///
/// let get = |path| wsgi_testing::Request::get(path).call(&app);
/// assert_eq!(get("/").text(), "Welcome to Ada's!");
/// assert_eq!(get("/menu/tea").text(), "tea of Ada's");
/// ```
pub fn with_state<S, F, R>(
    state: &Arc<S>,
    handler: F,
) -> impl Fn(&Request<'_>) -> R + Send + Sync + use<S, F, R>
where
    S: Send + Sync + ?Sized,
    F: Fn(&S, &Request<'_>) -> R + Send + Sync,
{
    let state = Arc::clone(state);
    move |request| handler(&state, request)
}
