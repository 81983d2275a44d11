//! Texts that nobody writes in good faith.

use std::fmt::Write as _;

use engine_model::GapCause;

use crate::read::{findings, parse};

fn refused(text: &str) -> String {
    let parsed = parse(text);
    assert_eq!(parsed.broken, Some(GapCause::BrokenDocument));
    assert!(parsed.findings.len() <= 100);
    findings(&parsed).remove(0)
}

#[test]
fn deep_nesting_is_refused_in_few_words() {
    let deep = "nested more than 255 levels deep";
    assert!(refused(&"[".repeat(100_000)).contains(deep));
    assert!(refused(&"{a: ".repeat(100_000)).contains(deep));
    assert!(refused(&"- ".repeat(2_500_000)).contains(deep));
    assert!(refused(&"? ".repeat(100_000)).contains(deep));
    let block: String = (0..1000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(refused(&block).contains(deep));
}

#[test]
fn laughs_cost_nothing() {
    let mut laughs = "l0: &l0 [lol, lol, lol]\n".to_owned();
    for level in 1..100 {
        let alias = format!("*l{}, ", level - 1).repeat(9);
        writeln!(laughs, "l{level}: &l{level} [{alias}]").unwrap();
    }
    let parsed = parse(&laughs);
    assert!(parsed.broken.is_none() && parsed.document.unwrap().node_count() < 1500);
}

#[test]
fn many_slips_give_few_findings() {
    let parsed = parse(&"a: 1\n".repeat(5000));
    assert_eq!(parsed.findings.len(), 100);
    assert!(parsed.findings[99].help.as_ref().unwrap().starts_with("4899 more"));
    assert_eq!(parse(&"--- [\n".repeat(5000)).findings.len(), 20);
    assert_eq!(parse(&format!("[{}]", "*a,".repeat(5000))).findings.len(), 100);
}

#[test]
fn one_huge_line_is_named_by_a_short_place() {
    for text in [format!("a: \"{}", "x".repeat(1_000_000)), format!("a: @{}", "x".repeat(1_000_000))] {
        let parsed = parse(&text);
        assert!(parsed.findings[0].location.text().len() <= 40 && parsed.findings[0].message.len() < 100);
    }
    let open = "{{".repeat(500_000);
    assert!(parse(&open).broken.is_some());
}

/// Real constructs, cut and stirred: whatever comes out is read or refused, with every place inside the text.
#[test]
fn stirred_texts_never_lead_outside() {
    let seeds = [
        "a: &x !reference [b, 'it''s', \"\\u00e9\\x41 \\\n  c\"]\nd: *x\n<<: {e: ~}\n",
        "k: |+2 # c\n    a\n\n   b\n\nl: >-\r\n  é\r\n  f\r\n\r\n  g\n",
        "- - a\n  -\n- ? b\n  : c\n--- # d\n'e\n\n  f ': \"g\n  h\"\n...\n%YAML 1.2\n---\n\u{feff}x: 😀 y\n  z\n",
    ];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below.max(1) as u64).unwrap()
    };
    const SIGNS: &[char] = &[
        ' ', '\n', '\r', '\t', ':', '-', '?', '[', ']', '{', '}', ',', '&', '*', '!', '|', '>', '\'', '"', '\\', '#',
        '%', 'a', 'é', '😀', '\u{85}', '\u{feff}', '\u{2028}', '\u{1}', '~', '<', '0',
    ];
    for round in 0..20_000 {
        let mut text: Vec<char> = seeds[round % seeds.len()].chars().collect();
        for _ in 0..=next(6) {
            let at = next(text.len());
            match next(4) {
                0 => text.insert(at, SIGNS[next(SIGNS.len())]),
                1 if text.len() > 1 => drop(text.remove(at)),
                2 => text[at] = SIGNS[next(SIGNS.len())],
                _ => {
                    let end = (at + next(12)).min(text.len());
                    let piece: Vec<char> = text[at..end].to_vec();
                    let to = next(text.len());
                    text.splice(to..to, piece);
                }
            }
        }
        let text: String = text.into_iter().collect();
        if let Err(panic) = std::panic::catch_unwind(|| drop(parse(&text))) {
            eprintln!("round {round}: {text:?}");
            std::panic::resume_unwind(panic);
        }
    }
}
