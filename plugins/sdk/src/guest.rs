//! The plugin's side of the interface: our words to the interface's records and back. Only in the sandbox.

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "policy",
        pub_export_macro: true,
        default_bindings_module: "engine_sdk::guest::bindings",
    });
}

pub use bindings::{Facts, Guest, Manifest, Report, Scope, export};

use bindings::engine::policy::types as wire;

use crate::input::Input;
use crate::log::Level;
use crate::page::{Class, Severity};
use crate::{Place, Plugin, Step};

/// What the plugin says of itself.
pub fn describe(plugin: fn() -> Plugin) -> Manifest {
    crate::log::install_panic_hook();
    let plugin = plugin();
    let rules = plugin.describe().into_iter().map(|(page, rule)| wire::Rule {
        id: page.id.into(),
        title: page.title.into(),
        class: match page.class {
            Class::Advice => wire::Class::Advice,
            Class::Default => wire::Class::Default,
            Class::Mandatory => wire::Class::Mandatory,
        },
        severity: match page.severity {
            Severity::Info => wire::Severity::Info,
            Severity::Low => wire::Severity::Low,
            Severity::Medium => wire::Severity::Medium,
            Severity::High => wire::Severity::High,
            Severity::Critical => wire::Severity::Critical,
        },
        practices: page.practices.into_iter().map(Into::into).collect(),
        scope: match rule.scope() {
            crate::Scope::Item => Scope::Item,
            crate::Scope::Repository => Scope::Repository,
        },
        reads: rule
            .reads()
            .into_iter()
            .map(|reads| wire::Reads { kind: reads.kind.into(), fields: reads.fields })
            .collect(),
        page: page.markdown.into(),
    });
    Manifest { rules: rules.collect(), id: plugin.id().into(), version: plugin.version().into() }
}

/// Runs the rules that this call is for.
pub fn check(plugin: fn() -> Plugin, scope: Scope, facts: Vec<Facts>) -> Report {
    crate::log::install_panic_hook();
    let scope = match scope {
        Scope::Item => crate::Scope::Item,
        Scope::Repository => crate::Scope::Repository,
    };
    let input = Input::new(facts.into_iter().map(|facts| (facts.kind, facts.json)).collect());
    let report = plugin().check(scope, &input);
    Report {
        findings: report.findings.into_iter().map(finding).collect(),
        undecided: report
            .undecided
            .into_iter()
            .map(|one| wire::Undecided { rule: one.rule.into(), place: place(one.place), message: one.message })
            .collect(),
    }
}

/// A line for the engine's log.
pub(crate) fn write(level: Level, message: &str) {
    let level = match level {
        Level::Debug => wire::Level::Debug,
        Level::Info => wire::Level::Info,
        Level::Warn => wire::Level::Warn,
        Level::Error => wire::Level::Error,
    };
    bindings::log(level, message);
}

fn finding(finding: crate::Finding) -> wire::Finding {
    wire::Finding {
        rule: finding.rule.into(),
        place: place(finding.place),
        message: finding.message,
        related: finding.related.into_iter().map(|(at, message)| wire::Related { place: place(at), message }).collect(),
        help: finding.help,
        fix: finding.fix.map(|fix| wire::Fix {
            title: fix.title,
            safe: fix.safe,
            edits: fix
                .edits
                .into_iter()
                .map(|(at, replacement)| wire::Edit { place: place(at), replacement })
                .collect(),
            snippet: fix.snippet,
        }),
    }
}

fn place(place: Place) -> wire::Place {
    let step = |step| match step {
        Step::Key(name) => wire::Step::Key(name),
        Step::Index(index) => wire::Step::Index(index),
    };
    wire::Place {
        facts: place.facts,
        item: place.item,
        route: place.route.into_iter().map(step).collect(),
        range: place.range.map(|(start, end)| wire::ByteRange { start, end }),
    }
}
