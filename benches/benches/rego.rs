//! Rules in Rego: nine over a pipeline of fifty jobs, natively, in the sandbox and on the library's own machine; and two
//! hundred from disk, loaded again.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use engine_benches::{Clock, criterion, say_quantiles};
use engine_host::{Cache, Facts, Host, Interpreter, Limits, Manifest, Plugin, Reads, Rule, Scope};
use engine_model::{Class, RuleId, RuleInfo, Severity};
use engine_rego::Collection;
use engine_rego_machine as rego;
use engine_tree::WorkingTree;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;

const JOBS: usize = 50;
const KIND: &str = "gitlab.job";

/// How many rules are loaded from disk.
const FROM_DISK: usize = 200;

/// Bodies of the rules, what rules about pipelines do: conditions, loops over commands, texts, sets, counts.
const BODIES: [&str; 9] = [
    "not job.environment",
    "some c in job.commands\n\tstartswith(c.text, \"terraform apply\")\n\tnot job.manual",
    "some c in job.commands\n\tcontains(c.text, \"-auto-approve\")",
    "job.image\n\tnot contains(job.image, \"@sha256:\")\n\tendswith(job.image, \":latest\")",
    "some r in job.rules\n\tr.when == \"always\"\n\tnot r.protected",
    "count({c.program | some c in job.commands}) > 4",
    "every c in job.commands {\n\t\tc.program != \"vault\"\n\t}\n\tjob.stage == \"deploy\"",
    "some v in job.variables\n\tregex.match(`(?i)(token|secret|password)`, v.name)\n\tcount(v.value) > 12",
    "some need in job.needs\n\tnot need in {j.name | some j in input[\"gitlab.job\"]}",
];

/// The jobs as JSON, about 45 KB.
fn jobs() -> String {
    let job = |n: usize| {
        let commands: Vec<String> = (0..6)
            .zip(["terraform", "vault", "aws", "jq", "make", "curl"])
            .map(|(c, program)| {
                format!(r#"{{"program":"{program}","text":"{program} step-{c} -input=false -out=plan-{n}.tfplan","line":{c}}}"#)
            })
            .collect();
        format!(
            r#"{{"name":"job-{n}","stage":"{}","image":"registry.example.com/tools:{}","manual":{},"commands":[{}],"variables":[{{"name":"VAULT_TOKEN_{n}","value":"s.0123456789abcdef"}},{{"name":"REGION","value":"eu"}}],"rules":[{{"when":"on_success","protected":true}},{{"when":"{}","protected":false}}],"needs":["job-{}"]}}"#,
            ["plan", "deploy", "test"].get(n % 3).copied().unwrap_or_default(),
            if n.is_multiple_of(4) { "latest" } else { "1.11" },
            n.is_multiple_of(2),
            commands.join(","),
            if n.is_multiple_of(7) { "always" } else { "never" },
            n / 2,
        )
    };
    format!("[{}]", (0..JOBS).map(job).collect::<Vec<_>>().join(","))
}

fn request() -> rego::Request {
    let module = |(n, body): (usize, &&str)| rego::Module {
        name: format!("rule{n}.rego"),
        text: format!(
            "package bench.rule_{n}\n\nfindings contains {{\"message\": sprintf(\"job `%s`\", [job.name]), \"route\": \
             [\"{KIND}\", i, \"name\"]}} if {{\n\tsome i, job in input[\"{KIND}\"]\n\t{body}\n}}\n"
        ),
    };
    let rule = |n: usize| rego::RuleRequest {
        id: format!("rule-{n}"),
        package: format!("data.bench.rule_{n}"),
        scope: rego::Scope::Repository,
        kinds: vec![KIND.to_owned()],
    };
    rego::Request {
        modules: BODIES.iter().enumerate().map(module).collect(),
        rules: (0..BODIES.len()).map(rule).collect(),
        ..rego::Request::default()
    }
}

fn manifest() -> Result<Manifest> {
    let rule = |n: usize| {
        Ok(Rule {
            info: RuleInfo {
                id: RuleId::new(&format!("rule-{n}")).context("an id")?,
                policy: Arc::from("bench"),
                title: "a rule".to_owned(),
                class: Class::Default,
                severity: Severity::Low,
                practices: Vec::new(),
                page: String::new(),
            },
            scope: Scope::Repository,
            reads: vec![Reads { kind: KIND.to_owned(), fields: Vec::new() }],
        })
    };
    let rules = (0..BODIES.len()).map(rule).collect::<Result<_>>()?;
    Ok(Manifest { id: Arc::from("bench"), version: "1".to_owned(), rules })
}

fn sandboxed(interpreter: &Interpreter) -> Result<Plugin> {
    let compiled = interpreter.compile(&serde_json::to_string(&request())?, None)?;
    let program = compiled.program.map_err(anyhow::Error::msg)?;
    Ok(interpreter.policy(program, manifest()?))
}

fn findings(plugin: &Plugin, json: &str) -> usize {
    let facts = Facts { kind: KIND, json: black_box(json), items: JOBS };
    plugin.check(Scope::Repository, &[facts]).map_or(0, |report| report.findings.len())
}

fn main() -> Result<()> {
    let json = jobs();
    let program = rego::compile(&request())?;
    let machine = rego::Machine::new(&program)?;
    let items = rego::Value::from_json(&json)?.items();
    let native = || {
        let facts = [rego::Facts { kind: KIND, items: items.clone() }];
        rego::check(&program, &machine, rego::Scope::Repository, &[], black_box(&facts)).findings.len()
    };

    // The peer: the library's own machine, the same rules, the same value, and nothing done with what comes out.
    let mut engine = regorus::Engine::new();
    engine.set_strict_builtin_errors(true);
    for module in request().modules {
        engine.add_policy(module.name, module.text)?;
    }
    let entries: Vec<&str> = program.entries.iter().map(String::as_str).collect();
    let first = entries.first().context("no rule")?;
    let code = Compiler::compile_from_policy(&engine.compile_with_entrypoint(&Arc::from(*first))?, &entries)
        .map_err(|error| anyhow::Error::msg(error.to_string()))?;
    let input = regorus::Value::from_json_str(&format!("{{\"{KIND}\": {json}}}"))?;
    let mut vm = RegoVM::new();
    vm.load_program(code);
    vm.set_max_instructions(usize::MAX);
    let mut peer = || {
        vm.set_input(black_box(input.clone()));
        let one = |entry: &&str| {
            vm.execute_entry_point_by_name(entry).ok().and_then(|value| Some(value.as_set().ok()?.len()))
        };
        entries.iter().filter_map(one).sum::<usize>()
    };

    let counting = Host::pooled(Limits::default(), 2)?;
    let free = Host::pooled(Limits { fuel: None, ..Limits::default() }, 2)?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/rego/guest");
    let component = engine_plugin_build::build(&guest, &target)?;
    let (with, without) = (sandboxed(&counting.interpreter()?)?, sandboxed(&free.load_interpreter(&component)?)?);
    let expected = peer();
    ensure!(expected > 0 && native() == expected, "natively {} findings, the peer has {expected}", native());
    ensure!(findings(&with, &json) == expected && findings(&without, &json) == expected, "the sandbox differs");

    let mut criterion = criterion(Clock::Thread);
    let mut group = criterion.benchmark_group("rego");
    group.bench_function("9 rules, 50 jobs/the library's machine", |bencher| bencher.iter(&mut peer));
    group.bench_function("9 rules, 50 jobs/natively", |bencher| bencher.iter(native));
    group.bench_function("9 rules, 50 jobs/natively, from JSON", |bencher| {
        bencher.iter(|| {
            let items = rego::Value::from_json(black_box(&json)).map(|value| value.items()).unwrap_or_default();
            let facts = [rego::Facts { kind: KIND, items }];
            rego::check(&program, &machine, rego::Scope::Repository, &[], &facts).findings.len()
        });
    });
    group.bench_function("9 rules, 50 jobs/in the sandbox", |bencher| bencher.iter(|| findings(&without, &json)));
    group.bench_function("9 rules, 50 jobs/in the sandbox, on fuel", |bencher| bencher.iter(|| findings(&with, &json)));

    let folder = tempfile::tempdir()?;
    for n in 0..FROM_DISK {
        let text = format!(
            "# METADATA\n# title: rule {n}\n# custom:\n#   class: default\n#   severity: low\n#   scope: item\n#   reads:\n\
             #     {KIND}: [name]\npackage house.rule_{n}\n\nfindings contains {{\"message\": \"a\"}} if input.name == \"{n}\"\n"
        );
        let path = folder.path().join(format!("rule_{n}"));
        std::fs::create_dir(&path)?;
        std::fs::write(path.join("rule.rego"), text)?;
    }
    let kept = tempfile::tempdir()?;
    let cache = Cache::open(&kept.path().join("cache"))?;
    let load = || -> Result<usize> {
        let host = Host::new(Limits::default())?;
        let collection = Collection::read(&WorkingTree::open(folder.path())?, "")?;
        let loaded = engine_rego::load(&collection, &host.interpreter()?, Some(&cache));
        Ok(loaded.policies.iter().map(|policy| policy.manifest().rules.len()).sum())
    };
    ensure!(load()? == FROM_DISK, "not all rules are loaded");
    group.bench_function("200 rules from disk, again", |bencher| bencher.iter(|| load().unwrap_or_default()));
    group.finish();
    criterion.final_summary();
    say_quantiles("200 rules from disk, again", 100, || {
        black_box(load().unwrap_or_default());
    })?;
    Ok(())
}
