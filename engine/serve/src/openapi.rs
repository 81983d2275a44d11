//! `GET /openapi.json`: what this server takes and gives, for people's generators and for tests that send what it says.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// The document, but for the version.
pub(crate) const DOCUMENT: &str = include_str!("../openapi.json");

/// What stands for the version in it.
const VERSION: &str = "0.0.0-version";

/// Answers with the document.
pub(crate) async fn serve(State(app): State<Arc<App>>) -> Response {
    let text = DOCUMENT.replacen(VERSION, &app.version, 1);
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
