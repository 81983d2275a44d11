//! Calls do not touch each other: not by state, not by threads, not by failing.

use std::process::Command;
use std::sync::Barrier;
use std::time::Duration;

use engine_host::{CallError, Host, Limits, Plugin};

use crate::guest::{ask, host, hostile, plugin, tight};

fn count(plugin: &Plugin) -> String {
    ask(plugin, "do.count-calls").unwrap().findings[0].message.clone()
}

#[test]
fn nothing_is_kept_from_one_call_to_the_next() {
    assert!((0..20).all(|_| count(plugin()) == "1"));
}

#[test]
fn a_failed_call_leaves_the_plugin_whole() {
    for kind in ["do.panic", "do.recurse", "do.unreachable", "do.one-huge-allocation", "do.unknown-rule"] {
        assert!(ask(plugin(), kind).is_err(), "{kind}");
        assert_eq!(count(plugin()), "1", "{kind}");
    }
}

#[test]
fn threads_call_one_plugin_at_once() {
    let pooled = Host::pooled(tight(), 8).unwrap();
    let pooled = pooled.load("hostile", &hostile("none")).unwrap();
    for plugin in [plugin(), &pooled] {
        std::thread::scope(|scope| {
            for number in 0..8 {
                scope.spawn(move || {
                    for _ in 0..50 {
                        assert_eq!(count(plugin), "1");
                        let trapped =
                            number % 2 == 0 && matches!(ask(plugin, "do.panic"), Err(CallError::Panic { .. }));
                        assert_eq!(trapped, number % 2 == 0);
                    }
                });
            }
        });
    }
}

#[test]
fn a_pool_without_a_free_slot_is_no_broken_answer() {
    let host = Host::pooled(Limits { deadline: Duration::from_millis(100), ..tight() }, 1).unwrap();
    let plugin = host.load("hostile", &hostile("none")).unwrap();
    let all = Barrier::new(4);
    let loops = || {
        all.wait();
        ask(&plugin, "do.loop").unwrap_err()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(loops)).collect();
        let errors: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(errors.iter().any(|error| matches!(error, CallError::Deadline { .. })), "{errors:?}");
        let full = |error: &CallError| matches!(error, CallError::Trap { reason } if reason.contains("limit of 1 "));
        assert!(errors.iter().all(|error| matches!(error, CallError::Deadline { .. }) || full(error)), "{errors:?}");
    });
}

#[test]
fn a_host_and_its_plugins_are_shared_by_threads() {
    fn shared<T: Send + Sync>(_: &T) -> bool {
        true
    }
    assert!(shared(host()) && shared(plugin()));
}

#[test]
fn limits_that_the_machine_cannot_give_are_an_error() {
    let error = Host::new(Limits { stack_bytes: 0, ..tight() }).unwrap_err().to_string();
    assert!(error.starts_with("the sandbox cannot be set up: "), "{error}");
    let endless = Host::new(Limits { deadline: Duration::MAX, ..tight() }).unwrap();
    assert_eq!(count(&endless.load("hostile", &hostile("none")).unwrap()), "1");
}

#[test]
fn a_plugin_outlives_its_host() {
    let host = Host::new(tight()).unwrap();
    let plugin = host.load("hostile", &hostile("none")).unwrap();
    drop(host);
    assert_eq!(count(&plugin), "1");
}

#[test]
fn traps_leave_no_memory_behind() {
    // Alone in a process, or other tests' memory would be measured as well.
    let name = "call::traps_leave_no_memory_behind";
    if !std::env::args().any(|argument| argument == "--exact") {
        let child = Command::new(std::env::current_exe().unwrap()).args(["--exact", name]).output().unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        return;
    }
    let trap = |times| (0..times).for_each(|_| assert!(ask(plugin(), "do.recurse").is_err()));
    trap(200);
    let Some(before) = resident() else {
        println!("skipped: this system does not tell what a process holds");
        return;
    };
    trap(2000);
    let after = resident().unwrap();
    // A leak of the two pages of stack that each trap touches would be 16 MiB.
    assert!(after < before + 2048, "{before} KiB before, {after} KiB after 2000 traps");
}

/// What this process holds in memory, in KiB.
fn resident() -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "no file of a user, but the process itself")]
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn built_in_plugins_load() {
    for plugin in host().builtins() {
        let plugin = plugin.unwrap();
        assert!(!plugin.manifest().rules.is_empty(), "{}", plugin.id());
    }
}
