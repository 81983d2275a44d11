//! What cannot be decided is said to whoever waits, is kept as a dead letter, and stops nobody.

use async_nats::jetstream::{self, consumer::pull};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::broker::{Broker, DEADLINE, Worker, submit, submit_as};
use crate::support::{FLAWED, Project, bounded, finished};

/// An event that asks for a check of one pipeline, with these fields over its own.
fn event(id: &str, fields: Value) -> Vec<u8> {
    let mut event = json!({
        "specversion": "1.0", "id": id, "source": "/ci", "type": "engine.v1.check",
        "data": {"files": {".gitlab-ci.yml": FLAWED}},
    });
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    serde_json::to_vec(&event).unwrap()
}

#[tokio::test]
async fn who_asks_gets_a_reply_whatever_is_asked() {
    let Some(broker) = Broker::start("") else { return };
    let project = Project::with(&[]);
    let _worker = Worker::start(project.path(), &broker, &["--max-body", "1", "--threads", "1"]);
    let client = async_nats::connect(&broker.url).await.unwrap();
    let large = json!({"data": {"files": {"a.tf": "x".repeat(600_000), "b.tf": "x".repeat(600_000)}}});
    let cases = [
        (event("1", json!({})), "engine.v1.verdict", "fail"),
        (b"{".to_vec(), "engine.v1.refused", "not the JSON"),
        (event("1", json!({"specversion": "0.3"})), "engine.v1.refused", "CloudEvents `0.3` is not read"),
        (event("1", json!({"type": "x"})), "engine.v1.refused", "`x` asks for nothing here"),
        (event("a b", json!({})), "engine.v1.refused", "letters, digits"),
        (event("1", json!({"reports": "json,pdf"})), "engine.v1.refused", "there is no report `pdf`"),
        (event("1", json!({"data": null, "dataref": "input.other.1"})), "engine.v1.refused", "`input.acme.1` alone"),
        (event("1", json!({"data": null, "dataref": "input.acme.1"})), "engine.v1.refused", "no object `input.acme.1`"),
        (event("1", json!({"data": {"file": 1}})), "engine.v1.refused", "unknown field `file`"),
    ];
    for (body, kind, part) in cases {
        let reply = client.request("engine.v1.check.acme", body.into()).await.unwrap();
        let reply: Value = serde_json::from_slice(&reply.payload).unwrap();
        assert_eq!(reply["type"], kind, "{reply}");
        assert!(reply["data"].to_string().contains(part), "{reply} and not {part}");
    }
    let config = format!("max_payload: {}", 4 << 20);
    let Some(broker) = Broker::start(&config) else { return };
    let _worker = Worker::start(project.path(), &broker, &["--max-body", "1"]);
    let client = async_nats::connect(&broker.url).await.unwrap();
    let reply = client.request("engine.v1.check.acme", event("1", large).into()).await.unwrap();
    assert!(String::from_utf8_lossy(&reply.payload).contains("more than 1048576 bytes"));
}

/// A rule that takes as long as it may: who works on it can be killed meanwhile.
const SLOW: &str = "# METADATA\n# title: It takes long\n# custom:\n#   class: default\n#   severity: high\n#   scope: item\n\
    #   reads:\n#     gitlab.job: [name]\npackage house.slow\n\nbig := numbers.range(1, 3000)\n\n\
    findings contains {\"message\": \"a\"} if {\n\tsome a in big\n\tsome b in big\n\tsome c in big\n\ta + b + c < 0\n}\n";

#[tokio::test]
async fn what_kills_five_workers_ends_as_a_dead_letter() {
    let Some(broker) = Broker::start("") else { return };
    let project = Project::with(&[("house/slow/rule.rego", SLOW)]);
    let args = ["--policy", "house", "--threads", "1"];
    Worker::start(project.path(), &broker, &args).kill();
    let context = jetstream::new(async_nats::connect(&broker.url).await.unwrap());
    // The turn of a worker that was killed is over sooner than it would be.
    let requests = context.get_stream("ENGINE_REQUESTS").await.unwrap();
    let shared = requests.get_consumer::<pull::Config>("engine-workers").await.unwrap();
    let config = &shared.cached_info().config;
    let sooner = pull::Config {
        durable_name: Some("engine-workers".to_owned()),
        ack_policy: config.ack_policy,
        ack_wait: std::time::Duration::from_secs(1),
        max_deliver: config.max_deliver,
        ..pull::Config::default()
    };
    requests.create_consumer(sooner).await.unwrap();
    context.publish("engine.v1.submit.acme", event("poison", json!({})).into()).await.unwrap().await.unwrap();
    for delivery in 1..=5 {
        let worker = Worker::start(project.path(), &broker, &args);
        let mut shared = requests.get_consumer::<pull::Config>("engine-workers").await.unwrap();
        while shared.info().await.unwrap().delivered.consumer_sequence < delivery {}
        worker.kill();
    }
    let mut last = Worker::start(project.path(), &broker, &args);
    let letter = last.wait_for("a dead letter");
    assert_eq!(letter["detail"], "it was given to workers 5 times, and none came to an end with it");
    let verdicts = context.get_stream("ENGINE_VERDICTS").await.unwrap();
    let kept = loop {
        // It is kept behind the letter.
        if let Ok(kept) = verdicts.get_last_raw_message_by_subject("engine.v1.verdict.acme.poison").await {
            break kept;
        }
    };
    assert!(String::from_utf8_lossy(&kept.payload).contains("given to workers 5 times"));
}

#[tokio::test]
async fn what_is_poison_ends_as_a_dead_letter_and_stops_nobody() {
    let Some(broker) = Broker::start("") else { return };
    let project = Project::with(&[]);
    let mut worker = Worker::start(project.path(), &broker, &[]);
    let context = jetstream::new(async_nats::connect(&broker.url).await.unwrap());
    for body in [b"\xff".to_vec(), event("poison", json!({"data": {"files": 7}}))] {
        context.publish("engine.v1.submit.acme", body.into()).await.unwrap().await.unwrap();
    }
    worker.wait_for("a dead letter");
    worker.wait_for("a dead letter");
    let good = submit(project.path(), &broker, &["--format", "json"]);
    assert_eq!(good.code, Some(2), "{}{}", good.out, good.err);

    let letters = context.get_stream("ENGINE_DEAD").await.unwrap();
    let consumer = letters.create_consumer(pull::Config::default()).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    for _ in 0..2 {
        let message = tokio::time::timeout(DEADLINE, messages.next()).await.unwrap().unwrap().unwrap();
        let reason = message.headers.as_ref().and_then(|headers| headers.get("Engine-Reason")).unwrap().to_string();
        assert!(reason.contains("not the JSON"), "{reason}");
    }
    // Whoever waits for it is told.
    let verdicts = context.get_stream("ENGINE_VERDICTS").await.unwrap();
    let kept = verdicts.get_last_raw_message_by_subject("engine.v1.verdict.acme.poison").await.unwrap();
    assert!(String::from_utf8_lossy(&kept.payload).contains("engine.v1.refused"));
    // Nothing is left on the queue.
    let mut requests = context.get_stream("ENGINE_REQUESTS").await.unwrap();
    let end = std::time::Instant::now() + DEADLINE;
    while requests.info().await.unwrap().state.messages > 0 {
        assert!(std::time::Instant::now() < end, "the queue does not get empty");
    }
}

#[test]
fn a_broker_that_is_away_is_waited_for_by_workers_and_said_by_who_submits() {
    let Some(mut broker) = Broker::start("") else { return };
    let project = Project::with(&[]);
    broker.stop();
    let gone = submit(project.path(), &broker, &[]);
    assert_eq!(gone.code, Some(3));
    assert!(gone.err.contains("cannot connect to `nats://127.0.0.1:"), "{}", gone.err);
    let mut worker = Worker::begin(project.path(), &broker.url, &[]);
    worker.wait_for("the broker is away");
    broker.again();
    worker.wait_for("working");
    // It goes away and comes back under a worker that works.
    broker.restart();
    let back = submit(project.path(), &broker, &["--format", "json"]);
    assert_eq!(back.code, Some(2), "{}{}", back.out, back.err);
    assert!(back.out.contains("nothing to check"), "{}", back.out);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn no_verdict_in_time_is_undecided_and_a_project_that_is_no_word_is_wrong() {
    let Some(broker) = Broker::start("") else { return };
    let project = Project::with(&[]);
    let worker = Worker::start(project.path(), &broker, &[]);
    assert_eq!(worker.stop(), Some(0));
    let silent = submit(project.path(), &broker, &["--wait", "1"]);
    assert_eq!(silent.code, Some(2), "{}", silent.err);
    assert!(silent.err.contains("no verdict came within 1 s"), "{}", silent.err);
    let wrong = submit_as("a.b", project.path(), &broker, &[]);
    assert_eq!(wrong.code, Some(3));
    assert!(wrong.err.contains("`a.b` is not made of letters"), "{}", wrong.err);
}

/// What docs/worker.md gives to workers and to whoever submits, and no more.
const RIGHTS: &str = r#"
authorization {
  users = [
    { user: worker, password: w, permissions: {
        publish: ["engine.v1.verdict.>", "engine.v1.dead.>", "$JS.API.>", "$JS.ACK.ENGINE_REQUESTS.>", "$O.engine.>", "_INBOX.>"]
        subscribe: ["engine.v1.check.*", "_INBOX.>"]
        allow_responses: true } }
    { user: acme, password: a, permissions: {
        publish: ["engine.v1.submit.acme", "engine.v1.check.acme", "$JS.API.STREAM.MSG.GET.ENGINE_VERDICTS",
                  "$JS.API.STREAM.INFO.OBJ_engine", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.MSG.GET.OBJ_engine",
                  "$JS.API.DIRECT.GET.OBJ_engine.>", "$JS.API.CONSUMER.CREATE.OBJ_engine.>", "$JS.API.CONSUMER.DELETE.OBJ_engine.>",
                  "$JS.FC.OBJ_engine.>", "$O.engine.>"]
        subscribe: ["engine.v1.verdict.acme.*", "_INBOX.>"] } }
    { user: other, password: o, permissions: { publish: ["engine.v1.submit.other"], subscribe: ["_INBOX.>"] } }
  ]
}
"#;

#[test]
fn the_rights_that_are_documented_suffice_and_a_stranger_has_none() {
    let Some(mut broker) = Broker::start(RIGHTS) else { return };
    let project = Project::with(&[(".gitlab-ci.yml", FLAWED)]);
    let plain = broker.url.clone();
    let who = |name: &str| plain.replace("nats://", &format!("nats://{name}@"));
    broker.url = who("worker:w");
    let _worker = Worker::start(project.path(), &broker, &[]);
    broker.url = who("acme:a");
    assert_eq!(submit(project.path(), &broker, &[]).code, Some(1));
    let large = Project::with(&[(".gitlab-ci.yml", &format!("{FLAWED}# {}\n", "x".repeat(2_000_000)))]);
    let ended = submit(large.path(), &broker, &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    broker.url = who("other:o");
    let ended = submit(project.path(), &broker, &["--wait", "2"]);
    assert_eq!(ended.code, Some(3), "{}{}", ended.out, ended.err);
    assert!(!ended.err.contains(":o@"), "{}", ended.err);
    broker.url = who("nobody:x");
    let ended = submit(project.path(), &broker, &["--wait", "2"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("lets nobody in with these credentials"), "{}", ended.err);
    let args = ["worker", "--server", &broker.url];
    let ended = finished(bounded(1 << 20, &args).current_dir(project.path()));
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("lets nobody in") && !ended.err.contains(":x@"), "{}", ended.err);
}
