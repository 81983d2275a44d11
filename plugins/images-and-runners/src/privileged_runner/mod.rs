//! A runner's containers are privileged, or reach the daemon that makes them.

use engine_sdk::prelude::*;

use crate::facts::Runner;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Sockets of daemons that make containers.
const SOCKETS: &[&str] = &["docker.sock", "containerd.sock", "podman.sock", "crio.sock"];

fn check(runner: &Item<Runner>, report: &mut Report) {
    let title = &runner.title;
    if runner.privileged.known() == Some(&true) {
        report
            .finding(runner.at("privileged"), format!("{title} runs jobs in privileged containers"))
            .help("set `privileged = false`, and build images with a tool that needs no privileges");
    }
    for (index, volume) in runner.volumes.iter().enumerate() {
        let Some(volume) = volume.known() else { continue };
        let from = volume.split(':').next().unwrap_or("");
        if SOCKETS.iter().any(|socket| from.ends_with(socket)) {
            report
                .finding(runner.at("volumes").index(index), format!("{title} mounts `{from}` into every job"))
                .help("remove the mount: whoever reaches the daemon is root on the machine");
        } else if from == "/" {
            report
                .finding(runner.at("volumes").index(index), format!("{title} mounts the machine's whole file system"));
        }
    }
    if runner.executor.known().is_some_and(|executor| executor == "shell") {
        report
            .finding(
                runner.at("executor"),
                format!("{title} runs jobs on the machine itself, one after the other's leftovers"),
            )
            .help("use an executor that makes a container or a machine for each job");
    }
}
