//! `image:` and `services:`: the images of a job's containers, taken apart as a registry's client does.

use engine_model::{Value, Why};

use super::cursor::Cursor;
use super::job::{scalar, text};
use super::variable;
use crate::sourced::Sourced;

/// An image of a container.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its name, variables put in where they are known; unknown where one is not.
    pub name: Sourced<String>,
    /// The name without tag and digest.
    pub repository: Sourced<String>,
    /// Its tag; absent where none is written, which means `latest` unless there is a digest.
    pub tag: Sourced<String>,
    /// Its digest; absent where none is written.
    pub digest: Sourced<String>,
    /// Whether it is a service beside the job's own container.
    pub service: bool,
}

/// The images of a job, its own first.
pub(super) fn images(job: &Cursor<'_>, variables: &[(String, Sourced<String>)]) -> Vec<Image> {
    let own = job.get("image").into_iter().map(|image| (image, false));
    let services = job.get("services").map_or_else(Vec::new, |services| services.flat());
    let services = services.into_iter().map(|service| (service, true));
    let name = |image: &Cursor<'_>| if image.is_mapping() { text(image, "name") } else { scalar(image) };
    let named = own.chain(services).map(|(image, service)| (name(&image), service));
    let named = named.filter(|(name, _)| !name.is_absent());
    named.map(|(name, service)| read(name, service, variables)).collect()
}

fn read(written: Sourced<String>, service: bool, variables: &[(String, Sourced<String>)]) -> Image {
    let origin = written.origin.clone();
    let part = |value: Option<&str>| Sourced {
        value: match value {
            Some(text) if text.contains('$') => Value::unknown(Why::Dynamic, text),
            Some(text) => Value::Known(text.to_owned()),
            None => Value::Absent,
        },
        origin: origin.clone(),
    };
    let Some(text) = written.get() else {
        let unknown = || written.clone();
        return Image { name: unknown(), repository: unknown(), tag: unknown(), digest: unknown(), service };
    };
    let filled = variable::filled(variables, text);
    let (rest, digest) = match filled.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (filled.as_str(), None),
    };
    // A colon before the last slash is a registry's port.
    let last = rest.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    let colon = rest.get(last..).and_then(|name| name.find(':')).map(|at| last.saturating_add(at));
    let (repository, tag) = match colon.and_then(|at| rest.split_at_checked(at)) {
        Some((repository, tag)) => (repository, Some(tag.trim_start_matches(':'))),
        None => (rest, None),
    };
    let open = |text: &str| Sourced { value: Value::unknown(Why::Dynamic, text), origin: origin.clone() };
    // A variable at the end of the name may bring the tag, and the digest too.
    let may_hold_tag = tag.is_none() && rest.get(last..).is_some_and(|name| name.contains('$'));
    let may_hold_digest = digest.is_none() && (may_hold_tag || tag.is_some_and(|tag| tag.contains('$')));
    Image {
        name: part(Some(&filled)),
        repository: part(Some(repository)),
        tag: if may_hold_tag { open(&filled) } else { part(tag) },
        digest: if may_hold_digest { open(&filled) } else { part(digest) },
        service,
    }
}

#[cfg(test)]
mod tests {
    use engine_model::Value;

    use super::{Sourced, read};

    #[test]
    fn a_name_is_taken_apart_as_a_client_does() {
        let word = |text: &str| Sourced { value: Value::Known(text.to_owned()), origin: None };
        let variables = [("TAG".to_owned(), word("1.9")), ("LATEST".to_owned(), word("latest"))];
        let check = |name: &str, expect: [&str; 3]| {
            let image = read(word(name), false, &variables);
            let shown = [&image.repository, &image.tag, &image.digest].map(|part| match &part.value {
                Value::Known(text) => text.as_str(),
                Value::Unknown(_) => "?",
                Value::Absent => "-",
            });
            assert_eq!(shown, expect, "{name}");
        };
        check("alpine", ["alpine", "-", "-"]);
        check("registry:5000/a/b", ["registry:5000/a/b", "-", "-"]);
        check("registry:5000/a/b:1.2@sha256:0f", ["registry:5000/a/b", "1.2", "sha256:0f"]);
        check("a/b@sha256:0f", ["a/b", "-", "sha256:0f"]);
        check("terraform:$TAG", ["terraform", "1.9", "-"]);
        check("terraform:${LATEST}", ["terraform", "latest", "-"]);
        check("terraform:$OPEN", ["terraform", "?", "?"]);
        check("$REGISTRY/terraform", ["?", "-", "-"]);
        check("$REGISTRY/$IMAGE", ["?", "?", "?"]);
        check("$IMAGE:1.9", ["?", "1.9", "-"]);
        check("$IMAGE@sha256:0f", ["?", "?", "sha256:0f"]);
        check("", ["", "-", "-"]);
    }
}
