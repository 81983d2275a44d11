//! A guest that misbehaves on demand. It speaks the interface without the author's library, as an attacker would.
//!
//! What `check` does is named by the kind of the first facts. What `describe` and the start of an instance do is
//! written into [`ORDERS`] by the test, in the compiled module, so that one build serves all tests.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

wit_bindgen::generate!({ path: "../../../plugins/wit", world: "policy" });

use engine::policy::types::{ByteRange, Class, Finding, Place, Reads, Rule, Severity, Step, Undecided};

/// A mark that a test finds, and bytes that it overwrites.
static ORDERS: [u8; 55] = *b"orders of the hostile guest: --------------------------";

/// How often this instance was called: 1 in every call, or instances are shared.
static CALLS: AtomicU32 = AtomicU32::new(0);

fn order() -> String {
    // Read as if it could change, or the compiler would settle every order when the guest is compiled.
    let bytes = black_box(&ORDERS);
    String::from_utf8_lossy(&bytes[29..]).trim_matches(['-', ' ']).to_owned()
}

/// Runs when an instance starts, before anything is called.
#[unsafe(no_mangle)]
pub extern "C" fn _initialize() {
    if order() == "start-loops" {
        spin();
    }
}

struct Hostile;
export!(Hostile);

impl Guest for Hostile {
    fn describe() -> Manifest {
        let mut manifest = Manifest {
            id: "hostile".into(),
            version: "1.0.0".into(),
            rules: vec![rule("bad-item", Scope::Item), rule("bad-repository", Scope::Repository)],
        };
        let first = &mut manifest.rules[0];
        match order().as_str() {
            "describe-loops" => spin(),
            "describe-panics" => panic("no manifest today"),
            "describe-floods" => first.page = format!("# bad-item\n{}", "x".repeat(9 << 20)),
            "id" => manifest.id = "Hostile".into(),
            "version" => manifest.version = " ".into(),
            "no-rules" => manifest.rules.clear(),
            "rule-id" => first.id = "bad_item".into(),
            "duplicate" => manifest.rules[1] = rule("bad-item", Scope::Repository),
            "title" => first.title = String::new(),
            "title-lines" => first.title = "two\nlines".into(),
            "page-empty" => first.page = String::new(),
            "page-heading" => first.page = "# Bad item".into(),
            "two-kinds" => first.reads.push(Reads { kind: "test.other".into(), fields: vec![] }),
            "no-kind" => first.reads.clear(),
            "no-kind-repository" => manifest.rules[1].reads.clear(),
            "kind" => first.reads[0].kind = "Test Item".into(),
            "kind-twice" => {
                let again = manifest.rules[1].reads[0].clone();
                manifest.rules[1].reads.push(again);
            }
            "field" => first.reads[0].fields.push("a[0]".into()),
            _ => {}
        }
        manifest
    }

    fn check(scope: Scope, facts: Vec<Facts>) -> Report {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        let name = match scope {
            Scope::Item => "bad-item",
            Scope::Repository => "bad-repository",
        };
        let fine = finding(name, "fine");
        let one = |finding: Finding| Report { findings: vec![finding], undecided: vec![] };
        match facts.first().map_or("", |facts| facts.kind.as_str()) {
            "do.loop" => spin(),
            "do.many-small-allocations" => loop {
                black_box(Vec::<u8>::with_capacity(4096).leak());
            },
            "do.one-huge-allocation" => one(finding(name, &black_box(vec![0_u8; 1 << 30]).len().to_string())),
            "do.recurse" => one(finding(name, &deep(black_box(1)).to_string())),
            "do.recurse-native" => one(finding(name, &black_box(FLAT)(1).to_string())),
            "do.panic" => panic("a bug in the policy: index 42 out of bounds"),
            "do.index" => {
                hook();
                let empty: Vec<u32> = black_box(vec![]);
                one(finding(name, &empty[black_box(7)].to_string()))
            }
            "do.unreachable" => std::arch::wasm32::unreachable(),
            "do.long-text" => one(finding(name, &"x".repeat(12 << 20))),
            "do.longer-text" => one(finding(name, &"x".repeat(40 << 20))),
            "do.50000-findings" => Report { findings: vec![finding("", ""); 50_000], undecided: vec![] },
            "do.million-findings" => Report { findings: vec![finding("", ""); 1_000_000], undecided: vec![] },
            "do.20000-undecided" => {
                let undecided = Undecided { rule: name.into(), place: place(), message: String::new() };
                Report { findings: vec![], undecided: vec![undecided; 20_000] }
            }
            "do.log-flood" => {
                flood();
                one(fine)
            }
            "do.log-flood-panic" => {
                flood();
                panic("after the flood")
            }
            "do.log-line" => {
                log(Level::Warn, &"ä".repeat(1 << 20));
                one(fine)
            }
            "do.log-huge-line" => {
                log(Level::Warn, &"x".repeat(40 << 20));
                one(fine)
            }
            "do.unknown-rule" => one(finding("no-such-rule", "")),
            "do.long-rule" => one(finding(&"long\u{1b}".repeat(100), "")),
            "do.other-scope" => one(finding("bad-repository", "")),
            "do.facts-outside" => one(Finding { place: Place { facts: 1, ..place() }, ..fine }),
            "do.item-outside" => one(Finding { place: Place { item: 2, ..place() }, ..fine }),
            "do.bad-range" => {
                let range = Some(ByteRange { start: 5, end: 4 });
                one(Finding { place: Place { range, ..place() }, ..fine })
            }
            "do.undecided-outside" => {
                let undecided =
                    Undecided { rule: name.into(), place: Place { item: u32::MAX, ..place() }, message: String::new() };
                Report { findings: vec![], undecided: vec![undecided] }
            }
            // SAFETY: none. An attacker does not keep Rust's rules, and the host must not rely on them.
            "do.bad-text" => one(finding(name, unsafe { std::str::from_utf8_unchecked(black_box(&[b'a', 0xff, 0xfe])) })),
            "do.wild-pointer" => {
                let wild = unsafe { String::from_raw_parts(0xffff_0000 as *mut u8, 100, 100) };
                one(Finding { message: wild, ..fine })
            }
            "do.count-calls" => one(finding(name, &calls.to_string())),
            "do.count-bytes" => one(finding(name, &facts.iter().map(|one| one.json.len()).sum::<usize>().to_string())),
            _ => one(fine),
        }
    }
}

fn rule(id: &str, scope: Scope) -> Rule {
    Rule {
        id: id.into(),
        title: "the guest is hostile".into(),
        class: Class::Default,
        severity: Severity::High,
        practices: vec!["A001".into()],
        scope,
        reads: vec![Reads { kind: "test.item".into(), fields: vec!["name".into(), "script.*.text".into()] }],
        page: format!("# {id}\n\nNothing to see."),
    }
}

fn place() -> Place {
    let route = vec![Step::Key("script".into()), Step::Index(3)];
    Place { facts: 0, item: 1, route, range: Some(ByteRange { start: 1, end: 4 }) }
}

fn finding(rule: &str, message: &str) -> Finding {
    let (rule, message) = (rule.into(), message.into());
    Finding { rule, place: place(), message, related: vec![], help: None, fix: None }
}

fn spin() -> ! {
    loop {
        black_box(0);
    }
}

/// Recursion with a frame in linear memory, where Rust's stack ends first.
fn deep(n: u64) -> u64 {
    let frame = black_box([n; 64]);
    if frame[0] == 0 {
        return 0;
    }
    deep(frame[3] + 1) + frame[7]
}

type Flat = fn(u64) -> u64;
static FLAT: Flat = flat;

/// Recursion without such a frame, where the native stack ends first.
fn flat(n: u64) -> u64 {
    let next: Flat = unsafe { std::ptr::read_volatile(&raw const FLAT) };
    next(n.wrapping_mul(3)) ^ n
}

/// Says what went wrong as the author's library does, then traps.
fn panic(message: &str) -> ! {
    hook();
    panic!("{message}")
}

fn hook() {
    std::panic::set_hook(Box::new(|info| log(Level::Error, &info.to_string())));
}

fn flood() {
    let line = "x".repeat(1000);
    for _ in 0..100_000 {
        log(Level::Info, &line);
    }
}
