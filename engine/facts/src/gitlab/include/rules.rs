//! `include:rules`: whether a file is included.
//!
//! GitLab asks before the pipeline has a text, so that `variables:` of the text count for nothing here. Where nobody says
//! how the pipeline is started, only `exists` can be told.

use engine_model::FilePath;

use super::super::condition::Expression;
use super::super::expression;
use super::super::input::unfilled;
use super::super::language::Languages;
use super::super::node::{Edge, Node, Shape};
use super::super::problem::Problem;
use super::super::reach;
use super::{Given, Library};

/// Whether a file is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Maybe,
}

/// What the rules say. `here` says that the file that includes is one of this tree.
pub(super) fn answer(rules: &Edge, given: Option<&Given>, library: &dyn Library, here: bool) -> Answer {
    let items: Vec<&Edge> = match &rules.node.shape {
        Shape::Sequence(items) => items.iter().collect(),
        _ => return Answer::Maybe,
    };
    let mut open = false;
    for rule in items {
        let matches = matches(&rule.node, given, library, here);
        let never = rule.node.field("when").is_some_and(|when| when.edge.node.text() == Some("never"));
        match matches {
            Answer::No => {}
            Answer::Yes if open => return Answer::Maybe,
            Answer::Yes => return if never { Answer::No } else { Answer::Yes },
            Answer::Maybe => open = true,
        }
    }
    if open { Answer::Maybe } else { Answer::No }
}

/// What GitLab refuses about the conditions of such rules.
pub(super) fn problems(rules: &Edge) -> Vec<Problem> {
    let conditions = rules.node.items().iter().filter_map(|rule| rule.node.field("if"));
    let problem = |written: &Node| {
        let text = written.text().filter(|text| unfilled(text).is_none())?;
        expression::problem("if", &written.place, written.scalar_value(), text)
    };
    conditions.filter_map(|field| problem(&field.edge.node)).collect()
}

fn matches(rule: &Node, given: Option<&Given>, library: &dyn Library, here: bool) -> Answer {
    let mut out = Answer::Yes;
    for field in rule.fields() {
        let node = &field.edge.node;
        let found = match &*field.name {
            "if" => condition(node, given),
            "exists" if here => exists(node, library),
            // Which files change is the choice of whoever pushes.
            "exists" | "changes" => Answer::Maybe,
            _ => Answer::Yes,
        };
        match found {
            Answer::No => return Answer::No,
            Answer::Maybe => out = Answer::Maybe,
            Answer::Yes => {}
        }
    }
    out
}

fn condition(node: &Node, given: Option<&Given>) -> Answer {
    let variables = given.and_then(|given| given.variables.as_ref());
    let (Some(variables), Some(text)) = (variables, node.text()) else { return Answer::Maybe };
    let Some(expression) = Expression::parse(text) else { return Answer::Maybe };
    match reach::holds(&expression, variables) {
        Some(true) => Answer::Yes,
        Some(false) => Answer::No,
        None => Answer::Maybe,
    }
}

fn exists(node: &Node, library: &dyn Library) -> Answer {
    let paths = match &node.shape {
        Shape::Sequence(items) => items,
        Shape::Mapping(_) => match node.field("paths") {
            Some(paths) if node.field("project").is_none() => paths.edge.node.items(),
            _ => return Answer::Maybe,
        },
        _ => return Answer::Maybe,
    };
    let languages = Languages::default();
    let mut open = false;
    for path in paths {
        let Some(text) = path.node.text().filter(|text| !text.contains('$')) else {
            open = true;
            continue;
        };
        let plain = !text.contains(['*', '?', '[', '{']);
        if plain {
            if FilePath::new(text).is_some_and(|path| library.exists(&path)) {
                return Answer::Yes;
            }
            continue;
        }
        let Some(files) = reach::paths(&languages, text) else {
            open = true;
            continue;
        };
        if library.paths().iter().any(|path| languages.has(files, path.as_str())) {
            return Answer::Yes;
        }
    }
    if open { Answer::Maybe } else { Answer::No }
}
