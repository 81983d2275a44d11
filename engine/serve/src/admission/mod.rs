//! `POST /admission`: whether Kubernetes admits an object. `review` is the wire, `answer` makes an evaluation into one.
//!
//! What is created or changed is judged as a file with that object in it would be. What goes is let go, and so is a change
//! of what is already being deleted: nothing that is wrong could be removed otherwise.

mod answer;
mod review;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use engine_model::Verdict;
use engine_tree::Memory;
use tokio::time::timeout;

use crate::app::{App, Verdicts};
use crate::body::PLAIN;
use crate::problem::Problem;
use answer::Answer;
use review::{Request, Review};

/// How long the API server waits unless it says so.
const CALLERS_TIME: Duration = Duration::from_secs(10);

/// What is kept of the caller's time for the way back.
const WAY_BACK: Duration = Duration::from_millis(500);

/// What an object is called as a file.
const FILE: &str = "object.yaml";

/// Answers an `AdmissionReview`.
pub(crate) async fn admit(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let begun = Instant::now();
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.split(';').next().is_none_or(|essence| !essence.trim().eq_ignore_ascii_case("application/json")) {
        let said = format!("`{content_type}` is not read; an AdmissionReview is `application/json`");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, said));
    }
    let (bytes, held) = app.room.read(body, PLAIN).await?;
    let request = Review::read(&bytes).map_err(Problem::bad)?;
    drop(bytes);
    let Some(object) = request.judged() else {
        return Ok(respond(&request, &Answer::allowed(), None));
    };
    let tree = Memory::new([(FILE, object.into_bytes())]).map_err(|error| Problem::bad(error.to_string()))?;
    let left = callers_time(&uri).saturating_sub(WAY_BACK).saturating_sub(begun.elapsed());
    let checked = timeout(left, app.service.checked(tree, Vec::new(), held)).await;
    let (answer, verdict) = match checked {
        Ok(Ok(evaluation)) => (Answer::of(&evaluation), Some(evaluation.verdict)),
        Ok(Err(said)) => (Answer::undecided(&said), None),
        Err(_) => (Answer::undecided("the time that the API server gives did not suffice"), None),
    };
    Ok(respond(&request, &answer, verdict))
}

fn respond(request: &Request, answer: &Answer, verdict: Option<Verdict>) -> Response {
    let text = review::response(request, answer);
    let mut response = ([(header::CONTENT_TYPE, "application/json")], text).into_response();
    if let Some(verdict) = verdict {
        response.extensions_mut().insert(Verdicts(verdict));
    }
    response
}

/// How long the caller waits: the API server writes it into the query, `?timeout=10s`.
fn callers_time(uri: &Uri) -> Duration {
    let pairs = uri.query().unwrap_or_default().split('&');
    let said = pairs.filter_map(|pair| pair.strip_prefix("timeout=")).find_map(|time| {
        let seconds: u64 = time.strip_suffix('s')?.parse().ok()?;
        (1..=30).contains(&seconds).then(|| Duration::from_secs(seconds))
    });
    said.unwrap_or(CALLERS_TIME)
}

#[cfg(test)]
mod tests {
    use super::callers_time;

    #[test]
    fn the_callers_time_is_in_the_query() {
        let check =
            |uri: &str, seconds: u64| assert_eq!(callers_time(&uri.parse().unwrap()).as_secs(), seconds, "{uri}");
        check("/admission?timeout=3s", 3);
        check("/admission?a=1&timeout=30s", 30);
        check("/admission", 10);
        check("/admission?timeout=3600s", 10);
        check("/admission?timeout=0s", 10);
        check("/admission?timeout=x", 10);
    }
}
