//! What is written to policies is what the schemas say, no less and no more, and `docs/facts.md` says the same.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;
#[cfg(test)]
#[path = "support/folder.rs"]
mod folder;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/table.rs"]
mod table;

use std::path::Path;

use engine_facts::credential::{CREDENTIAL, Credential, credential_item};
use engine_facts::gitlab::{self, Owners, Pipeline};
use engine_facts::sourced::Origin;
use engine_facts::wire::{Fields, Item, json};
use engine_model::Why;
use files::Files;
use schema::Schema;
use serde_json::Value;

const JOB: &str = include_str!("../schema/gitlab.job.json");
const PIPELINE: &str = include_str!("../schema/gitlab.pipeline.json");
const CREDENTIALS: &str = include_str!("../schema/credential.json");
const PAGE: &str = include_str!("../../../docs/facts.md");

/// Pipelines that between them use every keyword that a fact comes from.
const EVERYTHING: &[&str] = &[
    r#"
//- .gitlab-ci.yml
stages: [gate, apply]
ask:
  stage: gate
  script: [./ask]
  rules: [{if: $CI_COMMIT_TAG}, {if: $CI_COMMIT_BRANCH == 'x' && $LATER, when: never}, {when: manual}]
plain: {stage: apply, script: [terraform apply]}
later:
  stage: apply
  script: [terraform apply]
  rules: [{if: $CI_COMMIT_BRANCH == 'x'}]
apply:
  stage: apply
  script: [terraform apply]
  rules:
    - if: $DEPLOY == 'yes' && $SKIP == null
      changes: ['infra/**']
      exists: [Dockerfile]
"#,
    r#"
//- CODEOWNERS
* @ops
//- .gitlab-ci.yml
include:
  - local: /ci/base.yml
  - project: group/ci
    file: gone.yml
stages: [plan, apply, !reference [.gone, stages]]
workflow:
  rules:
    - if: $CI_COMMIT_TAG
      changes: [infra/**]
      when: never
    - if: $CI_COMMIT_BRANCH
      exists: [infra/main.tf, !reference [.gone, files]]
      allow_failure: '$[[ inputs.soft ]]'
    - !reference [.gone, rules]
    - no rule
    - when: '$[[ inputs.when ]]'
      if: '$[[ inputs.if ]]'
variables:
  TOOL: terraform
  VAULT_TOKEN: hvs.CAESIJ1rq
  OPEN: {description: asked for}
plan:
  stage: plan
  image: {name: tools}
  allow_failure: false
  resource_group: plan
  only:
    refs: [main, '$[[ inputs.ref ]]']
    variables: [$A, !reference [.gone, variables]]
    changes: ["*.tf", !reference [.gone, changes]]
  except: [tags]
  secrets: {PASSWORD: {vault: a/b@c}}
  id_tokens: {TOKEN: {aud: [here, "$[[ inputs.aud ]]"]}}
  tags: [docker, "$[[ inputs.tag ]]"]
  hooks: {pre_get_sources_script: [echo hook]}
  before_script: [export TF_INPUT=0]
  script:
    - cd infra
    - $TOOL plan -out plan.bin -lock=$LOCK $MORE
    - terraform show -json plan.bin | tee plan.json > $LOG
    - rm -f secret $LOG
    - X=$(date) $UNKNOWN apply
    - if true; then terraform; fi
    - terraform $ACTION
    - cd $SOMEWHERE
    - ls
    - vault login -method=ldap
    - vault write auth/$MOUNT/login role=read jwt=$TOKEN
    - vault write auth/approle/login role_id=$ROLE_ID secret_id=$SECRET_ID
  after_script: [echo after]
  artifacts:
    paths: [infra/plan.bin, '$[[ inputs.path ]]']
    exclude: ["*.log", '$[[ inputs.path ]]']
    untracked: false
    public: false
    access: developer
    expire_in: 1h
    reports: {terraform: infra/plan.json, junit: ['$[[ inputs.report ]]']}
  cache:
    - paths: [infra/plan.bin, '$[[ inputs.path ]]']
      untracked: true
.keeps: &keeps
  stage: plan
  script: [terraform plan -out=plan]
keeps: {<<: *keeps, artifacts: {paths: [plan]}}
keeps-for-ever: {<<: *keeps, artifacts: {paths: [plan], expire_in: never}}
keeps-so-long: {<<: *keeps, artifacts: {paths: [plan], expire_in: '$[[ inputs.time ]]'}}
keeps-a-number: {<<: *keeps, artifacts: {paths: [plan], expire_in: 3600}}
apply:
  extends: .apply
  needs:
    - job: plan
    - {job: other, project: group/other, ref: main, artifacts: false}
    - {pipeline: $UPSTREAM}
    - !reference [.gone, needs]
  dependencies: [plan, !reference [.gone, dependencies]]
  environment: {name: production, action: start}
  image: $REGISTRY/tools/terraform:1.9@sha256:0f
  services: ['$IMAGE', {name: postgres}]
  script:
    - terraform -chdir=infra apply -input=false plan.bin
    - ssh host "cd infra && terraform apply $PLAN"
    - terraform apply plan.bin &
child:
  trigger: {include: ci/child.yml, strategy: depend}
other:
  trigger: {project: group/other, strategy: '$[[ inputs.how ]]'}
another:
  trigger: $[[ inputs.project ]]
//- ci/child.yml
job: {script: [x]}
//- ci/base.yml
.apply: {stage: apply, when: manual}
"#,
    r#"
//- .gitlab-ci.yml
open:
  stage: '$[[ inputs.stage ]]'
  image: '$[[ inputs.image ]]'
  allow_failure: '$[[ inputs.soft ]]'
  resource_group: '$[[ inputs.group ]]'
  environment: {name: '$[[ inputs.environment ]]', action: '$[[ inputs.action ]]'}
  variables: {A: '$[[ inputs.a ]]'}
  artifacts:
    untracked: '$[[ inputs.all ]]'
    public: '$[[ inputs.all ]]'
    access: '$[[ inputs.access ]]'
    expire_in: '$[[ inputs.time ]]'
  cache: {untracked: '$[[ inputs.all ]]'}
  script: [terraform plan -out $FILE, terraform apply $PLAN]
  rules:
    - {if: $A, changes: [a], exists: {paths: ['$[[ inputs.path ]]']}}
    - {if: '$[[ inputs.if ]]', when: '$[[ inputs.when ]]', allow_failure: sometimes}
refs:
  script: [terraform apply]
  parallel: {matrix: [{REGION: eu}]}
  rules:
    - if: $CI_COMMIT_TAG =~ /^v\d+$/ && $CI_COMMIT_REF_PROTECTED == "true" && $CI_PIPELINE_SOURCE == "push"
    - if: $CI_COMMIT_BRANCH == "main" || $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    - if: $CI_MERGE_REQUEST_IID
"#,
];

fn items(pipeline: &Pipeline, owners: &Owners) -> (Vec<Item>, Vec<Item>) {
    let jobs = pipeline.jobs.iter().map(|job| gitlab::job_item(pipeline, job)).collect();
    // Which commands run the gate is the gate's own business.
    let origin = pipeline.origin.iter().cloned();
    let gate =
        |origin: Origin, merge_requests| gitlab::Gate { by: "gate".to_owned(), origin, merge_requests, stops: true };
    let reaches = [engine_model::Value::Known("all".to_owned()), engine_model::Value::unknown(Why::Dynamic, "$A")];
    let gates: Vec<_> = origin.cycle().zip(reaches).map(|(origin, reach)| gate(origin, reach)).collect();
    (jobs, vec![gitlab::pipeline_item(pipeline, owners, &gates)])
}

/// The items of one kind as a policy that reads everything gets them.
#[cfg(test)]
fn written(items: &[Item]) -> Vec<Value> {
    let whole = ["*"];
    serde_json::from_str(&json(items, &Fields::new(whole))).unwrap()
}

struct Schemas {
    job: Schema,
    pipeline: Schema,
    credential: Schema,
}

impl Schemas {
    fn new() -> Self {
        Self { job: Schema::new(JOB), pipeline: Schema::new(PIPELINE), credential: Schema::new(CREDENTIALS) }
    }

    fn check(&mut self, name: &str, pipeline: &Pipeline, owners: &Owners) {
        let (jobs, pipelines) = items(pipeline, owners);
        for (schema, items) in [(&mut self.job, jobs), (&mut self.pipeline, pipelines)] {
            fits(schema, name, &items);
        }
        self.credentials(name, &gitlab::credentials(pipeline));
    }

    /// Credentials of any product.
    fn credentials(&mut self, name: &str, credentials: &[Credential]) {
        let items: Vec<Item> = credentials.iter().map(credential_item).collect();
        fits(&mut self.credential, name, &items);
    }
}

#[cfg(test)]
fn fits(schema: &mut Schema, name: &str, items: &[Item]) {
    for item in written(items) {
        assert_eq!(schema.errors(&item), Vec::<String>::new(), "{name}: {item:#}");
    }
}

#[test]
fn a_schema_says_what_is_written_and_no_more() {
    let mut schemas = Schemas::new();
    for text in EVERYTHING {
        let files = Files::new(text);
        schemas.check("fixture", &files.pipeline(), &Owners::read(&files));
    }
    for schema in [schemas.job, schemas.pipeline] {
        let unused: Vec<String> = schema.said().difference(&schema.seen).cloned().collect();
        assert_eq!(unused, Vec::<String>::new(), "{}", schema.root()["$id"]);
    }
}

#[test]
fn a_schema_has_the_name_of_its_kind_and_describes_every_field() {
    for (kind, text) in [(gitlab::JOB, JOB), (gitlab::PIPELINE, PIPELINE), (CREDENTIAL, CREDENTIALS)] {
        let schema = Schema::new(text);
        assert_eq!(schema.root()["$id"], format!("urn:engine:fact:{kind}:1"));
        for pointer in schema.said().iter().filter(|pointer| is_property(pointer)) {
            let described = schema.root().pointer(pointer).unwrap()["description"].is_string();
            assert!(described, "{kind}: {pointer}");
        }
    }
}

/// What a pipeline can say of a credential. The products that say the rest add to `schemas` and lower this list.
#[test]
fn credentials_of_pipelines_use_their_part_of_the_schema() {
    const NOT_OF_PIPELINES: &[&str] = &[
        "/$defs/lifetime/properties/end/enum/mount",
        "/properties/kind/enum/aws-iam-user",
        "/properties/kind/enum/aws-sts",
        "/properties/kind/enum/certificate",
        "/properties/kind/enum/database",
        "/properties/kind/enum/gitlab-token",
        "/properties/kind/enum/human-token",
        "/properties/kind/enum/job-token",
        "/properties/kind/enum/machine-token",
        "/properties/kind/enum/secret-id",
        "/properties/orphan",
        "/properties/orphan/anyOf/0",
        "/properties/orphan/anyOf/1",
        "/properties/periodic",
        "/properties/periodic/anyOf/0",
        "/properties/periodic/anyOf/1",
        "/properties/root",
        "/properties/root/anyOf/0",
        "/properties/root/anyOf/1",
        "/properties/source/enum/engine.yaml",
        "/properties/source/enum/file",
        "/properties/source/enum/plan",
        "/properties/source/enum/terraform",
        "/properties/uses",
        "/properties/uses/anyOf/0",
        "/properties/uses/anyOf/1",
    ];
    let mut schemas = Schemas::new();
    for text in EVERYTHING {
        let files = Files::new(text);
        schemas.check("fixture", &files.pipeline(), &Owners::read(&files));
    }
    let schema = schemas.credential;
    let unused: Vec<String> = schema.said().difference(&schema.seen).cloned().collect();
    assert_eq!(unused, NOT_OF_PIPELINES);
}

fn is_property(pointer: &str) -> bool {
    pointer.rsplit('/').nth(1) == Some("properties")
}

#[test]
fn what_the_schema_does_not_know_is_an_error() {
    let check = |change: fn(&mut Value), expect: &str| {
        let (jobs, _) = items(&Files::new("//- .gitlab-ci.yml\na: {script: [b]}\n").pipeline(), &Owners::default());
        let mut item = written(&jobs).remove(0);
        change(&mut item);
        assert_eq!(Schema::new(JOB).errors(&item), [expect]);
    };
    check(|item| item["new"] = true.into(), "item has `new`, which the schema does not know");
    check(|item| item["name"] = 1.into(), "item.name is 1, not of type string");
    check(|item| item["stage"] = 1.into(), "item.stage is 1, which fits no choice");
    check(
        |item| item["commands"][0]["section"] = "run".into(),
        "item.commands[0].section is \"run\", which is none of \
         [\"before_script\",\"script\",\"after_script\",\"pre_get_sources_script\"]",
    );
    check(
        |item| {
            item["artifacts"].as_object_mut().unwrap().remove("paths");
        },
        "item.artifacts lacks \"paths\"",
    );
}

#[test]
fn every_pipeline_of_the_corpus_fits() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let mut schemas = Schemas::new();
    let mut count = 0_usize;
    for folder in ["gitlab-ci", "gitlab-ci-expect"] {
        let files = folder::read(&corpus.join(folder));
        for path in files.0.keys() {
            if let Some(pipeline) = gitlab::derive(&files, path, &gitlab::Project::default()) {
                schemas.check(path.as_str(), &pipeline, &Owners::default());
                count += 1;
            }
        }
    }
    if count == 0 {
        println!("skipped: no corpus at {}", corpus.display());
    }
}

#[test]
fn the_page_for_authors_has_the_same_fields() {
    for text in [PIPELINE, JOB, CREDENTIALS] {
        let schema = Schema::new(text);
        let table = table::table(&schema);
        let kind = schema.root()["$id"].as_str().unwrap();
        assert!(PAGE.contains(&table), "`docs/facts.md` lacks the table of {kind}:\n{table}");
    }
}
