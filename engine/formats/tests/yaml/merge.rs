//! `<<` as Ruby applies it.

use engine_formats::yaml::{MAX_MERGE_DEPTH, MAX_MERGED_ENTRIES, merged_entries};

use crate::read::{good, parse};

/// The merged entries of the value of `at`, each with the aliases it came through.
fn check(text: &str, expect: &str) {
    let parsed = parse(text);
    let document = parsed.document.unwrap();
    let merged = merged_entries(&document, document.get(document.roots()[0], "at").unwrap());
    assert!(!merged.truncated);
    let entry = |entry: &engine_formats::yaml::MergedEntry| {
        let via: String = entry.via.iter().map(|alias| format!(" {}", document.source_text(*alias))).collect();
        let value = document.source_text(document.resolve(entry.value));
        format!("{}: {value}{via}", document.source_text(entry.key))
    };
    assert_eq!(merged.entries.iter().map(entry).collect::<Vec<_>>().join(", "), expect, "{text}");
}

const BASES: &str = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: &z {<<: *x, d: 5}\nl: &l [*x]\n";

fn based(at: &str, expect: &str) {
    check(&format!("{BASES}at: {at}\n"), expect);
}

#[test]
fn a_mapping_without_merges_is_as_written() {
    based("{a: 1, b: 2}", "a: 1, b: 2");
    based("*x", "a: 1, b: 2");
    based("{a: 1, b: 2, a: 3}", "a: 3, b: 2");
    based("7", "");
}

#[test]
fn what_stands_below_wins() {
    based("{<<: *x, b: 9}", "a: 1 *x, b: 9");
    based("{b: 9, <<: *x}", "b: 2 *x, a: 1 *x");
    based("{<<: *x, <<: *y}", "a: 1 *x, b: 3 *y, c: 4 *y");
    based("{'<<': *x}", "a: 1 *x, b: 2 *x");
    based("{<<: {a: 7}, b: 9}", "a: 7, b: 9");
}

#[test]
fn of_several_sources_the_earlier_wins() {
    based("{<<: [*x, *y]}", "b: 2 *x, c: 4 *y, a: 1 *x");
    based("{<<: [*y, {b: 7}]}", "b: 3 *y, c: 4 *y");
}

#[test]
fn a_merge_of_a_merge_names_each_alias() {
    based("{<<: *z}", "a: 1 *z *x, b: 2 *z *x, d: 5 *z");
}

#[test]
fn what_cannot_be_merged_stays() {
    based("{<<: 1, a: 2}", "<<: 1, a: 2");
    based("{<<: *l}", "<<: [*x]");
    based("{<<: [*x, 1]}", "<<: [*x, 1]");
    based("{!!str <<: *x}", "<<: {a: 1, b: 2}");
}

#[test]
fn merges_are_bounded() {
    let mut laughs = "l0: &l0 {a: 1}\n".to_owned();
    for level in 1..40 {
        let before = level - 1;
        laughs += &format!("l{level}: &l{level} {{<<: [*l{before}, *l{before}], k{level}: 1}}\n");
    }
    let document = good(&laughs);
    let merged = merged_entries(&document, document.get(document.roots()[0], "l39").unwrap());
    assert!(merged.truncated && merged.entries.len() <= MAX_MERGED_ENTRIES);

    let mut chain = "l0: &l0 {a: 1}\n".to_owned();
    for level in 1..60 {
        chain += &format!("l{level}: &l{level} {{<<: *l{}}}\n", level - 1);
    }
    let document = good(&chain);
    let level =
        |level: usize| merged_entries(&document, document.get(document.roots()[0], &format!("l{level}")).unwrap());
    assert!(!level(MAX_MERGE_DEPTH).truncated && level(MAX_MERGE_DEPTH).entries.len() == 1);
    assert!(level(MAX_MERGE_DEPTH + 1).truncated);

    let many: String = (0..MAX_MERGED_ENTRIES + 1).map(|n| format!("k{n}: 1\n")).collect();
    let document = good(&many);
    let merged = merged_entries(&document, document.roots()[0]);
    assert!(merged.truncated && merged.entries.len() == MAX_MERGED_ENTRIES);
}
