//! The judge: OpenBao, which was asked for every text of `judged.txt` whether it is a policy.
//!
//! A line is a verdict, a tab, and the text with `\` escapes. `reads`: the judge's parser reads it; what it may have
//! refused then is its meaning, which is not this reader's business. `refuses`: it does not. `lax`: it does, and this
//! reader refuses it all the same, since what the judge makes of it is not what is written.

use crate::support::{findings, parse, sound};

const JUDGED: &str = include_str!("judged.txt");

fn unescape(text: &str) -> String {
    serde_json::from_str(&format!("\"{text}\"")).unwrap()
}

#[test]
fn every_text_is_judged_alike() {
    let mut counts = [0; 3];
    let mut wrong = Vec::new();
    for line in JUDGED.lines() {
        let (verdict, text) = line.split_once('\t').unwrap();
        let text = unescape(text);
        let parsed = parse(&text);
        let reads = parsed.broken.is_none();
        let (index, expect) = match verdict {
            "reads" => (0, true),
            "refuses" => (1, false),
            "lax" => (2, false),
            other => panic!("{other}"),
        };
        if reads != expect {
            wrong.push(format!("{verdict}: {text:?}: {:?}", findings(&parsed)));
        }
        counts[index] += 1;
        if let Some(document) = &parsed.document {
            sound(document, false);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts[0] > 300 && counts[1] > 250, "{counts:?}");
    assert!(counts[2] < 20, "{counts:?}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn every_policy_of_the_corpus_is_read() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/vault-policy");
    let mut folders = vec![corpus];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let parsed = parse(&std::fs::read_to_string(&path).unwrap());
            assert!(parsed.broken.is_none(), "{}: {:?}", path.display(), findings(&parsed));
            let document = parsed.document.unwrap();
            assert!(document.get(document.roots()[0], "path").is_some(), "{}", path.display());
            read += 1;
        }
    }
    match read {
        0 => println!("skipped: the corpus of policies is not here"),
        read => assert_eq!(read, 11),
    }
}
