//! Pipelines that nobody wrote: every keyword of a job, merged in every way there is, from a seed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::random::Random;

/// A pipeline and its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    /// What it is called.
    pub(crate) name: String,
    /// Paths and texts; `.gitlab-ci.yml` first.
    pub(crate) files: Vec<(String, String)>,
    /// What is in it.
    pub(crate) keywords: BTreeSet<String>,
}

/// A keyword and its values. What stands in a list of YAML's flow style may stand anywhere.
type Values = (&'static str, &'static [&'static str]);

/// Keywords of a job that have nothing to do with other jobs.
const PLAIN: [Values; 20] = [
    ("image", &["alpine", "ruby:3.1", "{name: 'golang:1.21', entrypoint: ['']}", "{name: node}"]),
    ("services", &["[redis]", "[{name: 'postgres:11', alias: db}, redis]", "[]"]),
    ("before_script", &["[echo before]", "echo one", "['echo a: b', 'echo c']"]),
    ("after_script", &["[echo after]", "['true']"]),
    (
        "artifacts",
        &[
            "{paths: [out], expire_in: 1 week}",
            "{paths: [a, b], exclude: [c], when: always}",
            "{reports: {junit: r.xml}, untracked: true}",
            "{name: n, paths: ['**/*.plan'], access: none}",
        ],
    ),
    (
        "cache",
        &[
            "{key: k, paths: [vendor]}",
            "[{key: a, paths: [x], policy: pull}, {key: {files: [lock]}, paths: [y]}]",
            "{paths: [z], when: always}",
        ],
    ),
    ("variables", &["{A: one}", "{A: two, B: 'three'}", "{N: 1, F: 1.5, T: true, S: '017'}", "{E: '', Q: \"a b\"}"]),
    ("tags", &["[docker]", "[linux, x86]"]),
    ("retry", &["1", "{max: 2, when: [runner_system_failure]}", "{max: 1, when: always}"]),
    ("timeout", &["1h", "3 hours 30 minutes"]),
    ("interruptible", &["true", "false"]),
    ("coverage", &["'/\\d+%/'"]),
    ("resource_group", &["production", "eu/west"]),
    (
        "environment",
        &["staging", "{name: prod, url: 'https://example.com'}", "{name: review/$CI_COMMIT_REF_SLUG, action: prepare}"],
    ),
    ("allow_failure", &["true", "false", "{exit_codes: [1, 2]}", "{exit_codes: 137}"]),
    ("id_tokens", &["{T: {aud: 'https://vault'}}", "{T: {aud: [a, b]}, U: {aud: c}}"]),
    ("secrets", &["{S: {vault: 'a/b@c', file: false}}"]),
    ("release", &["{tag_name: v1, description: first}"]),
    ("hooks", &["{pre_get_sources_script: [echo hook]}"]),
    ("only", &["[main, tags]", "{refs: [main], variables: [$A]}"]),
];

/// Values of `rules`; they are no neighbours of `only`.
const RULES: [&str; 5] = [
    "[{if: '$CI_COMMIT_BRANCH == \"main\"'}]",
    "[{if: $A, when: manual, allow_failure: true}, {when: on_success}]",
    "[{exists: [Dockerfile]}, {if: '$B =~ /^v/', variables: {A: rule}}]",
    "[{changes: [src/*], if: $C}, {when: never}]",
    "[{changes: {paths: [a]}}]",
];

/// Keywords that `default` has and the judge knows.
const DEFAULTS: [&str; 6] = ["image", "services", "before_script", "after_script", "artifacts", "cache"];

/// Keywords that `default` has and the judge does not know.
const OTHER_DEFAULTS: [&str; 6] = ["tags", "retry", "timeout", "interruptible", "id_tokens", "hooks"];

/// Scalars that two versions of YAML read alike.
const SCALARS: [&str; 12] =
    ["plain", "'quoted'", "\"dou\\tble\"", "12", "1.25", "true", "'true'", "null", "~", "0x1f", "-3", "'1_000'"];

/// Scalars that they do not.
const ODD_SCALARS: [&str; 6] = ["yes", "off", "017", "1_000", "1:30", "NO"];

/// What is wrong with a pipeline: the keyword, and the text of a job or more.
const WRONG: [(&str, &str); 12] = [
    ("extends", "wrong: {extends: .nowhere, script: [x]}"),
    ("extends", ".w1: {extends: .w2}\n.w2: {extends: .w1}\nwrong: {extends: .w1, script: [x]}"),
    ("reference", "wrong: {script: [!reference [.nowhere, script]]}"),
    ("reference", "wrong: {script: [x], variables: !reference [.nowhere, variables]}"),
    ("stage", "wrong: {stage: nowhere, script: [x]}"),
    ("needs", "wrong: {script: [x], needs: [nobody]}"),
    ("needs", "late: {stage: deploy, script: [x]}\nwrong: {stage: build, script: [x], needs: [late]}"),
    ("script", "wrong: {stage: build}"),
    ("dependencies", "wrong: {script: [x], dependencies: [nobody]}"),
    ("include", "include: [{local: nowhere.yml}]\nwrong: {script: [x]}"),
    ("needs", "wrong: {stage: test, script: [x], needs: [other]}\nother: {stage: test, script: [x], needs: [wrong]}"),
    ("yaml", "wrong: [x"),
];

/// The case of a number.
pub(crate) fn case(seed: u64, number: usize) -> Case {
    let mut random = Random::new(seed.wrapping_add(u64::try_from(number).unwrap_or(0).wrapping_mul(0x1_0001)));
    // The first numbers are mixed little.
    random.below(1);
    let mut writer = Writer {
        random,
        files: Vec::new(),
        keywords: BTreeSet::new(),
        includes: Vec::new(),
        bases: Vec::new(),
        jobs: Vec::new(),
    };
    let text = writer.pipeline();
    let mut files = vec![(".gitlab-ci.yml".to_owned(), text)];
    files.append(&mut writer.files);
    Case { name: format!("generated-{number:04}"), files, keywords: writer.keywords }
}

struct Writer {
    random: Random,
    files: Vec<(String, String)>,
    keywords: BTreeSet<String>,
    /// Entries of `include:`.
    includes: Vec<String>,
    /// Hidden jobs, each with the keywords that it is known to have.
    bases: Vec<(String, Vec<&'static str>)>,
    jobs: Vec<String>,
}

impl Writer {
    fn tag(&mut self, keyword: &str) {
        self.keywords.insert(keyword.to_owned());
    }

    fn pipeline(&mut self) -> String {
        let mut body = String::new();
        let wrong =
            self.random.chance(12).then(|| self.random.below(WRONG.len())).and_then(|at| WRONG.get(at).copied());
        for index in 0..=self.random.below(4) {
            body.push_str(&self.base(index));
        }
        if self.random.chance(15) {
            body.push_str(&self.chain());
        }
        if self.random.chance(60) {
            self.include();
        }
        if self.random.chance(35) {
            self.inputs();
        }
        for index in 0..=self.random.below(4) {
            body.push_str(&self.job(index));
        }
        if self.random.chance(15) {
            body.push_str(&self.trigger());
        }
        if let Some((keyword, text)) = wrong {
            self.tag("refused");
            self.tag(keyword);
            match text.strip_prefix("include: [").and_then(|text| text.split_once("]\n")) {
                Some((entry, job)) => {
                    self.includes.push(entry.to_owned());
                    let _ = writeln!(body, "{job}");
                }
                None => {
                    let _ = writeln!(body, "{text}");
                }
            }
        }
        // gitlab-ci-local does not run where a job names variables of the pipeline and there are none.
        let mut top = self.top(body.contains("variables: [G1]"));
        if !self.includes.is_empty() {
            top.push_str("include:\n");
            for entry in &self.includes {
                let _ = writeln!(top, "  - {entry}");
            }
        }
        top + &body
    }

    fn top(&mut self, has_variables: bool) -> String {
        let mut out = String::from("stages: [build, test, deploy]\n");
        if self.random.chance(40) || has_variables {
            self.tag("variables");
            out.push_str("variables:\n");
            for name in ["G1", "G2", "G3"] {
                let value = self.scalar();
                let _ = writeln!(out, "  {name}: {value}");
            }
            if self.random.chance(30) {
                out.push_str("  G4: {value: given, description: what it is}\n");
            }
        }
        if self.random.chance(20) {
            self.tag("workflow");
            out.push_str("workflow: {rules: [{if: $CI_COMMIT_BRANCH, variables: {W: 1}}, {when: always}]}\n");
        }
        if self.random.chance(35) {
            self.tag("default");
            out.push_str("default:\n");
            for keyword in DEFAULTS {
                if self.random.chance(45) {
                    let value = self.value(keyword);
                    let _ = writeln!(out, "  {keyword}: {value}");
                }
            }
            if self.random.chance(8) {
                self.tag("default of other keywords");
                let keyword = self.random.pick(&OTHER_DEFAULTS);
                let value = self.value(keyword);
                let _ = writeln!(out, "  {keyword}: {value}");
            }
            if out.ends_with("default:\n") {
                out.push_str("  image: alpine\n");
            }
        } else if self.random.chance(15) {
            self.tag("keywords at the top");
            let keyword = self.random.pick(&["image", "before_script", "cache", "services", "after_script"]);
            let value = self.value(keyword);
            let _ = writeln!(out, "{keyword}: {value}");
        }
        out
    }

    fn scalar(&mut self) -> &'static str {
        if self.random.chance(4) {
            self.tag("scalars of YAML 1.1");
            self.random.pick(&ODD_SCALARS)
        } else {
            self.tag("scalars");
            self.random.pick(&SCALARS)
        }
    }

    fn value(&mut self, keyword: &str) -> String {
        self.tag(keyword);
        let values = PLAIN.iter().find(|(known, _)| *known == keyword).map_or(&[][..], |(_, values)| values);
        if values.is_empty() { "x".to_owned() } else { self.random.pick(values).to_owned() }
    }

    /// Some keywords with values, a line each, indented.
    fn keywords(&mut self, percent: usize, has: &mut Vec<&'static str>) -> String {
        let mut out = String::new();
        let rules = self.random.chance(30);
        for (keyword, _) in PLAIN {
            if (keyword == "only" && (rules || has.contains(&"rules"))) || !self.random.chance(percent) {
                continue;
            }
            let value = self.value(keyword);
            let _ = writeln!(out, "  {keyword}: {value}");
            has.push(keyword);
        }
        if rules && !has.contains(&"only") {
            self.tag("rules");
            let value = self.random.pick(&RULES);
            let _ = writeln!(out, "  rules: {value}");
            has.push("rules");
        }
        out
    }

    fn base(&mut self, index: usize) -> String {
        let name = format!(".base{index}");
        let mut has = Vec::new();
        let mut body = self.keywords(20, &mut has);
        if self.random.chance(50) {
            body.push_str("  script: [echo base]\n");
            has.push("script");
        }
        if body.is_empty() {
            body.push_str("  image: alpine\n");
            has.push("image");
        }
        let anchor = if self.random.chance(35) { format!(" &anchor{index}") } else { String::new() };
        let extends = self.bases.last().filter(|_| self.random.chance(30)).cloned();
        if let Some((base, _)) = &extends
            && !has.contains(&"rules")
            && !has.contains(&"only")
        {
            self.tag("extends");
            let _ = writeln!(body, "  extends: {base}");
        }
        self.bases.push((name.clone(), has));
        format!("{name}:{anchor}\n{body}")
    }

    /// Bases on bases, as many as GitLab follows.
    fn chain(&mut self) -> String {
        self.tag("extends");
        let length = 2 + self.random.below(8);
        let mut out = String::from(".chain0: {variables: {C0: '0'}, image: chained}\n");
        for index in 1..length {
            let before = index - 1;
            let _ = writeln!(out, ".chain{index}: {{extends: .chain{before}, variables: {{C{index}: '{index}'}}}}");
        }
        let last = length - 1;
        let _ = writeln!(out, "chained: {{extends: [.chain{last}], script: [echo chained]}}");
        self.jobs.push("chained".to_owned());
        out
    }

    fn job(&mut self, index: usize) -> String {
        let name = if self.random.chance(15) { format!("job {index} of: many") } else { format!("job{index}") };
        let key = if name.contains(' ') { format!("'{name}'") } else { name.clone() };
        let mut has = Vec::new();
        let mut body = String::new();
        let stage = self.random.below(4);
        if let Some(stage) = ["build", "test", "deploy"].get(stage) {
            self.tag("stage");
            let _ = writeln!(body, "  stage: {stage}");
        } else if self.random.chance(30) {
            self.tag("stage");
            let _ = writeln!(body, "  stage: {}", self.random.pick(&[".pre", ".post"]));
        }
        self.inherited(&mut body, &mut has);
        body.push_str(&self.keywords(14, &mut has));
        body.push_str(&self.script());
        self.removed(&mut body, &has);
        if self.random.chance(12) {
            self.tag("parallel");
            let value = self.random.pick(&["2", "{matrix: [{P: [a, b], Q: c}]}", "{matrix: [{P: x}, {R: [1, 2]}]}"]);
            let _ = writeln!(body, "  parallel: {value}");
        }
        if self.random.chance(10) && !has.contains(&"rules") {
            self.tag("when");
            let _ = writeln!(body, "  when: {}", self.random.pick(&["manual", "always", "on_failure"]));
        } else if self.random.chance(4) && !has.contains(&"rules") {
            self.tag("when");
            body.push_str("  when: delayed\n  start_in: 30 minutes\n");
        }
        if self.random.chance(15) {
            self.tag("inherit");
            let value = self.random.pick(&[
                "{default: false}",
                "{default: [image, cache], variables: false}",
                "{variables: [G1]}",
                "{default: true}",
            ]);
            let _ = writeln!(body, "  inherit: {value}");
        }
        // Only what is before this job, in the same stage or an earlier one, may be needed: all of it is in none.
        if !body.contains("  stage: ") && self.random.chance(30) && !self.jobs.is_empty() {
            self.needs(&mut body);
        }
        if self.random.chance(4) {
            self.tag("duplicate keys");
            body.push_str("  tags: [first]\n  tags: [second]\n");
        }
        if !body.contains("  stage: ") {
            self.jobs.push(key.clone());
        }
        format!("{key}:\n{body}")
    }

    /// `extends`, or a merge key.
    fn inherited(&mut self, body: &mut String, has: &mut Vec<&'static str>) {
        let Some(at) = self.random.chance(60).then(|| self.random.below(self.bases.len())) else { return };
        let Some((name, keywords)) = self.bases.get(at).cloned() else { return };
        if self.random.chance(70) {
            self.tag("extends");
            let other = self.bases.first().map(|(name, _)| name.clone()).unwrap_or_default();
            if self.random.chance(25) && other != name {
                let _ = writeln!(body, "  extends: [{other}, {name}]");
                let more = self.bases.first().map(|(_, keywords)| keywords.clone()).unwrap_or_default();
                has.extend(more.iter().filter(|keyword| matches!(**keyword, "rules" | "only")));
            } else {
                let _ = writeln!(body, "  extends: {name}");
            }
        } else {
            self.tag("extends");
            let _ = writeln!(body, "  extends: [{name}]");
        }
        // What a base of the base has is not known here: neither of the two that exclude each other is written.
        has.extend(keywords.iter().filter(|keyword| matches!(**keyword, "rules" | "only")));
        has.push("rules");
        has.push("only");
    }

    fn script(&mut self) -> String {
        self.tag("script");
        let scripted: Vec<String> =
            self.bases.iter().filter(|(_, has)| has.contains(&"script")).map(|(name, _)| name.clone()).collect();
        let base = scripted.first().cloned();
        match (self.random.below(7), base) {
            (0, _) => "  script: echo one line\n".to_owned(),
            (1, _) => "  script:\n    - |\n      echo a\n      echo b\n    - >-\n      folded\n      line\n".to_owned(),
            (2, _) => "  script: [[echo nested, [echo deeper]], echo flat]\n".to_owned(),
            (3 | 4, Some(base)) => {
                self.tag("reference");
                format!("  script:\n    - echo first\n    - !reference [{base}, script]\n    - echo last\n")
            }
            (5, Some(base)) => {
                self.tag("reference");
                format!("  script: !reference [{base}, script]\n")
            }
            _ => "  script:\n    - echo \"a: b\"\n    - 'echo # no comment'\n".to_owned(),
        }
    }

    /// Keywords that a job drops, so that nothing of them is inherited.
    fn removed(&mut self, body: &mut String, has: &[&'static str]) {
        if !self.random.chance(15) || !body.contains("extends") {
            return;
        }
        let keyword = self.random.pick(&["variables", "tags", "environment", "retry", "image", "services", "cache"]);
        if !has.contains(&keyword) && !body.contains(&format!("  {keyword}:")) {
            self.tag("null");
            let _ = writeln!(body, "  {keyword}: null");
        }
    }

    fn needs(&mut self, body: &mut String) {
        self.tag("needs");
        let name = self.jobs.get(self.random.below(self.jobs.len())).cloned().unwrap_or_default();
        let value = match self.random.below(4) {
            0 => "[]".to_owned(),
            1 => format!("[{name}]"),
            2 => format!("[{{job: {name}, artifacts: false}}, {{job: absent, optional: true}}]"),
            _ => format!("[{{job: {name}, optional: true}}]"),
        };
        let _ = writeln!(body, "  needs: {value}");
    }

    /// A file of this repository, or several, included.
    fn include(&mut self) {
        self.tag("include");
        match self.random.below(5) {
            0 => {
                self.files.push(("ci/a.yml".to_owned(), "glob a: {script: [echo a]}\n".to_owned()));
                self.files
                    .push(("ci/b.yml".to_owned(), "glob b: {script: [echo b]}\nglob a: {image: later}\n".to_owned()));
                self.tag("include with a wildcard");
                self.includes.push("local: ci/*.yml".to_owned());
            }
            1 => {
                self.tag("nested include");
                let outer = "include: inner.yml\n.base0: {variables: {OUTER: 'yes', A: outer}}\nouter: {script: [echo outer]}\n";
                self.files.push(("outer.yml".to_owned(), outer.to_owned()));
                let inner = "outer: {image: inner, tags: [inner]}\ninner: {extends: .base0, script: [echo inner]}\n";
                self.files.push(("inner.yml".to_owned(), inner.to_owned()));
                self.includes.push("/outer.yml".to_owned());
            }
            2 => {
                self.tag("include:rules");
                self.files.push(("there.yml".to_owned(), "there: {script: [echo there]}\n".to_owned()));
                let rule = self.random.pick(&[
                    "{exists: [there.yml]}",
                    "{exists: [nowhere.yml]}",
                    "{if: '$CI_COMMIT_BRANCH == \"main\"'}",
                    "{if: '$CI_COMMIT_BRANCH != \"main\"'}",
                    "{if: $CI_COMMIT_BRANCH, when: never}",
                    "{if: '$NO_SUCH_VARIABLE'}",
                ]);
                self.includes.push(format!("{{local: there.yml, rules: [{rule}]}}"));
            }
            3 => {
                self.tag("component");
                let text = "spec:\n  inputs:\n    job: {default: built}\n---\n$[[ inputs.job ]]:\n  script: [echo component]\n";
                self.files.push(("templates/part.yml".to_owned(), text.to_owned()));
                let inputs = if self.random.chance(50) { "\n    inputs: {job: renamed}" } else { "" };
                self.includes.push(format!("component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/part@$CI_COMMIT_SHA{inputs}"));
            }
            _ => {
                let mut has = Vec::new();
                let body = self.keywords(25, &mut has);
                let text =
                    format!(".included:\n  variables: {{FROM: include}}\nincluded:\n{body}  script: [echo included]\n");
                self.files.push(("included.yml".to_owned(), text));
                self.includes.push("local: /included.yml".to_owned());
            }
        }
    }

    /// A file that takes inputs.
    fn inputs(&mut self) {
        self.tag("inputs");
        let mut text = String::from(
            "spec:\n  inputs:\n    name:\n    stage: {default: test, options: [build, test]}\n    list: {type: array, default: [x, 'y z']}\n    flag: {type: boolean, default: false}\n    count: {type: number, default: 3}\n    text: {default: '', description: said}\n    tag: {default: v1.2, regex: '^v\\d+'}\n---\n",
        );
        text.push_str("$[[ inputs.name ]]-taking:\n  stage: $[[ inputs.stage ]]\n  script:\n    - 'echo $[[ inputs.name ]] and $[[inputs.text]]'\n");
        if self.random.chance(60) {
            text.push_str("  tags: $[[ inputs.list ]]\n  allow_failure: $[[ inputs.flag ]]\n");
        }
        if self.random.chance(50) {
            text.push_str("  variables:\n    COUNT: $[[ inputs.count ]]\n    JOINED: 'a$[[ inputs.tag ]]b'\n    MORE: \"$[[ inputs.flag ]]\"\n");
        }
        if self.random.chance(6) {
            self.tag("functions of inputs");
            text.push_str("  image: img:$[[ inputs.tag | truncate(0, 2) ]]\n");
        }
        self.files.push(("taking.yml".to_owned(), text));
        let given = if self.random.chance(18) {
            self.tag("refused");
            self.random.pick(&[
                "{stage: test}",
                "{name: n, stage: deploy}",
                "{name: n, count: three}",
                "{name: n, flag: 'yes'}",
                "{name: n, list: x}",
                "{name: n, tag: latest}",
                "{name: 12}",
            ])
        } else {
            self.random.pick(&[
                "{name: first}",
                "{name: second, stage: build, list: [a, b, c]}",
                "{name: third, flag: true, count: 42, text: some words}",
                "{name: 'fourth', tag: v2.0, list: []}",
            ])
        };
        self.includes.push(format!("{{local: taking.yml, inputs: {given}}}"));
    }

    fn trigger(&mut self) -> String {
        self.tag("trigger");
        self.files.push(("child.yml".to_owned(), "of child: {script: [echo child]}\n".to_owned()));
        let value = self.random.pick(&[
            "{include: child.yml}",
            "{include: [{local: child.yml}], strategy: depend}",
            "{include: child.yml, forward: {pipeline_variables: true}}",
        ]);
        // What it takes of the defaults is another question.
        let inherit = if self.random.chance(85) { ", inherit: {default: false}" } else { "" };
        format!("triggering: {{trigger: {value}{inherit}}}\n")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::case;

    #[test]
    fn a_number_is_always_the_same_case_and_no_other() {
        assert_eq!(case(1, 5), case(1, 5));
        let texts: BTreeSet<_> = (0..100).map(|number| case(1, number).files).collect();
        assert!(texts.len() > 95, "{}", texts.len());
    }
}
