//! What a call of make runs, told by GNU make itself: `make --dry-run` on the same files.
//!
//! Its lines are the script of one job, the call that of another: both come to the same commands. Where make is not on
//! the path nothing is compared.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;
#[cfg(test)]
#[path = "support/numbers.rs"]
mod numbers;

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use engine_facts::gitlab::Pipeline;
use engine_model::Value;
use files::Files;
use numbers::Numbers;

/// How many Makefiles are made.
const GENERATED: u64 = 1_500;

/// What GNU make runs for a goal of some files; `None` where there is no make, `Err` where it refuses.
#[cfg(test)]
fn told(files: &[(&str, &str)], arguments: &[&str]) -> Option<Result<String, String>> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut make = Command::new("make");
    make.args(["--dry-run", "--no-print-directory", "--no-builtin-rules", "--no-builtin-variables"]).args(arguments);
    make.current_dir(folder.path()).stdin(Stdio::null());
    // What the files are told, the files say.
    for name in NAMES.into_iter().chain(["MAKEFLAGS", "MAKELEVEL", "V", "X", "S", "T", "EXTRA", "ALL", "KEY", "NAME"]) {
        make.env_remove(name);
    }
    let Ok(output) = make.output() else {
        println!("skipped: no make on the path");
        return None;
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Some(if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) })
}

/// The commands of the only job of a pipeline, words in brackets; why they are not known, where they are not.
#[cfg(test)]
fn commands(pipeline: &Pipeline) -> Result<Vec<String>, String> {
    assert!(pipeline.findings.is_empty(), "{:?}", pipeline.findings);
    if let Some(gap) = pipeline.gaps.first() {
        return Err(gap.message.clone());
    }
    let word = |word: &engine_facts::sourced::Sourced<String>| match &word.value {
        Value::Known(text) => format!("[{text}]"),
        Value::Unknown(unknown) => format!("[?{}]", unknown.on),
        Value::Absent => "-".to_owned(),
    };
    let job = pipeline.jobs.first().unwrap();
    Ok(job.commands.iter().map(|command| command.words.iter().map(word).collect::<String>()).collect())
}

/// A job with these lines in its script.
#[cfg(test)]
fn job(lines: &[String]) -> String {
    let items: Vec<String> = lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    format!("//- .gitlab-ci.yml\njob: {{script: [{}]}}\n", items.join(", "))
}

#[cfg(test)]
fn ours(files: &[(&str, &str)], arguments: &[&str]) -> Result<Vec<String>, String> {
    let mut text = job(&[format!("make {}", arguments.join(" "))]);
    files.iter().for_each(|(path, content)| write!(text, "//- {path}\n{content}").unwrap());
    commands(&Files::new(&text).pipeline()).map(|commands| commands.into_iter().skip(1).collect())
}

/// What make's lines come to; a line that ends in a backslash goes on.
#[cfg(test)]
fn theirs(printed: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut joined = false;
    for line in printed.lines().filter(|line| !line.starts_with("make: ")) {
        match lines.last_mut().filter(|_| joined) {
            Some(last) => last.push_str(&format!("\n{line}")),
            None => lines.push(line.to_owned()),
        }
        joined = line.ends_with('\\');
    }
    if lines.is_empty() { Vec::new() } else { commands(&Files::new(&job(&lines)).pipeline()).unwrap() }
}

/// What came of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Same,
    /// It is said that it is not followed.
    Open,
    /// Make does nothing with it.
    Refused,
}

/// Holds a case against make; `None` where there is none.
#[cfg(test)]
fn compared(files: &[(&str, &str)], arguments: &[&str]) -> Option<Came> {
    let shown = || files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect::<String>();
    Some(match (told(files, arguments)?, ours(files, arguments)) {
        (Err(_), _) => Came::Refused,
        (Ok(_), Err(_)) => Came::Open,
        (Ok(printed), Ok(ours)) => {
            assert_eq!(ours, theirs(&printed), "make {}\n{}\nmake says\n{printed}", arguments.join(" "), shown());
            Came::Same
        }
    })
}

/// Makefiles, each followed, with goals.
const WRITTEN: [(&str, &[&str]); 40] = [
    (
        "define rule\n$(1)-up: base\n\tprog $(1) $$@ $$(V)\nLAST := $(1)\nendef\nV = late\n$(foreach x,eu us,$(eval $(call rule,$(x))))\nbase:\n\tfirst $(LAST)\n",
        &["eu-up", "us-up eu-up"],
    ),
    ("$(eval V := one)\n$(eval a: b ; prog $(V) $$@)\nb: ; prog b\n", &["a"]),
    (
        "TF := terraform\n.PHONY: all plan\nall: plan\nplan: init ## plans\n\t@$(TF) plan\ninit:\n\t$(TF) init \\\n\t  -input=false\n",
        &[""],
    ),
    ("Q := @\na: b c\n\t$(Q)one $@ $< $^\n\t-two $$HOME\nb:\n\tthree\nc: b\n\t@-four\n", &["a", "c b"]),
    ("A = $(B)\nB = late\nC := $(B)\nB = later\na:\n\trun $(A) $(C)\n", &["a"]),
    ("A ?= one\nA ?= two\nB += x\nB += y\na:\n\trun $(A) $B $(B)\n", &["a", "a A=told B=told"]),
    (
        "ifeq ($(MODE),live)\nS = production\nelse ifeq ($(MODE),test)\nS = test\nelse\nS = none\nendif\nMODE ?= test\na:\n\trun $(S)\n",
        &["a MODE=live", "a MODE=test", "a MODE=other"],
    ),
    (
        "MODE := live\nifneq \"$(MODE)\" 'live'\na:\n\tno\nelse\na:\n\tyes\nendif\nifdef MODE\nb: a\n\tset\nendif\n",
        &["a", "b"],
    ),
    ("define both\none $(1)\ntwo $(2)\nendef\na:\n\t$(call both,x,y z)\n", &["a"]),
    ("run = prog $(1) $(if $(2),-w $(2),-n)\na:\n\t$(call run,x)\n\t$(call run,x,y)\n", &["a"]),
    ("ALL := x y z\na: $(addprefix do-,$(ALL))\ndo-%:\n\tprog $* $@\n", &["a", "do-y"]),
    (
        "ALL := x.c y.c\na:\n\t$(foreach f,$(ALL),prog $(f:.c=.o);)\n\tprog $(patsubst %.c,lib/%.a,$(ALL)) $(filter x%,$(ALL)) $(subst x,q,$(ALL))\n",
        &["a"],
    ),
    ("OBJS = x.o y.o\n$(OBJS): %.o: %.src\n\tcc $< $@ $*\n%.src:\n\tgen $@\n", &["x.o", "x.o y.o"]),
    ("a: V = own\na: b\n\tprog $(V)\nb:\n\tprog $(V)\nV = all\nc: b\n\tprog $(V)\n", &["a", "b", "c"]),
    ("a:: \n\tone\na::\n\ttwo\nb: ; inline $@\n", &["a", "b"]),
    ("a: b\nb:\n\told\nb:\n\tnew\n", &["a"]),
    (".DEFAULT_GOAL := last\nfirst:\n\tno\nlast:\n\tyes\n", &["", "first"]),
    ("export A = x # said\nB = y\\\n  z\na: \\\n  b\n\tprog $(A) $(B)\nb:\n\tprog\n", &["a"]),
    (
        "SHELL := /bin/bash\n.SHELLFLAGS := -eu -o pipefail -c\nMAKEFLAGS += --warn-undefined-variables\na:\n\tprog\n",
        &["a"],
    ),
    ("override A = firm\nB = soft\na:\n\tprog $(A) $(B)\n", &["a A=told B=told"]),
    (
        "NAME = KEY\nKEY = value\na:\n\tprog $($(NAME)) ${KEY} $(notdir x/y/z) $(dir x/y) $(sort c a b a) $(firstword q r) $(lastword q r) $(strip   a   b )\n",
        &["a"],
    ),
    (
        "A = $(or $(NONE),,x) $(and a,,b)z\nNONE =\na:\n\tprog $(A) $(filter-out b,a b c) $(addsuffix .x,a b) $(findstring b,abc)\n",
        &["a"],
    ),
    ("a: b | c\n\tprog $^\nb c:\n\tprog $@\n", &["a"]),
    ("ifdef NO\nelse\nifeq (a,a)\nX = in\nendif\nendif\nNO =\na:\n\tprog $(X)\n", &["a NO="]),
    ("a:\n\tprog x\\\n\t  y; other \\\n\tz\n\n# said\n\n\tlast\n", &["a"]),
    ("define V :=\nx\nendef\nA := $(V)\nundefine NONE\nunexport A\nvpath %.c src\na: ; @prog $(A)\n", &["a"]),
    ("L = a,b\nC := ,\nS := $(subst $(C), ,$(L))\na:\n\tprog $(S) $(join a b,c d)\n", &["a"]),
    ("deploy: ; terraform apply -auto-approve # now\n", &["deploy"]),
    (
        "deploy: pre; echo \"#start\"; terraform apply\npre:;TF_X=1 terraform plan\nlast: pre # x; y\n\tend\n",
        &["deploy", "last"],
    ),
    (
        "first:\n\tno\ndeploy:\n\tterraform apply\n",
        &["-j deploy", "-sj4 deploy", "-j 2 deploy", "-k -B deploy", "--silent deploy"],
    ),
    ("override CMD = terraform apply\nCMD = echo\ndeploy:\n\t$(CMD)\n", &["deploy", "deploy CMD=no"]),
    ("deploy: ./apply x/../y\napply:\n\tterraform apply\nx/../y:\n\tother\n", &["deploy", "./deploy"]),
    ("deploy: deploy\\:prod\ndeploy\\:prod:\n\tterraform apply\n", &["deploy"]),
    ("deploy: env/apply-prod\napply-%: need-%\n\tterraform apply $* $@ $<\nenv/need-prod:\n\tneed\n", &["deploy"]),
    (".SUFFIXES: .tf .plan\ndeploy: prod.plan\n.tf.plan: ; terraform plan $@ $<\nprod.tf:\n\tgen\n", &["deploy"]),
    (
        "CMD = terraform plan\ndeploy-%: CMD = terraform apply\ndeploy-prod:\n\t$(CMD)\ndeploy-test: CMD = own\ndeploy-test:\n\t$(CMD)\n",
        &["deploy-prod", "deploy-test"],
    ),
    ("ACTION = plan\ndeploy:\n\t$(MAKE) run\nrun:\n\tterraform $(ACTION)\n", &["deploy", "deploy ACTION=apply"]),
    ("export ACTION = apply\ndeploy:\n\t$(MAKE) -f sub.mk run\n", &["deploy"]),
    ("ifeq (a,b)\nno: x\nelse\ndeploy: x\nendif\n\tterraform apply\nx:\n\tx\n", &["deploy"]),
    (
        "deploy:\n\tterraform apply\nifdef NONE\nelse\nV = x#y\nendif\nNONE =\nW = $(subst x,a\\#b,x)\nother:\n\tprog $(V) $(W)\n",
        &["deploy"],
    ),
];

#[test]
fn what_is_written_is_followed_as_make_does() {
    let mut opened = Vec::new();
    for (text, goals) in WRITTEN {
        for goal in goals {
            let arguments: Vec<&str> = goal.split_whitespace().collect();
            let files = [("Makefile", text), ("sub.mk", "ACTION ?= plan\nrun:\n\tterraform $(ACTION)\n")];
            let Some(came) = compared(&files, &arguments) else { return };
            if came != Came::Same {
                opened.push(format!("{goal}: {came:?}: {text}"));
            }
        }
    }
    assert!(opened.is_empty(), "not followed:\n{}", opened.join("\n"));
}

#[test]
fn what_is_included_is_read_where_it_stands() {
    let main = "V = one\nEXTRA =\ninclude ci/a.mk $(EXTRA)\n-include gone.mk\nEXTRA = no\nall: a\n\tprog $(V)\n";
    let files = [
        ("Makefile", main),
        ("ci/a.mk", "V = two\na:\n\tprog a $(V)\n-include ci/parts/*.mk\n"),
        ("ci/parts/x.mk", "V += x\n"),
    ];
    for arguments in [&["all"][..], &["-f", "ci/a.mk", "a"]] {
        assert!(matches!(compared(&files, arguments), None | Some(Came::Same)), "{arguments:?}");
    }
    let files = [
        ("Makefile", "-include */rules.mk mk/a/?.mk\n"),
        ("ci/rules.mk", "deploy: x\n\tterraform apply\n"),
        ("mk/a/b.mk", "x:\n\tx\n"),
        ("mk/a/bc.mk", "deploy:\n\tno\n"),
    ];
    assert!(matches!(compared(&files, &["deploy"]), None | Some(Came::Same)));
    let missing = ours(&[("Makefile", "include gone.mk\na:\n\tterraform apply\n")], &["a"]);
    assert_eq!(
        missing.unwrap_err(),
        "the targets of `Makefile` are not read: it includes `gone.mk`, which is not here"
    );
}

/// What only the run tells: the commands, or why they are not known.
#[test]
fn what_only_the_run_tells_stays_open() {
    let check = |text: &str, arguments: &[&str], expect: &str| {
        let found = ours(&[("Makefile", text)], arguments).map_or_else(|why| why, |commands| commands.join(" "));
        assert_eq!(found, expect, "{text}");
    };
    let not_read = |why: &str| format!("the targets of `Makefile` are not read: {why}");
    // Either branch of a condition that hangs on the environment.
    let text = "ifeq ($(WHERE),live)\nV = one\na:\n\tterraform apply $(V)\nelse\na:\n\ttrue\nendif\n";
    check(text, &["a"], "[terraform][apply][?${MAKE_VALUE}] [true]");
    check(text, &["a", "WHERE=live"], "[terraform][apply][one]");
    check(
        "a: $(NEEDED)\n\tterraform apply\n",
        &["a"],
        &not_read("what a target needs is something that only the run tells"),
    );
    check("$(T):\n\tterraform apply\na:\n\tx\n", &["a"], &not_read("a target has a name that only the run tells"));
    // A name of which a part is known may be that of any target like it, and no other.
    let text = "BIN ?= $(shell pwd)/bin\nTOOL = $(BIN)/tool\n$(BIN):\n\tmkdir $(BIN)\n$(TOOL): | $(BIN)\n\tfetch $@\nlive: $(TOOL) main.o\n\tterraform apply\nx/bin:\n\tother\nmain.o: $(wildcard *.c)\n\tcc\n";
    check(
        text,
        &["live"],
        "[pwd] [other] [mkdir][?${MAKE_VALUE}/bin] [fetch][?${MAKE_VALUE}/bin/tool] [cc] [terraform][apply]",
    );
    check("$(MADE)\na:\n\tterraform apply\n", &["a"], &not_read("a line of it makes rules while make reads it"));
    check(
        "$(foreach x,$(ALL),$(eval $(x): ; y))\na:\n\tterraform apply\n",
        &["a"],
        &not_read("a target has a name that only the run tells"),
    );
    check("SHELL = /usr/bin/python3\na:\n\tterraform apply\n", &["a"], &not_read("its recipes are not for a shell"));
    check("a:\n\tterraform apply\n", &["b"], &not_read("it has no target `b`"));
    // What make runs itself.
    check("V := $(shell terraform apply)\na:\n\techo $(V)\n", &["a"], "[terraform][apply] [echo][?${MAKE_VALUE}]");
    check("a:\n\techo $(shell one $(shell two))\n", &["a"], "[two] [one][?${MAKE_VALUE}] [echo][?${MAKE_VALUE}]");
    check("V != terraform apply\na:\n\ttrue\n", &["a"], "[terraform][apply] [true]");
    check("a:\n\techo $(shell kubectl apply -f x)\n", &["a"], "[kubectl][apply][-f][x] [echo][?${MAKE_VALUE}]");
    // Files of the tree may decide which of two patterns it is.
    check("%-a:\n\tone $*\nx-%:\n\ttwo $*\n", &["x-a"], "[one][x] [two][a]");
    check(".ONESHELL:\na:\n\tcd infra\n\tterraform apply\n", &["a"], "[cd][infra] [terraform][apply]");
    assert_eq!(ours(&[("other.txt", "x")], &["-e", "deploy"]), Ok(Vec::new()), "there is no Makefile");
    // What the call says that is not followed.
    let apply = "first:\n\ttrue\ndeploy:\n\tterraform apply\n";
    for arguments in [
        ["-e", "deploy"],
        ["-Imk", "deploy"],
        ["--eval=x", "deploy"],
        ["-sfx.mk", "deploy"],
        ["--unheard-of", "deploy"],
    ] {
        check(apply, &arguments, &not_read("its call says more than is followed"));
    }
    check("a:\n\tx\n", &["-f", "Makefile", "-f", "x.mk", "deploy"], &not_read("its call says more than is followed"));
    check(
        "A = plan\ndeploy:\n\t$(eval A := apply)\n\tterraform $(A)\n",
        &["deploy"],
        &not_read("a recipe gives make more to read"),
    );
    check("deploy:\n\techo $(shell terraform apply\n", &["deploy"], &not_read("a bracket of it is not closed"));
    check(
        "-include mk/[a-z].mk\ndeploy:\n\tterraform apply\n",
        &["deploy"],
        &not_read("more is included than is read"),
    );
    // A part that is not known may be what a pattern has in its place.
    check("deploy: $(ENVN)/apply\nprod/%:\n\tterraform $*\n", &["deploy"], "[terraform][?${MAKE_VALUE}]");
    check("deploy: deploy-$(ENVN)\n%-prod:\n\tterraform apply\n", &["deploy"], "[terraform][apply]");
    check(
        "deploy: pre-$(ENVN)\npre-%:\n\techo\npre-prod-%:\n\tterraform apply\n",
        &["deploy"],
        "[echo] [terraform][apply]",
    );
    // Conditions around rules.
    check("deploy:\n\tterraform apply\ndeploy:\nifdef SKIP\n\ttrue\nendif\n", &["deploy"], "[terraform][apply] [true]");
    check("ifndef STAGE\ndeploy:\nelse\nstage:\nendif\n\tterraform apply\n", &["deploy"], "[terraform][apply]");
    check("ifdef X\nfirst:\n\ttrue\nendif\nsecond:\n\tterraform apply\n", &[], "[true] [terraform][apply]");
    check(
        "one:\n\tterraform apply\ntwo:\n\ttrue\n.DEFAULT_GOAL := one\nifdef X\n.DEFAULT_GOAL := two\nendif\n",
        &[],
        "[terraform][apply] [true]",
    );
    // What make runs whatever comes of it.
    for line in [
        "X := $(or $(TAGX),$(shell terraform apply))",
        "$(info $(shell terraform apply))",
        "X := $(shell echo '#'; terraform apply)",
        "deploy: X != terraform apply",
        "ifeq ($(shell terraform apply),x)\nendif",
    ] {
        let found = ours(&[("Makefile", &format!("{line}\ndeploy:\n\ttrue\n"))], &["deploy"]).unwrap();
        assert!(found.iter().any(|command| command == "[terraform][apply]"), "{line}: {found:?}");
    }
    let last = "deploy:\n\t$(warning $(shell terraform apply))\nifeq ($(shell terraform apply),x)\nendif";
    check(last, &["deploy"], "[terraform][apply]");
    check("-include gen.mk\ngen.mk:\n\tterraform apply\ndeploy:\n\ttrue\n", &["deploy"], "[terraform][apply] [true]");
    // A file that calls itself without end.
    check(
        "V = $(V) x\na:\n\tterraform $(V)\n",
        &["a"],
        "[terraform][?${MAKE_VALUE}][x][x][x][x][x][x][x][x][x][x][x][x]",
    );
}

#[cfg(test)]
const NAMES: [&str; 6] = ["A", "B", "C", "LIST", "MODE", "fun"];

/// A value: words, variables, functions.
#[cfg(test)]
fn value(numbers: &mut Numbers, depth: usize) -> String {
    let word = |numbers: &mut Numbers| numbers.one(&["x", "y.c", "lib/z.c", "live", "q-1"]).to_owned();
    if depth == 0 {
        return word(numbers);
    }
    let below = depth - 1;
    match numbers.below(16) {
        0..4 => word(numbers),
        4..7 => format!("$({})", numbers.one(&NAMES)),
        7 => format!("{} {}", value(numbers, below), value(numbers, below)),
        8 => format!("$(addprefix p/,{})", value(numbers, below)),
        9 => format!("$(patsubst %.c,%.o,{})", value(numbers, below)),
        10 => format!("$(if $({}),{},{})", numbers.one(&NAMES), value(numbers, below), value(numbers, below)),
        11 => format!("$(foreach i,{},<$(i)>)", value(numbers, below)).replace(['<', '>'], ""),
        12 => format!("$(call fun,{},{})", value(numbers, below), value(numbers, below)),
        13 => format!("$(LIST:.c={})", numbers.one(&[".o", ".d", ""])),
        14 => format!("$(filter {},{})", numbers.one(&["x", "%.c", "l%"]), value(numbers, below)),
        _ => format!("$({} {})", numbers.one(&["strip", "notdir", "sort", "firstword"]), value(numbers, below)),
    }
}

/// A Makefile that nobody wrote. Every variable is set in it, so that nothing hangs on the environment.
#[cfg(test)]
fn generated(numbers: &mut Numbers) -> String {
    let mut out = "A = a\nB := b\nC = $(A)c\nLIST := x.c y.c z\nMODE ?= test\nfun = f$(1)-$(2)\n".to_owned();
    let targets = ["one", "two", "three", "four"];
    let mut open = 0;
    for _ in 0..4 + numbers.below(8) {
        match numbers.below(12) {
            0..4 => {
                let name = numbers.one(&["A", "B", "C", "LIST"]);
                let sign = numbers.one(&["=", ":=", "+=", "?=", "::="]);
                // A variable that holds itself is refused.
                let text = if sign == ":=" || sign == "::=" {
                    value(numbers, 2)
                } else {
                    numbers.one(&["u", "v w"]).to_owned()
                };
                writeln!(out, "{name} {sign} {text}").unwrap();
            }
            4 => {
                let (one, other) = (value(numbers, 1), value(numbers, 1));
                let form = match numbers.below(3) {
                    0 => format!("ifeq ({one},{other})"),
                    1 => format!("ifneq ($(MODE),{})", numbers.one(&["test", "live"])),
                    _ => format!("{} {}", numbers.one(&["ifdef", "ifndef"]), numbers.one(&NAMES)),
                };
                writeln!(out, "{form}").unwrap();
                open += 1;
            }
            5 if open > 0 => out.push_str(if numbers.below(2) == 0 { "else\n" } else { "else ifeq ($(MODE),live)\n" }),
            6 if open > 0 => {
                out.push_str("endif\n");
                open -= 1;
            }
            7 => writeln!(
                out,
                "{}: {} = {}",
                numbers.one(&targets),
                numbers.one(&["A", "B"]),
                numbers.one(&["own", "$(MODE)"])
            )
            .unwrap(),
            _ => {
                // What is needed stands behind, so that nothing waits for itself.
                let at = numbers.below(targets.len());
                let needs: Vec<&str> = targets[at + 1..].iter().copied().filter(|_| numbers.below(2) == 0).collect();
                let order = if at < 3 && numbers.below(6) == 0 { "| pat-x" } else { "" };
                writeln!(out, "{}: {} {order}", targets[at], needs.join(" ")).unwrap();
                for _ in 0..numbers.below(3) {
                    let prefix = numbers.one(&["", "@", "-", "@-"]);
                    writeln!(out, "\t{prefix}prog {} $@ $^ $(<F)", value(numbers, 3)).unwrap();
                }
            }
        }
    }
    out.push_str(&"endif\n".repeat(open));
    out.push_str("pat-%: four\n\tprog $* $@ $<\nfour:\n\tprog four $(A)\n");
    out.replace(" $(<F)", "")
}

#[test]
fn what_is_generated_is_followed_as_make_does() {
    let (mut count, mut followed) = (0, 0);
    for seed in 0..GENERATED {
        let mut numbers = Numbers(seed);
        let text = generated(&mut numbers);
        let mut arguments = vec![numbers.one(&["one", "two", "three", "pat-q"])];
        if numbers.below(4) == 0 {
            arguments.push(numbers.one(&["MODE=live", "A=told", "LIST=l.c"]));
        }
        let Some(came) = compared(&[("Makefile", &text)], &arguments) else { return };
        count += usize::from(came != Came::Refused);
        followed += usize::from(came == Came::Same);
    }
    println!("{followed} of {count} followed, {GENERATED} made");
    assert!(count > 800 && followed * 10 >= count * 9, "{followed} of {count}");
}

#[test]
fn no_text_takes_the_reader_down() {
    let pieces = [
        "$(",
        ")",
        "$",
        "\\\n",
        "\t",
        ":",
        "=",
        "define x\n",
        "endef\n",
        "ifeq (",
        "else\n",
        "endif\n",
        "%",
        "$(eval ",
        "$(call x,",
        "|",
        ";",
        "#",
        ",",
    ];
    let mut numbers = Numbers(7);
    for seed in 0..600 {
        let mut text = generated(&mut Numbers(seed));
        if seed % 3 == 0 {
            WRITTEN[numbers.below(WRITTEN.len())].0.clone_into(&mut text);
        }
        for _ in 0..1 + numbers.below(6) {
            let at = (0..=numbers.below(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            match numbers.below(3) {
                0 => text.insert_str(at, numbers.one(&pieces)),
                1 => text.truncate(at.max(1)),
                _ => text.insert_str(at, &generated(&mut Numbers(seed + 1))),
            }
        }
        let _ = ours(&[("Makefile", &text.replace("//- ", ""))], &["one"]);
    }
}

#[test]
fn small_texts_do_not_come_to_much() {
    let (a, b) = ("a".repeat(100_000), "b".repeat(100_000));
    let words = "w ".repeat(50_000);
    let names = (0..9_000).map(|n| format!("t{n} ")).collect::<String>();
    for text in [
        format!("X := {a}\nY := {b}\nZ := $(subst a,$(Y),$(X))\ndeploy:\n\tterraform $(Z)\n"),
        format!("W := {words}\nY := {b}\nZ := $(addprefix $(Y),$(W)) $(W:w=$(Y))\ndeploy:\n\tterraform $(Z)\n"),
        format!("{names}: {names}\ndeploy:\n\tterraform apply\n"),
        format!("{names}:\n{}deploy:\n\tterraform apply\n", "\tx\n".repeat(4_000)),
        format!("{}deploy:\n\tterraform apply $(X)\n", format!("X+={}\n", "a".repeat(40)).repeat(95_000)),
    ] {
        let found = ours(&[("Makefile", &text)], &["deploy"]);
        let said = found.as_ref().map_or_else(String::clone, |commands| commands.join(" "));
        assert!(said.len() < 2_000 && said.contains(if found.is_ok() { "terraform" } else { "not read" }), "{said}");
    }
}
