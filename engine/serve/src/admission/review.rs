//! `AdmissionReview` of `admission.k8s.io/v1`, as far as it is read and written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;

/// The version that is read and written.
const VERSION: &str = "admission.k8s.io/v1";

const KIND: &str = "AdmissionReview";

/// A review, as the API server sends it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Review {
    api_version: String,
    kind: String,
    request: Option<Request>,
}

/// What is to be admitted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    uid: String,
    operation: Operation,
    sub_resource: Option<String>,
    object: Option<Value>,
    /// Nothing here depends on it: what is judged is kept by nobody. It is read so that what is none is refused.
    #[serde(rename = "dryRun")]
    _dry_run: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Operation {
    Create,
    Update,
    Delete,
    Connect,
}

impl Review {
    /// Reads one, and gives what it asks.
    ///
    /// # Errors
    /// One sentence where it is none, or of another version.
    pub(super) fn read(bytes: &[u8]) -> Result<Request, String> {
        let review: Self =
            serde_json::from_slice(bytes).map_err(|error| format!("the body is no AdmissionReview: {error}"))?;
        if review.kind != KIND || review.api_version != VERSION {
            let said = format!("`{}` of `{}` is not read; `{KIND}` of `{VERSION}` is", review.kind, review.api_version);
            return Err(said);
        }
        let request = review.request.ok_or("the AdmissionReview has no `request`")?;
        if request.uid.is_empty() {
            return Err("the request has no `uid`".to_owned());
        }
        let needs = matches!(request.operation, Operation::Create | Operation::Update);
        if needs && !matches!(request.object, Some(Value::Object(_))) {
            return Err("the request creates or changes something, and has no `object`".to_owned());
        }
        Ok(request)
    }
}

impl Request {
    /// The object that is judged, as JSON; nothing where there is none.
    pub(super) fn judged(&self) -> Option<String> {
        let object = self.object.as_ref()?;
        let changes = matches!(self.operation, Operation::Create | Operation::Update);
        // What a subresource takes, `scale` say, is another object.
        let whole = self.sub_resource.as_deref().is_none_or(str::is_empty);
        let goes = object.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null());
        (changes && whole && !goes).then(|| object.to_string())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    audit_annotations: BTreeMap<&'static str, &'a str>,
}

#[derive(Serialize)]
struct Status<'a> {
    code: u16,
    message: &'a str,
}

/// The whole answer.
pub(super) fn response(request: &Request, answer: &Answer) -> String {
    let status = answer.denied.as_ref().map(|(code, message)| Status { code: *code, message });
    let annotations = [("verdict", answer.verdict.as_str()), ("rules", answer.rules.as_str())];
    let response = Response {
        uid: &request.uid,
        allowed: status.is_none(),
        status,
        warnings: &answer.warnings,
        audit_annotations: annotations.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
    };
    serde_json::to_string(&Wire { api_version: VERSION, kind: KIND, response }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Review;

    /// A review as an API server sends it, with these fields of its request.
    fn review(fields: &str) -> String {
        format!(
            r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"705ab4f5","kind":{{"group":"","version":"v1","kind":"Pod"}},
            "resource":{{"group":"","version":"v1","resource":"pods"}},"requestKind":{{"group":"","version":"v1","kind":"Pod"}},
            "name":"a","namespace":"b","userInfo":{{"username":"c"}},"options":null,"dryRun":false,{fields}}}}}"#
        )
    }

    /// Checks which object is judged, or why a review is refused.
    #[track_caller]
    fn check(body: &str, expect: Result<Option<&str>, &str>) {
        let judged = Review::read(body.as_bytes()).map(|request| request.judged());
        match (judged, expect) {
            (Ok(judged), Ok(expect)) => assert_eq!(judged.as_deref(), expect, "{body}"),
            (Err(said), Err(expect)) => assert!(said.contains(expect), "{said} and not {expect}"),
            (found, expect) => panic!("{body}: {found:?} and not {expect:?}"),
        }
    }

    #[test]
    fn what_is_made_or_changed_is_judged() {
        let object = r#""object":{"kind":"Pod"}"#;
        check(&review(&format!(r#""operation":"CREATE",{object},"oldObject":null"#)), Ok(Some(r#"{"kind":"Pod"}"#)));
        check(&review(&format!(r#""operation":"UPDATE",{object},"oldObject":{{}}"#)), Ok(Some(r#"{"kind":"Pod"}"#)));
        check(&review(r#""operation":"DELETE","object":null,"oldObject":{"kind":"Pod"}"#), Ok(None));
        check(&review(r#""operation":"CONNECT","object":{"kind":"PodExecOptions"}"#), Ok(None));
        check(&review(&format!(r#""operation":"UPDATE","subResource":"scale",{object}"#)), Ok(None));
        let goes = r#""operation":"UPDATE","object":{"metadata":{"deletionTimestamp":"2026-11-26T00:00:00Z"}}"#;
        check(&review(goes), Ok(None));
    }

    #[test]
    fn what_is_no_review_is_refused() {
        check(&review(r#""operation":"CREATE","object":null"#), Err("has no `object`"));
        check(&review(r#""operation":"PATCH","object":{}"#), Err("unknown variant `PATCH`"));
        check(
            &review(r#""operation":"DELETE""#).replace("k8s.io/v1\"", "k8s.io/v1beta1\""),
            Err("of `admission.k8s.io/v1beta1` is not read"),
        );
        check(&review(r#""operation":"DELETE""#).replace("AdmissionReview", "Review"), Err("`Review` of"));
        check(&review(r#""operation":"DELETE""#).replace("705ab4f5", ""), Err("no `uid`"));
        check(r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#, Err("has no `request`"));
        check("[]", Err("no AdmissionReview"));
        check("", Err("no AdmissionReview"));
    }
}
