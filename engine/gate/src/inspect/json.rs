//! Resolved pipelines as JSON: values as they are, and where each comes from.

use engine_facts::gitlab::{Field, Merged, Resolved, Shape};
use engine_facts::sourced::{How, Origin};
use engine_facts::wire::{self, Fields, Item, Json, Node, Object};
use engine_model::{Finding, Gap, Location, Place, Unknown};

use super::{Pipelines, refuses};

/// The version of what is written.
const VERSION: i64 = 1;

impl Pipelines {
    /// All of it as one JSON object, on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut object = Object::default();
        object.put("version", Node::new(Json::Integer(VERSION), None));
        object.list("pipelines", self.resolved.iter().map(|resolved| self.pipeline(resolved)).collect(), None);
        // What is wrong with a file is no one pipeline's.
        let files = self.findings.iter().filter(|finding| !self.is_of_pipeline(finding)).map(problem);
        object.list("problems", files.collect(), None);
        let item = Item { kind: "", title: String::new(), root: object.finish(None) };
        let mut text = String::new();
        wire::append(&item, &Fields::new(["*"]), &mut text);
        text.push('\n');
        text
    }

    fn pipeline(&self, resolved: &Resolved) -> Node {
        let pipeline = &resolved.pipeline;
        let mut object = Object::default();
        object.put("path", Node::string(&pipeline.path, None));
        let of_files = self.findings.iter().filter(|finding| pipeline.files.contains(finding.location.file.path()));
        let said: Vec<&Finding> = pipeline.findings.iter().chain(of_files).collect();
        object.flag("valid", !said.iter().any(|finding| refuses(finding)));
        object.flag("complete", pipeline.gaps.is_empty());
        let stages = pipeline.stages.iter().filter_map(|stage| stage.get());
        object.list("stages", stages.map(|stage| Node::string(stage, None)).collect(), None);
        for field in &resolved.shared {
            object.put(&field.name, value(&field.value));
        }
        let mut jobs = Object::default();
        for job in &resolved.jobs {
            jobs.put(&job.name, value(&job.value));
        }
        object.put("jobs", jobs.finish(None));
        let mut origins = Object::default();
        for field in
            resolved.shared.iter().map(|field| ("", field)).chain(resolved.jobs.iter().map(|job| ("/jobs", job)))
        {
            note(field.1, field.0, &mut origins);
        }
        object.put("origins", origins.finish(None));
        object.list("problems", said.into_iter().map(problem).collect(), None);
        object.list("undecided", pipeline.gaps.iter().map(gap).collect(), None);
        object.finish(None)
    }

    fn is_of_pipeline(&self, finding: &Finding) -> bool {
        let same = |known: &Finding| known.location == finding.location && known.message == finding.message;
        self.resolved.iter().any(|resolved| resolved.pipeline.findings.iter().any(same))
    }
}

fn value(merged: &Merged) -> Node {
    let json = match &merged.shape {
        Shape::Null => Json::Null,
        Shape::Boolean(value) => Json::Boolean(*value),
        Shape::Integer(value) => Json::Integer(*value),
        // JSON has no infinity, and no number that is none.
        Shape::Float(value) if value.is_finite() => Json::Number(float(*value)),
        Shape::Float(value) => return Node::string(&value.to_string(), None),
        Shape::Text(text) => return Node::string(text, None),
        Shape::Unknown(Unknown { why, on }) => Json::Unknown(Unknown { why: *why, on: on.clone() }),
        Shape::List(items) => Json::List(items.iter().map(value).collect()),
        Shape::Mapping(fields) => {
            let mut object = Object::default();
            for field in fields {
                object.put(&field.name, value(&field.value));
            }
            return object.finish(None);
        }
    };
    Node::new(json, None)
}

fn float(value: f64) -> std::sync::Arc<str> {
    serde_json::Number::from_f64(value).map_or_else(|| "0".into(), |number| number.to_string().into())
}

/// Adds where a field and all below it come from, by JSON pointer.
fn note(field: &Field, above: &str, origins: &mut Object) {
    let name = field.name.replace('~', "~0").replace('/', "~1");
    below(&field.value, &format!("{above}/{name}"), origins);
}

fn below(merged: &Merged, pointer: &str, origins: &mut Object) {
    match &merged.shape {
        Shape::Mapping(fields) if !fields.is_empty() => {
            fields.iter().for_each(|field| note(field, pointer, origins));
        }
        Shape::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                below(item, &format!("{pointer}/{index}"), origins);
            }
        }
        _ => origins.put(pointer, origin(&merged.origin)),
    }
}

fn origin(origin: &Origin) -> Node {
    let mut object = Object::default();
    at(&origin.place.location(), &mut object);
    let mut hops = Vec::new();
    let mut hop = origin.via.as_deref();
    while let Some(known) = hop {
        hops.push(by(known.how, &known.place));
        hop = known.next.as_deref();
    }
    if !hops.is_empty() {
        object.list("via", hops, None);
    }
    object.finish(None)
}

fn by(how: How, place: &Place) -> Node {
    let mut object = Object::default();
    object.put("by", Node::string(how.as_str(), None));
    at(&place.location(), &mut object);
    object.finish(None)
}

fn at(location: &Location, object: &mut Object) {
    let place = location.start();
    object.put("path", Node::string(location.file.path().as_str(), None));
    object.put("line", Node::new(Json::Integer(place.line.into()), None));
    object.put("column", Node::new(Json::Integer(place.column.into()), None));
}

fn problem(finding: &Finding) -> Node {
    let mut object = Object::default();
    object.put("message", Node::string(&finding.message, None));
    if let Some(help) = &finding.help {
        object.put("help", Node::string(help, None));
    }
    at(&finding.location, &mut object);
    object.finish(None)
}

fn gap(gap: &Gap) -> Node {
    let mut object = Object::default();
    object.put("cause", Node::string(gap.cause.noun(), None));
    object.put("message", Node::string(&gap.message, None));
    if let Some(way_out) = &gap.way_out {
        object.put("way_out", Node::string(way_out, None));
    }
    if let Some(location) = &gap.location {
        at(location, &mut object);
    }
    object.finish(None)
}
