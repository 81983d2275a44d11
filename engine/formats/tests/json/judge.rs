//! The judge: `serde_json` accepts and refuses the same texts, and reads the same out of them.

use serde_json::Value;

use crate::drawing::draw;
use crate::random::Random;
use crate::support::{file, parse, sound};

const SEEDS: [&str; 3] = [
    r#"{"format_version":"1.2","variables":{"a":{"value":[1,-2.5e3,0]}},"n":null,"t":true,"f":false,"d":{"é":"😀"}}"#,
    "{\n  \"address\": \"a.b[\\\"c\\\"]\",\r\n\t\"x\": [\"\\u00e9\\ud83d\\ude00\\n\", {}, [], [[0.10]]],\n  \"\": -0\n}\n",
    "[\"a\", 10, 1E+2, {\"b\": {\"b\": [\"\\\\\", \"\\/\"]}}]",
];

/// What the judge reads, drawn as the reader's own; numbers as they are written where the judge keeps them.
fn same(value: &Value, document: &engine_model::Document, node: engine_model::NodeId) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                same(value, document, document.get(node, key).unwrap());
            }
        }
        Value::Array(items) => {
            assert_eq!(document.items(node).len(), items.len());
            for (item, node) in items.iter().zip(document.items(node)) {
                same(item, document, *node);
            }
        }
        Value::String(text) => assert_eq!(document.scalar(node).unwrap().text, text),
        Value::Number(number) => {
            let written: f64 = document.scalar(node).unwrap().text.parse().unwrap();
            let judged = number.as_f64().unwrap();
            // The judge's own numbers are good to the last bit but one.
            assert!((written - judged).abs() <= written.abs() * 1e-15, "{written} {judged}");
        }
        other => assert_eq!(draw(document, node), other.to_string()),
    }
}

fn check(text: &str) -> bool {
    let parsed = parse(text);
    for finding in &parsed.findings {
        assert!(text.get(finding.location.span.range()).is_some(), "{text:?}");
    }
    if let Some(document) = &parsed.document {
        sound(document);
    }
    match serde_json::from_str::<Value>(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(value) => {
            assert_eq!(parsed.broken, None, "{text:?}");
            let document = parsed.document.unwrap();
            same(&value, &document, document.roots()[0]);
            true
        }
        // How large a number may be is not the grammar's business.
        Err(error) if error.to_string().starts_with("number out of range") => false,
        Err(error) => {
            assert!(parsed.broken.is_some(), "{text:?}: {error}");
            false
        }
    }
}

#[test]
fn every_edit_of_a_text_is_judged_alike() {
    const PIECES: [&str; 29] = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d83d", "0", "1", "-", "+", ".", "e", "E", "true", "nul", " ",
        "\n", "\t", "\u{1}", "é", "😀", "/", "'", "\u{feff}", "\u{a0}",
    ];
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut good, mut bad) = (0, 0);
    for seed in SEEDS {
        assert!(check(seed));
        let at: Vec<usize> = seed.char_indices().map(|(at, _)| at).collect();
        let mut count = |text: String| if check(&text) { good += 1 } else { bad += 1 };
        for from in &at {
            count(seed.get(..*from).unwrap().to_owned());
            let mut text = seed.to_owned();
            text.remove(*from);
            count(text);
            let mut text = seed.to_owned();
            text.insert(*from, seed.get(*from..).unwrap().chars().next().unwrap());
            count(text);
            for piece in PIECES {
                let mut text = seed.to_owned();
                text.insert_str(*from, piece);
                count(text);
            }
        }
        for _ in 0..4000 {
            let mut text: Vec<char> = seed.chars().collect();
            for _ in 0..=random.below(3) {
                let (from, to) = (random.below(text.len()), random.below(text.len()));
                text.swap(from, to);
            }
            count(text.into_iter().collect());
        }
    }
    assert!(good > 1000 && bad > 10_000, "{good} {bad}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn real_plans_are_read_as_the_judge_reads_them() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/tf-plan");
    let mut folders = vec![corpus];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json")
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                let parsed = engine_formats::json::parse(&file(&text));
                let judge = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'));
                assert_eq!(parsed.broken.is_none(), judge.is_ok(), "{}", path.display());
                if let (Some(document), Ok(value)) = (&parsed.document, &judge) {
                    same(value, document, document.roots()[0]);
                }
                read += 1;
            }
        }
    }
    if read == 0 {
        println!("skipped: the corpus of plans is not here");
    }
}
