//! What every request shares, the routes, and what is noted of each answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine_model::Verdict;

use crate::body::Room;
use crate::gitlab::Hooks;
use crate::log::{Log, Told};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::service::Service;
use crate::{admission, check, gitlab, openapi};

/// What every request shares.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) service: Arc<Service>,
    /// What takes hooks, where a GitLab was configured.
    pub(crate) hooks: Option<Arc<Hooks>>,
    pub(crate) room: Room,
    pub(crate) metrics: Metrics,
    pub(crate) log: Log,
    /// The version that reports name.
    pub(crate) version: String,
    /// Set when no more requests are wanted.
    pub(crate) draining: AtomicBool,
    /// How many requests there were, for their ids.
    pub(crate) count: AtomicU64,
    /// What ids begin with, so that two servers give none twice.
    pub(crate) prefix: u64,
}

/// The verdict of an answer, for whoever counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdicts(pub(crate) Verdict);

/// The header that says which request an answer is to.
const REQUEST_ID: &str = "x-request-id";

/// The longest id of a request that is taken from whoever sends it, in bytes.
const MAX_ID: usize = 64;

/// The routes.
pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/v1/check", post(check::check))
        .route("/admission", post(admission::admit))
        .route("/hooks/gitlab", post(gitlab::receive))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi::serve))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path") })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path takes another method")
        })
        .layer(middleware::from_fn_with_state(Arc::clone(app), noted))
        .with_state(Arc::clone(app))
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.draining.load(Ordering::Relaxed) {
        return Problem::busy("the server is about to stop").into_response();
    }
    "ready\n".into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], app.metrics.text())
        .into_response()
}

/// Notes a request and its answer: in the log, among the metrics, and as an id in the answer.
async fn noted(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let given = request.headers().get(REQUEST_ID).filter(|id| is_id(id.as_bytes())).cloned();
    let id = given.unwrap_or_else(|| {
        let number = app.count.fetch_add(1, Ordering::Relaxed);
        HeaderValue::from_str(&format!("{:016x}-{number}", app.prefix)).unwrap_or(HeaderValue::from_static("-"))
    });
    let route = request.extensions().get::<MatchedPath>().map_or("-", |path| known(path.as_str()));
    let method = request.method().clone();
    let counted = app.metrics.begin();
    let mut response = next.run(request).await;
    drop(counted);
    let elapsed = begun.elapsed();
    let status = response.status();
    let verdict = response.extensions().get::<Verdicts>().map(|verdict| verdict.0);
    app.metrics.end(route, status.as_u16(), verdict, elapsed);
    // Probes and scrapes come every few seconds, and say nothing but that they came.
    if status.is_client_error() || status.is_server_error() || method == axum::http::Method::POST {
        let problem = response.extensions().get::<Problem>().map(|problem| problem.detail.as_str());
        let id = id.to_str().unwrap_or("-");
        app.log.answered(&Told {
            id,
            method: method.as_str(),
            route,
            status: status.as_u16(),
            verdict,
            problem,
            elapsed,
        });
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn is_id(bytes: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    !bytes.is_empty() && bytes.len() <= MAX_ID && bytes.iter().all(plain)
}

/// A route as a label: nobody who sends requests can make another one.
fn known(path: &str) -> &'static str {
    const ROUTES: [&str; 7] =
        ["/v1/check", "/admission", "/hooks/gitlab", "/healthz", "/readyz", "/metrics", "/openapi.json"];
    ROUTES.into_iter().find(|route| *route == path).unwrap_or("-")
}
