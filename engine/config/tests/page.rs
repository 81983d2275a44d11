//! `docs/configuration.md` has every key as the table has it, and its examples are files that can be used.

#[cfg(test)]
#[path = "support/file.rs"]
mod file;

use engine_config::grammar::{Default, SECTIONS, Section};
use file::read;

const PAGE: &str = include_str!("../../../docs/configuration.md");

/// The table of a section as the page has it.
#[cfg(test)]
fn table(section: &Section) -> String {
    let mut table = String::from("| key | value | default | meaning |\n|---|---|---|---|\n");
    for key in section.keys {
        let default = match key.default {
            Default::Required => "required",
            Default::Is(text) => text,
        };
        table.push_str(&format!("| `{}` | {} | {default} | {} |\n", key.name, key.kind, key.meaning));
    }
    table
}

#[test]
fn every_key_is_on_the_page() {
    for section in SECTIONS {
        let table = table(section);
        assert!(PAGE.contains(&table), "`docs/configuration.md` lacks the table of `{}`:\n{table}", section.path);
    }
    let tables = PAGE.matches("| key | value | default | meaning |").count();
    assert_eq!(tables, SECTIONS.len(), "a table on the page is of no section");
}

#[test]
fn every_example_can_be_used() {
    let examples: Vec<&str> = PAGE.split("```yaml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(examples.len() > 5, "{} examples", examples.len());
    for example in &examples {
        // An example of one part leaves out the line that every file begins with.
        let text = if example.contains("version:") { (*example).to_owned() } else { format!("version: 1\n{example}") };
        let errors = read(&text).err().unwrap_or_default();
        assert!(errors.is_empty(), "{text}\n{errors:#?}");
    }
    // Every key of the file's own level is shown once at least.
    for key in SECTIONS[0].keys {
        assert!(examples.iter().any(|example| example.contains(&format!("{}:", key.name))), "{}", key.name);
    }
}

#[test]
fn what_everybody_may_reach_is_on_the_page() {
    for path in engine_config::Config::default_for(Vec::new()).shared {
        assert!(PAGE.contains(&format!("`{}`", path.value)), "`docs/configuration.md` lacks `{}`", path.value);
    }
}
