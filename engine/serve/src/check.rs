//! `POST /v1/check`: documents or an archive in, the report of `engine check --format json` out. The status is 200 for
//! every verdict: the verdict is in the report.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::{App, Verdicts};
use crate::body::{HEAVIEST, PLAIN};
use crate::envelope::{self, Asked, Refused};
use crate::problem::Problem;

/// The type of an event that answers one.
const ANSWERS: &str = "engine.v1.verdict";

/// Checks what is sent.
pub(crate) async fn check(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let content_type = text(&headers, "content-type");
    let plain = ["application/json", "application/x-tar"].iter().any(|kind| content_type.starts_with(kind));
    let (bytes, held) = app.room.read(body, if plain { PLAIN } else { HEAVIEST }).await?;
    let asked = asked(&headers, content_type, &bytes).map_err(|refused| match refused {
        Refused::Type(said) => Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, said),
        Refused::Content(said) => Problem::bad(said),
    })?;
    drop(bytes);
    let Asked { tree, named, event } = asked;
    let failed = |said| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, said);
    let evaluation = app.service.checked(tree, named, held).await.map_err(failed)?;
    let report = engine_report::json(&evaluation, &app.version);
    let mut response = ([(header::CONTENT_TYPE, "application/json")], report).into_response();
    response.extensions_mut().insert(Verdicts(evaluation.verdict));
    if let Some(id) = event {
        let headers = response.headers_mut();
        headers.insert("ce-specversion", HeaderValue::from_static(envelope::EVENTS));
        headers.insert("ce-type", HeaderValue::from_static(ANSWERS));
        headers.insert("ce-source", HeaderValue::from_static("/engine"));
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert("ce-id", id);
        }
    }
    Ok(response)
}

/// What is asked, by the headers of an event where they say that it is one.
fn asked(headers: &HeaderMap, content_type: &str, bytes: &[u8]) -> Result<Asked, Refused> {
    if !headers.contains_key("ce-specversion") {
        return envelope::read(content_type, bytes);
    }
    envelope::is_asked(text(headers, "ce-specversion"), text(headers, "ce-type"))?;
    let id = text(headers, "ce-id");
    if id.is_empty() || text(headers, "ce-source").is_empty() {
        return Err(Refused::Content("an event has `ce-id` and `ce-source`".to_owned()));
    }
    Ok(Asked { event: Some(id.to_owned()), ..envelope::read(content_type, bytes)? })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
