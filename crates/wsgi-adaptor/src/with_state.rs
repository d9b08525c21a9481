//! Handlers that share data.

use std::sync::Arc;

use crate::request::Request;

/// Makes a handler of a function that also takes data shared by several handlers.
///
/// Each handler holds the data by an [`Arc`]. Several threads call handlers at once, so data that
/// changes is in a lock, or is an atomic number.
///
/// The functions of [`before`](crate::Adaptor::before) and [`fallback`](crate::Adaptor::fallback)
/// can be made by it, too. Those of [`after`](crate::Adaptor::after) and
/// [`on_status`](crate::Adaptor::on_status) take more than a request, so a closure captures their
/// data.
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
///
/// A function that takes a trait object names its lifetime, since the one in the `Arc` is
/// `dyn Store + 'static`. With `&dyn Store`, the compiler says that the implementation of `Fn` "is
/// not general enough".
///
/// ```
/// use std::sync::Arc;
/// use wsgi_adaptor::{Adaptor, Request, with_state};
///
/// trait Store: Send + Sync {
///     fn dishes(&self) -> String;
/// }
///
/// struct Soups;
///
/// impl Store for Soups {
///     fn dishes(&self) -> String {
///         "leek soup".into()
///     }
/// }
///
/// fn list(store: &(dyn Store + 'static), _request: &Request<'_>) -> String {
///     store.dishes()
/// }
///
/// let store: Arc<dyn Store> = Arc::new(Soups);
/// let app = Adaptor::new().get("/", with_state(&store, list));
/// assert_eq!(wsgi_testing::Request::get("/").call(&app).text(), "leek soup");
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
