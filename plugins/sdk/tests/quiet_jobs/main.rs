//! The plugin of `docs/plugin.md`, compiled and run as it stands there.

mod silent_failure;

engine_sdk::plugin! { id: "quiet-jobs", rules: [silent_failure::rule] }

#[test]
fn a_job_that_may_fail_is_found() {
    engine_sdk::testing::check(
        plugin(),
        [("gitlab.job", r#"[{"name": "scan", "allow_failure": true}, {"name": "apply"}]"#)],
        "
        silent-failure @ gitlab.job[0].allow_failure: job `scan` may fail unseen
          = help: remove `allow_failure`
        ",
    );
}

#[test]
fn the_document_shows_what_is_tested_here() {
    let document = include_str!("../../../../docs/plugin.md");
    for text in [include_str!("silent_failure/mod.rs"), include_str!("silent_failure/rule.md")] {
        assert!(document.contains(text), "docs/plugin.md lacks this text:\n{text}");
    }
}

#[test]
fn the_plugin_says_what_it_is() {
    let plugin = plugin();
    assert_eq!((plugin.id(), plugin.version()), ("quiet-jobs", env!("CARGO_PKG_VERSION")));
    let described = plugin.describe();
    assert_eq!(described.first().map(|(page, _)| page.id), Some("silent-failure"));
}
