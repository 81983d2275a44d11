//! Built-in functions that do not exist here, because they are no function of their input.

/// What the library has and a policy may not call: the clock, dice, the machine.
const REFUSED: [&str; 7] =
    ["http.send", "net.lookup_ip_addr", "opa.runtime", "rand.intn", "rego.parse_module", "time.now_ns", "uuid.rfc4122"];

/// Built-in functions whose cost has no bound in the size of their input: a policy that is part of the engine runs
/// without limits, and may not call them.
const UNBOUNDED: [&str; 7] = [
    "bits.lsh",
    "graph.reachable_paths",
    "net.cidr_expand",
    "numbers.range",
    "numbers.range_step",
    "regex.globs_match",
    "yaml.unmarshal",
];

/// Whether a policy may not call it at all.
pub(crate) fn is_refused(name: &str) -> bool {
    REFUSED.contains(&name)
}

/// Whether a policy that is part of the engine may not call it.
pub(crate) fn is_unbounded(name: &str) -> bool {
    UNBOUNDED.contains(&name)
}
