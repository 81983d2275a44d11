//! What is counted, as Prometheus reads it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use engine_model::Verdict;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the histogram, in seconds.
const SECONDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 2.0, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    route: &'static str,
    status: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decided {
    route: &'static str,
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: u32,
}

/// What is counted. Copies count together.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    answers: Family<Answer, Counter>,
    verdicts: Family<Decided, Counter>,
    seconds: Family<Route, Histogram>,
    in_flight: Gauge,
    reloads: Family<Outcome, Counter>,
    hooks: Family<Outcome, Counter>,
    hooks_waiting: Gauge,
    merge_requests: Family<Outcome, Counter>,
    gitlab: Family<Status, Counter>,
    connections: Gauge,
    refused: Counter<u64, AtomicU64>,
}

/// Counts for as long as it is held.
#[derive(Debug)]
pub(crate) struct Counted(Gauge);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("engine");
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        let metrics = Self {
            registry: Arc::default(),
            answers: Family::default(),
            verdicts: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            in_flight: Gauge::default(),
            reloads: Family::default(),
            hooks: Family::default(),
            hooks_waiting: Gauge::default(),
            merge_requests: Family::default(),
            gitlab: Family::default(),
            connections: Gauge::default(),
            refused: Counter::default(),
        };
        registry.register("requests", "Requests answered, by route and status", metrics.answers.clone());
        registry.register("verdicts", "Verdicts given, by route and verdict", metrics.verdicts.clone());
        registry.register_with_unit(
            "request_duration",
            "Time from a request's head to its answer, by route",
            Unit::Seconds,
            metrics.seconds.clone(),
        );
        registry.register("requests_in_flight", "Requests that are being answered", metrics.in_flight.clone());
        registry.register(
            "reloads",
            "Times that policies and certificates were loaded anew, by outcome",
            metrics.reloads.clone(),
        );
        registry.register("hooks", "Hooks of GitLab, by what became of them", metrics.hooks.clone());
        registry.register("hooks_waiting", "Merge requests that wait to be checked", metrics.hooks_waiting.clone());
        registry.register(
            "merge_requests",
            "Merge requests that were worked on, by what they came to",
            metrics.merge_requests.clone(),
        );
        registry.register("gitlab_answers", "Answers of GitLab's API, by status", metrics.gitlab.clone());
        registry.register("connections", "Connections that are open", metrics.connections.clone());
        registry.register(
            "refused_connections",
            "Connections whose peer broke off before a request",
            metrics.refused.clone(),
        );
        Self { registry: Arc::new(registry), ..metrics }
    }

    /// A request has come; it is in flight until what is returned is dropped.
    pub(crate) fn begin(&self) -> Counted {
        self.in_flight.inc();
        Counted(self.in_flight.clone())
    }

    /// A connection is open until what is returned is dropped.
    pub(crate) fn connected(&self) -> Counted {
        self.connections.inc();
        Counted(self.connections.clone())
    }

    /// A connection came to nothing.
    pub(crate) fn refused(&self) {
        self.refused.inc();
    }

    /// A request was answered.
    pub(crate) fn end(&self, route: &'static str, status: u16, verdict: Option<Verdict>, elapsed: Duration) {
        self.answers.get_or_create(&Answer { route, status: u32::from(status) }).inc();
        self.seconds.get_or_create(&Route { route }).observe(elapsed.as_secs_f64());
        if let Some(verdict) = verdict {
            self.verdicts.get_or_create(&Decided { route, verdict: verdict.as_str() }).inc();
        }
    }

    /// Policies or certificates were loaded anew, or were not.
    pub(crate) fn reloaded(&self, worked: bool) {
        let outcome = if worked { "loaded" } else { "kept" };
        self.reloads.get_or_create(&Outcome { outcome }).inc();
    }

    /// A hook was taken, or was not.
    pub(crate) fn hook_taken(&self, outcome: &'static str) {
        self.hooks.get_or_create(&Outcome { outcome }).inc();
    }

    /// So many merge requests wait.
    pub(crate) fn hooks_waiting(&self, count: usize) {
        self.hooks_waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// A merge request was worked on.
    pub(crate) fn hook_decided(&self, outcome: &'static str) {
        self.merge_requests.get_or_create(&Outcome { outcome }).inc();
    }

    /// GitLab's API answered.
    pub(crate) fn gitlab_answered(&self, status: u16) {
        self.gitlab.get_or_create(&Status { status: u32::from(status) }).inc();
    }

    /// All of it, in the text form of `OpenMetrics`.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
