//! Two thousand requests, workers that are killed at random, a broker that restarts: two thousand verdicts, each the one of
//! `check`.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::{self, consumer::pull};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::broker::{Broker, DEADLINE, Worker};
use crate::support::{FLAWED, Project, QUIET, bounded, finished};

/// How many requests there are.
const REQUESTS: usize = 2_000;

/// How many workers work at a time.
const WORKERS: usize = 3;

/// After how many verdicts one of them is killed.
const KILLS: usize = 100;

/// What is submitted, and what `check` says of it.
fn inputs() -> Vec<(String, String)> {
    let texts = [
        FLAWED.to_owned(),
        QUIET.to_owned(),
        format!("{FLAWED}{QUIET}"),
        FLAWED.replace("terraform", "tofu"),
        FLAWED.replace("deploy:", "release:"),
        "a: [".to_owned(),
        "include: nowhere.yml\n".to_owned(),
    ];
    let check = |text: String| {
        let project = Project::with(&[(".gitlab-ci.yml", &text)]);
        let report = finished(bounded(1 << 20, &["check", "--format", "json"]).current_dir(project.path())).out;
        (text, report)
    };
    texts.into_iter().map(check).collect()
}

/// Numbers that look like chance and are the same every time.
fn chance(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed % 1_000_000).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_decided_otherwise() {
    let Some(mut broker) = Broker::start("") else { return };
    let project = Project::with(&[]);
    let inputs = inputs();
    let start = |broker: &Broker| Worker::begin(project.path(), &broker.url, &["--threads", "2"]);
    let mut workers: Vec<Worker> = vec![Worker::start(project.path(), &broker, &["--threads", "2"])];
    workers.extend((1..WORKERS).map(|_| start(&broker)));
    let context = jetstream::new(async_nats::connect(&broker.url).await.unwrap());
    for number in 0..REQUESTS {
        let (text, _) = &inputs[number % inputs.len()];
        let event = json!({
            "specversion": "1.0", "id": format!("r{number}"), "source": "/ci", "type": "engine.v1.check",
            "data": {"files": {".gitlab-ci.yml": text}},
        });
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("r{number}"));
        let sent = context.publish_with_headers("engine.v1.submit.acme", headers, event.to_string().into()).await;
        sent.unwrap().await.unwrap();
    }

    let config = || pull::Config { durable_name: Some("test".to_owned()), ..pull::Config::default() };
    let mut seed = 0x5eed_u64;
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let (mut twice, mut kills, mut restarted) = (0_usize, 0_usize, false);
    let end = std::time::Instant::now() + 4 * DEADLINE;
    while found.len() < REQUESTS {
        assert!(std::time::Instant::now() < end, "{} of {REQUESTS} after {kills} kills", found.len());
        let Ok(verdicts) = context.get_stream("ENGINE_VERDICTS").await else { continue };
        let Ok(consumer) = verdicts.get_or_create_consumer("test", config()).await else { continue };
        let Ok(mut batch) = consumer.fetch().max_messages(50).messages().await else { continue };
        while let Some(message) = batch.next().await {
            let Ok(message) = message else { break };
            let event: Value = serde_json::from_slice(&message.payload).unwrap();
            let id = event["id"].as_str().unwrap().to_owned();
            let report = event["data"]["reports"]["json"].as_str().unwrap_or_default().to_owned();
            // The test's own consumer may be given a message again; the stream has one for each subject.
            if let Some(before) = found.insert(id, report.clone()) {
                assert_eq!(before, report);
                twice += 1;
            }
            if message.ack().await.is_err() {
                break;
            }
        }
        if found.len() / KILLS > kills && found.len() < REQUESTS {
            kills += 1;
            let victim = chance(&mut seed) % workers.len();
            workers.swap_remove(victim).kill();
            workers.push(start(&broker));
        }
        if !restarted && found.len() > REQUESTS / 2 {
            restarted = true;
            broker.restart();
        }
    }
    assert!(restarted && kills >= REQUESTS / KILLS / 2, "{kills} kills");
    for number in 0..REQUESTS {
        let (text, expect) = &inputs[number % inputs.len()];
        assert_eq!(&found[&format!("r{number}")], expect, "r{number}: {text}");
    }
    // One verdict for each, whoever was killed when.
    let mut verdicts = context.get_stream("ENGINE_VERDICTS").await.unwrap();
    assert_eq!(verdicts.info().await.unwrap().state.messages, REQUESTS as u64);
    assert_eq!(verdicts.info().await.unwrap().state.last_sequence, REQUESTS as u64, "a second verdict was kept");
    let mut letters = context.get_stream("ENGINE_DEAD").await.unwrap();
    assert_eq!(letters.info().await.unwrap().state.messages, 0);
    let mut requests = context.get_stream("ENGINE_REQUESTS").await.unwrap();
    let wait = std::time::Instant::now() + DEADLINE;
    while requests.info().await.unwrap().state.messages > 0 {
        assert!(std::time::Instant::now() < wait, "requests are left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("{kills} workers were killed, {twice} messages came to the test twice");
}
