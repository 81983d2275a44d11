//! A guest for every limit. Every message states the limit and the amount.

use std::time::{Duration, Instant};

use engine_host::{CallError, Host, Level, Limits, LoadErrorKind, Plugin};

use crate::guest::{ask, describing, from_text, host, hostile, plugin, refused, tight};

#[test]
fn an_endless_loop_ends_at_the_deadline() {
    let limit = Duration::from_millis(80);
    let host = Host::new(Limits { deadline: limit, ..tight() }).unwrap();
    let plugin = host.load("hostile", &hostile("none")).unwrap();
    for _ in 0..3 {
        let before = Instant::now();
        let error = ask(&plugin, "do.loop").unwrap_err();
        let CallError::Deadline { limit: stated, used } = error else { panic!("{error}") };
        assert!(stated == limit && used >= limit && used <= before.elapsed(), "{used:?}");
        assert!(used < limit + Duration::from_secs(5), "cut {:?} late", used - limit);
        let amount = used.as_millis();
        let text = error.to_string();
        if amount < 1000 {
            assert_eq!(text, format!("it ran for {amount} ms, the limit is 80 ms"));
        }
    }
    assert!(ask(&plugin, "do.nothing").is_ok());
}

#[test]
fn deadlines_of_calls_at_once_are_kept_apart() {
    let (short, long) = (Duration::from_millis(50), Duration::from_millis(400));
    let limits = |deadline| Limits { deadline, ..tight() };
    let (soon, late) = (Host::new(limits(short)).unwrap(), Host::new(limits(long)).unwrap());
    let loops = |host: &Host| {
        let plugin = host.load("hostile", &hostile("none")).unwrap();
        match ask(&plugin, "do.loop").unwrap_err() {
            CallError::Deadline { used, .. } => used,
            other => panic!("{other}"),
        }
    };
    std::thread::scope(|scope| {
        let late = scope.spawn(|| loops(&late));
        let soon: Vec<_> = (0..3).map(|_| scope.spawn(|| loops(&soon))).collect();
        assert!(soon.into_iter().all(|thread| thread.join().unwrap() >= short));
        assert!(late.join().unwrap() >= long);
    });
}

#[test]
fn a_loop_in_the_start_or_in_describe_ends_at_the_deadline() {
    let host = Host::new(Limits { deadline: Duration::from_millis(50), ..tight() }).unwrap();
    let text = describing("(func $s (loop (br 0))) (start $s)", "unreachable");
    for component in [hostile("start-loops"), hostile("describe-loops"), text] {
        let error = refused(&host, &component);
        assert!(matches!(error.kind, LoadErrorKind::Describe(CallError::Deadline { .. })), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("the plugin `bad` cannot be loaded: its `describe` failed: it ran for "), "{text}");
        assert!(text.ends_with(", the limit is 50 ms"), "{text}");
    }
}

#[test]
fn memory_ends_at_its_limit_in_small_steps_and_in_one() {
    let error = ask(plugin(), "do.many-small-allocations").unwrap_err();
    assert_eq!(error.to_string(), "it asked for 64.1 MiB of memory, the limit is 64 MiB");
    let CallError::Memory { limit, asked } = error else { panic!("{error}") };
    assert!(limit == 64 << 20 && asked > limit && asked < limit + (2 << 20), "{asked}");

    let error = ask(plugin(), "do.one-huge-allocation").unwrap_err();
    assert_eq!(error.to_string(), "it asked for 1.1 GiB of memory, the limit is 64 MiB");
}

#[test]
fn tables_count_as_memory_and_memories_add_up() {
    let kind = |component: Vec<u8>| refused(host(), &component).kind.to_string();
    let grow = "(loop (drop (table.grow $t (ref.null func) (i32.const 100000))) (br 0)) unreachable";
    let text = kind(describing("(table $t 1 funcref)", grow));
    assert!(text.starts_with("its `describe` failed: it asked for 6"), "{text}");
    assert!(text.ends_with(" MiB of memory, the limit is 64 MiB"), "{text}");

    let declared = kind(describing("(table 100000000 funcref)", "unreachable"));
    assert_eq!(declared, "its `describe` failed: it asked for 1.5 GiB of memory, the limit is 64 MiB");

    let grown = kind(describing("", "(memory.grow (i32.const 65535))"));
    assert_eq!(grown, "its `describe` failed: it asked for 4 GiB of memory, the limit is 64 MiB");
}

#[test]
fn a_growth_that_fails_gives_nothing_back() {
    // The memory may have 40 MiB by its own word, so the growths beyond fail; each is counted all the same.
    let error = refused(
        host(),
        &from_text(
            r#"(module (memory (export "memory") 1 640)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "describe") (result i32) (loop (drop (memory.grow (i32.const 64))) (br 0)) unreachable)
            (func (export "check") (param i32 i32 i32) (result i32) unreachable))"#,
        ),
    );
    assert_eq!(error.kind.to_string(), "its `describe` failed: it asked for 64.1 MiB of memory, the limit is 64 MiB");
}

#[test]
fn recursion_ends_with_either_stack() {
    for kind in ["do.recurse", "do.recurse-native"] {
        let error = ask(plugin(), kind).unwrap_err();
        assert_eq!(error, CallError::Stack { limit: 512 << 10 }, "{kind}: {error}");
        assert_eq!(error.to_string(), "stack overflow or memory error, the limit of the stack is 512 KiB");
    }
}

#[test]
fn an_answer_may_not_be_larger_than_its_limit() {
    let error = ask(plugin(), "do.long-text").unwrap_err();
    assert_eq!(error.to_string(), "its answer has 12.1 MiB, the limit is 8 MiB");
    let error = ask(&roomy(), "do.longer-text").unwrap_err();
    assert_eq!(error.to_string(), "its answer has more than 32 MiB, the limit is 8 MiB");

    let error = refused(host(), &hostile("describe-floods"));
    assert_eq!(error.kind.to_string(), "its `describe` failed: its answer has 9.1 MiB, the limit is 8 MiB");
}

#[test]
fn an_answer_may_not_have_more_findings_than_its_limit() {
    let error = ask(plugin(), "do.50000-findings").unwrap_err();
    assert_eq!(error.to_string(), "it reported 50000 findings, the limit is 10000");
    let error = ask(plugin(), "do.20000-undecided").unwrap_err();
    assert_eq!(error, CallError::Findings { limit: 10_000, used: 20_000 });

    let error = ask(&roomy(), "do.million-findings").unwrap_err();
    assert_eq!(error.to_string(), "its answer has more than 32 MiB, the limit is 8 MiB");
}

/// The hostile guest with memory for an answer that the host does not even copy.
fn roomy() -> Plugin {
    let host = Host::new(Limits { memory_bytes: 512 << 20, ..tight() }).unwrap();
    host.load("hostile", &hostile("none")).unwrap()
}

#[test]
fn a_log_is_cut_and_the_last_words_are_kept() {
    let log = ask(plugin(), "do.log-flood").unwrap().log;
    assert_eq!(log.len(), 65, "64 KiB of lines of 1000 bytes");
    assert!(log.iter().all(|line| line.level == Level::Info && line.text.len() == 1000));

    let error = ask(plugin(), "do.log-flood-panic").unwrap_err().to_string();
    assert!(error.starts_with("it panicked: ") && error.ends_with("after the flood"), "{error}");

    let log = ask(plugin(), "do.log-line").unwrap().log;
    assert_eq!((log[0].level, log[0].text.as_str()), (Level::Warn, "ä".repeat(2048).as_str()));
    let error = ask(plugin(), "do.log-huge-line").unwrap_err().to_string();
    assert_eq!(error, "its answer has more than 32 MiB, the limit is 8 MiB");
}

#[test]
fn fuel_ends_at_the_same_instruction() {
    let with = |fuel| {
        let host = Host::new(Limits { fuel: Some(fuel), ..tight() }).unwrap();
        host.load("hostile", &hostile("none")).map(|plugin| ask(&plugin, "do.loop").unwrap_err())
    };
    assert_eq!(with(5_000_000).unwrap().to_string(), "it used up its fuel of 5000000 units");
    let starved = with(100).unwrap_err().to_string();
    assert!(starved.ends_with("its `describe` failed: it used up its fuel of 100 units"), "{starved}");

    // The least fuel that a quiet call needs is one number, to the unit.
    let enough = |fuel| {
        let host = Host::new(Limits { fuel: Some(fuel), ..tight() }).unwrap();
        host.load("hostile", &hostile("none")).is_ok_and(|plugin| ask(&plugin, "do.nothing").is_ok())
    };
    let (mut low, mut high) = (0_u64, 1 << 18);
    while low + 1 < high {
        let middle = low.midpoint(high);
        if enough(middle) { high = middle } else { low = middle }
    }
    assert!(low > 100 && (0..2).all(|_| enough(high) && !enough(low)), "{high}");
}

#[test]
fn who_gives_up_is_quoted() {
    let error = ask(plugin(), "do.panic").unwrap_err().to_string();
    assert!(error.starts_with("it panicked: panicked at src/lib.rs:"), "{error}");
    assert!(error.ends_with(":\na bug in the policy: index 42 out of bounds"), "{error}");
    let error = ask(plugin(), "do.index").unwrap_err().to_string();
    assert!(error.ends_with("index out of bounds: the len is 0 but the index is 7"), "{error}");
    let error = ask(plugin(), "do.unreachable").unwrap_err().to_string();
    assert_eq!(error, "it trapped: wasm trap: wasm `unreachable` instruction executed");
    let error = refused(host(), &hostile("describe-panics")).to_string();
    assert!(error.ends_with("no manifest today"), "{error}");
}
