//! A runner takes jobs of others, or jobs that name no runner.

use engine_sdk::prelude::*;

use crate::facts::{Runner, Settings};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((settings, runners): &(Items<Settings>, Items<Runner>), report: &mut Report) {
    for project in settings {
        if project.shared_runners.known() == Some(&true) {
            report
                .finding(project.at("shared_runners"), format!("{} takes runners of the whole instance", project.title))
                .help("switch instance runners off for the project, and give it runners of its own");
        }
    }
    for runner in runners {
        let title = &runner.title;
        if runner.kind.known().is_some_and(|kind| kind == "instance_type") {
            report.finding(runner.at("type"), format!("{title} takes jobs of every project of the instance"));
        } else if runner.untagged.known() == Some(&true) {
            report
                .finding(runner.at("untagged"), format!("{title} takes jobs that name no runner"))
                .help("let it take jobs with its tags alone");
        } else if runner.locked.known() == Some(&false) {
            report
                .finding(runner.at("locked"), format!("{title} can be taken by other projects"))
                .help("lock it to the projects that it is for");
        }
    }
}
