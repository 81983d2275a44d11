//! Expressions of `if:`, made of parts.

use crate::parity::random::Random;

const PARTS: [&str; 47] = [
    "$CI_COMMIT_BRANCH",
    "$CI_COMMIT_TAG",
    "$CI_COMMIT_BRANCH == \"main\"",
    "$CI_COMMIT_BRANCH != \"main\"",
    "$CI_COMMIT_BRANCH==\"main\"",
    "\"main\" == $CI_COMMIT_BRANCH",
    "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
    "$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH",
    "$CI_COMMIT_REF_NAME == \"main\"",
    "$CI_COMMIT_REF_NAME =~ /^release\\/.*$/",
    "$CI_COMMIT_BRANCH =~ /main/",
    "$CI_COMMIT_BRANCH =~ /^(main|develop)$/",
    "$CI_COMMIT_REF_NAME =~ \"/^(main|develop)$/\"",
    "$CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+$/",
    "$CI_COMMIT_TAG =~ /^V/i",
    "$CI_COMMIT_REF_NAME !~ /^feature/",
    "$CI_COMMIT_BRANCH !~ /^release/",
    "$CI_COMMIT_REF_NAME =~ $LIKE",
    "$CI_COMMIT_REF_NAME !~ $LIKE",
    "$CI_COMMIT_BRANCH =~ $LIKE",
    "$TARGET =~ $LIKE",
    "$CI_COMMIT_TAG == null",
    "null == $CI_COMMIT_TAG",
    "$CI_COMMIT_BRANCH != null",
    "$CI_PIPELINE_SOURCE == \"push\"",
    "$CI_PIPELINE_SOURCE != \"push\"",
    "$CI_PIPELINE_SOURCE == \"schedule\"",
    "$CI_PIPELINE_SOURCE == 'merge_request_event'",
    "$CI_PIPELINE_SOURCE =~ /^(web|api)$/",
    "$CI_MERGE_REQUEST_IID",
    "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == \"main\"",
    "$CI_COMMIT_REF_PROTECTED == \"true\"",
    "$DEPLOY",
    "$DEPLOY == \"true\"",
    "$DEPLOY != 'true'",
    "$DEPLOY == null",
    "null != $DEPLOY",
    "$MODE =~ /^fast|slow$/",
    "$MODE == \"\"",
    "'' != $MODE",
    "$MODE",
    "$MODE != \"fast && slow\"",
    "$TARGET == \"prod\"",
    "$TARGET != $DEPLOY",
    "$TARGET == $CI_COMMIT_REF_NAME",
    "\"said\"",
    "null",
];

/// An expression. Parts that are not `wanted` are rare.
pub(super) fn expression(random: &mut Random, depth: usize, wanted: &dyn Fn(&str) -> bool) -> String {
    if depth == 0 || random.chance(55) {
        let mut part = random.pick(&PARTS);
        while !wanted(part) && random.chance(93) {
            part = random.pick(&PARTS);
        }
        return part.to_owned();
    }
    let operator = random.pick(&["&&", "&&", "||", "||", "  ||"]);
    let (left, right) = (expression(random, depth - 1, wanted), expression(random, depth - 1, wanted));
    let text = format!("{left} {operator} {right}");
    if random.chance(40) { format!("({text})") } else { text }
}

/// The variables of an expression, each with what is before it and behind it.
pub(super) fn variables(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    text.match_indices('$').filter_map(|(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        let rest = rest.strip_prefix('$')?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, behind) = rest.split_at_checked(end)?;
        (!name.is_empty()).then_some((before.trim_end(), name, behind.trim_start()))
    })
}
