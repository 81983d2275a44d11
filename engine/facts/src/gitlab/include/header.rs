//! What an include does with a file's header: inputs from other files, and the component that a file is.

use std::sync::Arc;

use engine_model::{Document, FilePath, NodeId, Place};

use super::super::input::{self, Asked, Component};
use super::super::node::{Edge, Field, Loader};
use super::super::problem::Problem;
use super::{Entrance, Home, Includer, Interpolated, entries};
use crate::gitlab::input::unfilled;

/// What `spec:include` may name.
const KINDS: [&str; 3] = ["local", "project", "remote"];

impl Includer<'_> {
    /// The content of a file with a header; `None` where GitLab refuses it, or nothing of it can be read.
    pub(super) fn interpolated(
        &mut self,
        path: &FilePath,
        home: &Home,
        document: &Arc<Document>,
        header: NodeId,
        entrance: &Entrance<'_>,
    ) -> Option<Interpolated> {
        let written = Place::new(document, header);
        let loaded = Loader::new(document).load(header);
        let (included, open) = self.inputs_from_elsewhere(path, home, &loaded);
        let asked = Asked {
            root: entrance.place.is_none().then_some(self.given),
            variables: self.given.and_then(|given| given.variables.as_ref()),
            component: entrance.component,
            included: &included,
            open,
            at: entrance.place.unwrap_or(&written),
        };
        let content = input::content(document, header, &loaded, entrance.inputs, &asked);
        let refused = !content.problems.is_empty();
        self.problems.extend(content.problems);
        if let Some(finding) = content.broken {
            let message = format!("`{path}` is no YAML once its inputs are filled in: {}", finding.message);
            let problem = Problem::new(asked.at.clone(), message);
            let location = finding.location;
            let shown = format!("{}:{}", location.file.path(), location.start().line);
            self.problems.push(problem.help(&format!("it stops being YAML at {shown}")));
        }
        content.document.filter(|_| !refused).map(|document| (document, content.inserted))
    }

    /// The inputs that `spec:include` brings, in order, and whether a file of them is not here.
    fn inputs_from_elsewhere(&mut self, path: &FilePath, home: &Home, header: &Edge) -> (Vec<Field>, bool) {
        let include = header.node.field("spec").and_then(|spec| spec.edge.node.field("include"));
        let mut fields = Vec::new();
        let mut open = false;
        for entry in include.map_or_else(Vec::new, |include| entries(&include.edge)) {
            let kind = entry.node.fields().iter().find(|field| !["file", "ref", "integrity"].contains(&&*field.name));
            if let Some(kind) = kind.filter(|kind| !KINDS.contains(&&*kind.name)) {
                let message =
                    format!("`spec:include` has no `{}`: it takes `local`, `project` and `remote`", kind.name);
                self.problems.push(Problem::new(kind.key.clone(), message));
                continue;
            }
            let found = self.entry(path, home, &entry);
            open |= found.is_empty();
            for (file, place) in found {
                for field in file.node.fields() {
                    if &*field.name == "inputs" {
                        fields.extend(field.edge.node.fields().iter().cloned());
                        continue;
                    }
                    let message =
                        format!("a file of inputs has `inputs` and nothing else, and this one has `{}`", field.name);
                    self.problems
                        .push(Problem::new(field.key.clone(), message).related(place.clone(), "included here"));
                }
            }
        }
        (fields, open)
    }
}

/// What an address says of the component; a commit is known once the lock, or whoever asks, says it.
pub(super) fn component(address: &str) -> Component {
    let (path, reference) = address.rsplit_once('@').unwrap_or((address, ""));
    let known = |text: &str| {
        let plain = !text.is_empty() && !text.contains('$') && unfilled(text).is_none();
        plain.then(|| text.to_owned())
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let full = reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    Component { name: known(name), reference: known(reference), sha: known(reference).filter(|_| full) }
}
