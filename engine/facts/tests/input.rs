//! Inputs that depend on others, come from other files, or are a part of a value; and what a component says of itself.

#[cfg(test)]
mod support;

use engine_facts::gitlab::{self, Given};
use engine_model::FilePath;
use support::{Files, rendered};

/// The script of the one job of `t.yml` and what is said, where it is included with `inputs`.
#[cfg(test)]
fn comes_to(inputs: &str, spec: &str, script: &str) -> String {
    comes_to_with(inputs, spec, script, "")
}

#[cfg(test)]
fn comes_to_with(inputs: &str, spec: &str, script: &str, more: &str) -> String {
    let text = format!(
        "//- .gitlab-ci.yml\ninclude: [{{local: t.yml, inputs: {inputs}}}]\n//- t.yml\nspec: {spec}\n---\na:\n  script: ['{script}']\n{more}"
    );
    let found = rendered(&Files::new(&text));
    let words = found.lines().filter_map(|line| line.trim().strip_prefix("script "));
    let words = words.map(|line| line.split(" at ").next().unwrap_or("").to_owned());
    let said = found.lines().filter(|line| line.starts_with("finding: ") || line.starts_with("gap: "));
    words.chain(said.map(str::to_owned)).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(inputs: &str, spec: &str, script: &str, expect: &str) {
    assert_eq!(comes_to(inputs, spec, script), expect, "{inputs} {spec} {script}");
}

#[test]
fn a_part_of_an_array_is_asked_for() {
    let list = "{inputs: {a: {type: array}, b-c: {default: x}}}";
    check("{a: [x, y]}", list, "$[[ inputs.a[1] ]]", "[y]");
    check("{a: [[1, 2], {k: [z, 3]}]}", list, "$[[ inputs.a[0][1] ]] $[[ inputs.a[1].k[0] ]]", "[2][z]");
    check("{a: [x]}", list, "$[[ inputs.a[0] | posix_quote ]]", "[x]");
    let refused = |script: &str, expect: &str| {
        check("{a: [x, y]}", list, script, &format!("finding: {expect} at t.yml:4"));
    };
    refused("$[[ inputs.a[2] ]]", "`[2]` in `inputs.a[2]` is beyond the 2 items that there are");
    refused("$[[ inputs.a[0][0] ]]", "`[0]` in `inputs.a[0][0]` is asked of something that is no array");
    refused("$[[ inputs.a[x] ]]", "`a[x]` in `inputs.a[x]` is no way into an array: that is `name[0]`");
    refused("$[[ inputs.a[0].k ]]", "there is no `k` in `inputs.a[0].k`");
    refused("$[[ inputs.b-c[0] ]]", "`b-c[0]` in `inputs.b-c[0]` is no way into an array: that is `name[0]`");
    refused("$[[ inputs.a[0][0][0][0][0][0] ]]", "`inputs.a[0][0][0][0][0][0]` has more than 5 indices in a row");
}

#[test]
fn functions_take_what_gitlab_takes() {
    let text = "{inputs: {a: {default: ''}}}";
    check("{a: 'x y'}", text, "echo $[[ inputs.a | posix_quote ]]", "[echo][x y]");
    check(
        "{a: 'x; $V'}",
        text,
        "echo $[[ inputs.a | expand_vars ]]",
        "gap: the script holds the input `$[[ inputs.a | expand_vars ]]` at t.yml:4",
    );
    let split = "$[[ inputs.a | split(\",\") ]]";
    check("{a: x}", text, split, "finding: `split` takes what separates, in single quotes at t.yml:4");
    let found = rendered(&Files::new(
        "//- .gitlab-ci.yml\ninclude: [{local: t.yml, inputs: {a: 'x, y,,z'}}]\n//- t.yml\nspec: {inputs: {a: }}\n---\na:\n  script: [x]\n  tags: []\n  artifacts: {paths: $[[ inputs.a | split(',') ]]}\n",
    ));
    assert!(found.contains("artifacts [x, y, z]"), "{found}");
}

#[test]
fn variables_that_are_given_are_expanded_in_an_input() {
    let files = Files::new(
        "//- .gitlab-ci.yml\ninclude: [{local: t.yml, inputs: {a: 'x-$CI_X-$Y'}}]\n//- t.yml\nspec: {inputs: {a: }}\n---\na:\n  script: ['echo $[[ inputs.a | expand_vars ]]']\n",
    );
    let variables = Some([("CI_X".to_owned(), "z".to_owned())].into_iter().collect());
    let given = Given { variables, ..Given::default() };
    let resolved = gitlab::resolve(&files, &FilePath::new(".gitlab-ci.yml").unwrap(), &given).unwrap();
    let location = resolved.pipeline.jobs[0].commands[0].words[1].clone();
    assert_eq!(location.value.known(), None, "{location:?}");
    assert!(format!("{:?}", location.value).contains("x-z-$Y"), "{location:?}");
}

#[test]
fn rules_say_the_default_and_the_options_by_other_values() {
    let spec = "
  inputs:
    cloud: {options: [aws, gcp], default: aws}
    live: {type: boolean, default: false}
    count: {type: number, default: 2}
    kind:
      rules:
        - if: $[[ inputs.cloud ]] == \"aws\" && $[[ inputs.live ]] == true
          options: [big]
          default: big
        - if: $[[ inputs.cloud ]] =~ /^g/ || $[[ inputs.count ]] == \"2\" && $[[ inputs.live ]] == null
          options: [e2, n2]
          default: e2
        - options: [small, tiny]
          default: small";
    let script = "echo $[[ inputs.kind ]]";
    check("{}", spec, script, "[echo][small]");
    check("{live: true}", spec, script, "[echo][big]");
    check("{cloud: gcp, live: true}", spec, script, "[echo][e2]");
    check("{kind: tiny}", spec, script, "[echo][tiny]");
    check(
        "{kind: big}",
        spec,
        script,
        "finding: the value of the input `kind` is not one of the options `small`, `tiny` at .gitlab-ci.yml:1",
    );
    check("{cloud: gcp, kind: n2}", spec, script, "[echo][n2]");
    // What nobody gives leaves a rule open.
    let open = rendered(&Files::new(&format!(
        "//- .gitlab-ci.yml\nspec: {{inputs: {{c: {{default: aws}}}}}}\n---\ninclude: [{{local: t.yml, inputs: {{cloud: '$[[ inputs.c ]]'}}}}]\n//- t.yml\nspec: {spec}\n---\na: {{script: ['{script}']}}\n"
    )));
    assert!(open.contains("gap: the script holds the input `$[[ inputs.kind ]]`"), "{open}");
}

#[test]
fn what_gitlab_refuses_of_rules_of_inputs_is_said() {
    let refused = |rules: &str, expect: &str| {
        let spec = format!("{{inputs: {{a: {{default: x}}, b: {{rules: {rules}}}}}}}");
        let found = comes_to("{}", &spec, "x");
        assert_eq!(found, format!("finding: {expect} at t.yml:1"), "{rules}");
    };
    refused("x", "`rules` of the input `b` is a list");
    refused("[x]", "a rule of the input `b` is a mapping");
    refused(
        "[{if: '$[[ inputs.a ]] = x', default: y}]",
        "`if` is an expression that GitLab cannot read: `= x` is nothing that an expression consists of",
    );
    refused("[{if: '$[[ inputs.a ]]'}]", "a rule of the input `b` has neither `options` nor `default`");
    refused("[{if: '$[[ inputs.c ]]', default: y}]", "a rule of the input `b` asks for `c`, which is none");
    refused(
        "[{if: '$[[ inputs.b ]]', default: y}]",
        "the rules of the input `b` ask for its own value, by way of other inputs",
    );
    refused(
        "[{defualt: y}]",
        "a rule of an input has no key `defualt` at t.yml:1\nfinding: a rule of the input `b` has neither `options` nor `default`",
    );
    refused("[{default: y}], default: z", "the input `b` has `rules`, so that it cannot have `default`");
    let required = "{inputs: {b: {rules: [{if: '$[[ inputs.b2 ]] == \"x\"', options: [y]}]}, b2: {default: x}}}";
    check("{}", required, "x", "finding: the input `b` has no default and is not given at .gitlab-ci.yml:1");
}

#[test]
fn inputs_of_other_files_are_read() {
    let shared = "//- shared.yml\ninputs:\n  env: {options: [dev, prod]}\n  region: {default: eu}\n";
    let spec = "{include: [{local: /shared.yml}], inputs: {own: {default: o}}}";
    let script = "$[[ inputs.env ]] $[[ inputs.region ]] $[[ inputs.own ]]";
    let check = |inputs: &str, spec: &str, more: &str, expect: &str| {
        assert_eq!(comes_to_with(inputs, spec, script, more), expect, "{inputs} {spec}");
    };
    check("{env: dev}", spec, shared, "[dev][eu][o]");
    check(
        "{env: test}",
        spec,
        shared,
        "finding: the value of the input `env` is not one of the options `dev`, `prod` at .gitlab-ci.yml:1",
    );
    check("{env: dev}", &spec.replace("own", "env"), shared, "finding: the input `env` is there twice at t.yml:1");
    check(
        "{env: dev}",
        spec,
        &format!("{shared}a: {{script: x}}\n"),
        "[dev][eu][o]\nfinding: a file of inputs has `inputs` and nothing else, and this one has `a` at shared.yml:4",
    );
    check(
        "{env: dev}",
        &spec.replace("local: /shared.yml", "template: x.yml"),
        shared,
        "finding: `spec:include` has no `template`: it takes `local`, `project` and `remote` at t.yml:1\n\
         finding: `env` is not among the inputs of the file at .gitlab-ci.yml:1",
    );
    // A file that is not here may have any input.
    check(
        "{env: dev}",
        &spec.replace("local: /shared.yml", "project: a/b, file: x.yml"),
        shared,
        "gap: the file `x.yml` of the project `a/b` is included from elsewhere and not in this tree at t.yml:1\n\
         gap: the script holds the input `$[[ inputs.env ]]` at t.yml:4",
    );
}

#[cfg(test)]
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn a_component_knows_what_its_address_and_the_lock_say() {
    let files = |declared: &str, body: &str| {
        let copy = ".engine/vendor/component/c.yml";
        rendered(&Files::new(&format!(
            "//- {copy}\nspec: {{component: {declared}}}\n---\na: {{script: ['{body}']}}\n\
             //- engine.lock\nversion: 1\nincludes:\n- {{component: git.example.com/group/lib/c@1.0, project: group/lib, commit: {COMMIT}, file: templates/c.yml, vendored: {copy}, sha256: sha256({copy})}}\n\
             //- .gitlab-ci.yml\ninclude: [{{component: git.example.com/group/lib/c@1.0}}]\n"
        )))
    };
    let found =
        files("[name, sha, reference]", "$[[ component.name ]] $[[ component.sha ]] $[[ component.reference ]]");
    assert!(found.contains(&format!("script [c][{COMMIT}][1.0] at")), "{found}");
    let found = files("[version]", "$[[ component.version ]]");
    assert!(found.contains("gap: the script holds the input `$[[ component.version ]]`"), "{found}");
    let found = files("[name]", "$[[ component.sha ]]");
    assert!(found.contains("finding: `component.sha` is not in `spec:component` of this file"), "{found}");
    let found = files("[names]", "x");
    assert!(found.contains("finding: a component has no `names`"), "{found}");
    // A file that is no component is not asked for one.
    check(
        "{}",
        "{component: [name]}",
        "echo $[[ component.name ]]",
        "gap: the script holds the input `$[[ component.name ]]` at t.yml:4",
    );
}
