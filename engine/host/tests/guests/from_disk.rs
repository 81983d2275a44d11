//! A built-in plugin behaves the same when it is loaded from disk: from its component, compiled here and on fuel.

use std::path::Path;

use engine_host::{Cache, Cached, CallError, Facts, Host, Limits, Plugin, Report, Scope};

use crate::guest::{host, root};

/// The jobs of `testdata/collaborative/wild`, as `engine facts` prints them; `cli/tests/pipeline.rs` holds them against it.
const JOBS: &str = include_str!("gitlab.job.json");

/// How many they are.
const COUNT: usize = 7;

#[test]
fn built_in_plugins_behave_the_same_from_disk() {
    let temporary = tempfile::tempdir().unwrap();
    let cache = Cache::open(&temporary.path().join("cache")).unwrap();
    let host = Host::new(Limits::default()).unwrap();
    let mut reported = 0;
    for built_in in host.builtins() {
        let built_in = built_in.unwrap();
        let name = built_in.id();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let component = engine_plugin_build::build(&root().join("plugins").join(name), &target).unwrap();
        let compiled = host.load_cached(name, &component, Some(&cache)).unwrap();
        let found = host.load_cached(name, &component, Some(&cache)).unwrap();
        assert_eq!((compiled.cache, found.cache), (Some(Cached::Miss), Some(Cached::Hit)), "{name}");
        for from_disk in [&compiled.plugin, &found.plugin] {
            assert_eq!(from_disk.manifest(), built_in.manifest(), "{name}");
            for (scope, kinds) in questions(&built_in) {
                let (theirs, ours) = (asked(from_disk, scope, &kinds), asked(&built_in, scope, &kinds));
                assert_eq!(theirs, ours, "{name}: {kinds:?}");
                reported += theirs.map_or(0, |report| report.findings.len());
            }
        }
    }
    assert!(reported > 0, "the sample's jobs break a rule");
}

/// Every kind that an item rule reads on its own, and all that repository rules read together.
fn questions(plugin: &Plugin) -> Vec<(Scope, Vec<String>)> {
    let kinds = |scope| {
        let rules = plugin.manifest().rules.iter().filter(move |rule| rule.scope == scope);
        let mut kinds: Vec<_> = rules.flat_map(|rule| &rule.reads).map(|reads| reads.kind.clone()).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    let mut all: Vec<_> = kinds(Scope::Item).into_iter().map(|kind| (Scope::Item, vec![kind])).collect();
    all.extend(Some((Scope::Repository, kinds(Scope::Repository))).filter(|(_, kinds)| !kinds.is_empty()));
    all
}

/// Jobs are the sample's; any other kind has one item that says nothing, which a plugin may refuse.
fn asked(plugin: &Plugin, scope: Scope, kinds: &[String]) -> Result<Report, CallError> {
    let facts = |kind: &'_ String| {
        if kind == "gitlab.job" { (JOBS, COUNT) } else { ("[{}]", 1) }
    };
    let facts: Vec<_> = kinds.iter().map(|kind| (kind, facts(kind))).collect();
    let facts: Vec<_> = facts.iter().map(|(kind, (json, items))| Facts { kind, json, items: *items }).collect();
    plugin.check(scope, &facts)
}

#[test]
fn the_fuel_is_enough_for_twenty_batches_of_facts() {
    let limits = Limits::default();
    let host = Host::new(Limits { fuel: limits.fuel.map(|fuel| fuel / 20), ..limits }).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let component = engine_plugin_build::build(&root().join("plugins/apply-via-ci"), &target).unwrap();
    let plugin = host.load("apply-via-ci", &component).unwrap();
    // One call for item rules is handed 1 MiB.
    let jobs = JOBS.trim().trim_start_matches('[').trim_end_matches(']');
    let times = (1 << 20) / jobs.len() + 1;
    let json = format!("[{}]", vec![jobs; times].join(","));
    let report = plugin.check(Scope::Item, &[Facts { kind: "gitlab.job", json: &json, items: COUNT * times }]).unwrap();
    assert!(report.findings.len() >= times, "{}", report.findings.len());
}

#[test]
fn built_in_plugins_are_never_counted() {
    let host = Host::new(Limits { fuel: Some(1), ..host().limits().clone() }).unwrap();
    for plugin in host.builtins() {
        let plugin = plugin.unwrap();
        for (scope, kinds) in questions(&plugin) {
            let counted = matches!(asked(&plugin, scope, &kinds), Err(CallError::Fuel { .. }));
            assert!(!counted, "{}: {kinds:?}", plugin.id());
        }
    }
}
