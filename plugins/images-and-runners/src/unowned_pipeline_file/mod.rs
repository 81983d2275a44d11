//! Nobody has to approve a change of what the pipeline runs.

use engine_sdk::prelude::*;

use crate::facts::Pipeline;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(pipeline: &Item<Pipeline>, report: &mut Report) {
    // Without any owners nobody has thought of them: another rule asks whether they are to be asked.
    let Some(owners) = &pipeline.code_owners else { return };
    for (index, file) in pipeline.files.iter().enumerate().filter(|(_, file)| file.owners.is_empty()) {
        report
            .finding(pipeline.at("files").index(index), format!("`{}` has no owner in `{owners}`", file.path))
            .help(format!("name one: `/{} @those-who-answer-for-production`", file.path));
    }
}
