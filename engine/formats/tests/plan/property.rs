//! Every prefix and many mutations of a plan: never a panic, and what the scanner takes for JSON is it.

use crate::{parts, told};

const PLAN: &str = r#"{"format_version":"1.2","planned_values":{"a":[1,{"b":"c\"d"}]},
"resource_changes":[{"address":"a.b","change":{"actions":["create"],"after":{"x":null}}},{"address":"ü"}],
"configuration":{"provider_config":{"aws":{"name":"aws"}}},"errored":false}"#;

#[test]
fn every_prefix_is_refused_at_its_end() {
    let inner = PLAN.trim_end();
    for end in (0..inner.len()).filter(|end| inner.is_char_boundary(*end)) {
        let told = told(&inner.as_bytes()[..end], usize::MAX);
        let last = told.lines().last().unwrap();
        assert!(last.contains("ends too early") || last.contains("the file is empty"), "{end}: {last}");
    }
}

#[test]
fn what_is_taken_for_a_plan_is_json() {
    // A generator of our own: the same numbers on every machine.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    let signs = b"{}[]\",:\\ 0n\n\xff";
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut bytes = PLAN.as_bytes().to_vec();
        let at = next(bytes.len());
        match next(3) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, signs[next(signs.len())]),
            _ => bytes[at] = signs[next(signs.len())],
        }
        let read = parts(bytes.as_slice(), &mut |_, _, _| {});
        let structure = serde_json::from_slice::<serde::de::IgnoredAny>(&bytes);
        match (read, structure) {
            (Err(_), _) => refused += 1,
            (Ok(_), Ok(_)) => {}
            // Escapes, control characters and numbers are not judged in what is skipped.
            (Ok(_), Err(error)) => {
                let text = error.to_string();
                let lenient = [
                    "escape",
                    "control character",
                    "number",
                    "expected value",
                    "expected ident",
                    "unicode",
                    "surrogate",
                ];
                assert!(lenient.iter().any(|word| text.contains(word)), "{text}: {}", String::from_utf8_lossy(&bytes));
            }
        }
    }
    assert!(refused > 5_000, "{refused} refused");
}
