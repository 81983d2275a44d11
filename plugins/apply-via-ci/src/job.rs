//! What the rules read of a job. One shape for all of them, so that each job is parsed once.

use engine_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.job")]
pub(crate) struct Job {
    pub(crate) name: String,
    /// The path of the pipeline's own file.
    pub(crate) pipeline: String,
    /// Whether every file of the pipeline was there to be read.
    pub(crate) complete: bool,
    pub(crate) stage: Known<String>,
    pub(crate) stage_position: Option<usize>,
    pub(crate) starts: Vec<Start>,
    /// As written on the job.
    pub(crate) allow_failure: Known<bool>,
    pub(crate) environment: Option<Environment>,
    pub(crate) resource_group: Known<String>,
    pub(crate) needs: Option<Vec<Need>>,
    pub(crate) artifacts: Artifacts,
    pub(crate) images: Vec<Image>,
    pub(crate) trigger: Option<Trigger>,
    pub(crate) variables: Vec<Variable>,
    /// The names under `secrets:` and `id_tokens:`.
    pub(crate) credentials: Vec<String>,
    pub(crate) logins: Vec<Login>,
    pub(crate) commands: Vec<Command>,
}

/// A command that logs in at Vault.
#[derive(Deserialize, Facts)]
pub(crate) struct Login {
    pub(crate) mount: Known<String>,
    /// The role's name, or its id.
    pub(crate) role: Known<String>,
}

/// One way in which the job can start.
#[derive(Deserialize, Facts)]
pub(crate) struct Start {
    pub(crate) when: Known<String>,
    pub(crate) allow_failure: Known<bool>,
    pub(crate) held: Option<Held>,
    pub(crate) refs: Vec<Ref>,
}

/// What can take it.
#[derive(Deserialize, Facts)]
pub(crate) struct Ref {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) matches: String,
    pub(crate) name: Option<String>,
    pub(crate) reached: Known<bool>,
    pub(crate) witness: Option<Witness>,
}

/// A concrete pipeline.
#[derive(Deserialize, Facts)]
pub(crate) struct Witness {
    /// For people, behind a colon.
    pub(crate) text: String,
}

/// Jobs before it that somebody starts by hand.
#[derive(Deserialize, Facts)]
pub(crate) struct Held {
    pub(crate) by: Vec<String>,
    /// Whether one of them is in the way in every pipeline.
    pub(crate) always: Known<bool>,
    /// A pipeline in which none is, for people.
    pub(crate) unless: Option<String>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Environment {
    #[serde(rename = "name")]
    pub(crate) _name: Known<String>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Need {
    pub(crate) job: Known<String>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Artifacts {
    pub(crate) paths: Vec<Known<String>>,
    pub(crate) public: Known<bool>,
    pub(crate) access: Known<String>,
}

/// The image of one of the job's containers.
#[derive(Deserialize, Facts)]
pub(crate) struct Image {
    pub(crate) repository: Known<String>,
    pub(crate) tag: Known<String>,
    pub(crate) digest: Known<String>,
    pub(crate) service: bool,
}

/// A pipeline that the job starts.
#[derive(Deserialize, Facts)]
pub(crate) struct Trigger {
    pub(crate) strategy: Known<String>,
    /// The child pipeline, as its jobs have it in `pipeline`.
    pub(crate) pipeline: Option<String>,
}

/// A variable in force.
#[derive(Deserialize, Facts)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: Known<String>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Command {
    pub(crate) section: String,
    pub(crate) program: Option<String>,
    pub(crate) words: Vec<Known<String>>,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) writes: Vec<Write>,
    pub(crate) removes: Vec<Known<String>>,
    pub(crate) variables: Vec<String>,
    pub(crate) pipeline: u32,
    /// Whether nobody sees that it fails.
    pub(crate) forgiven: bool,
    /// Whether the job's log shows what it prints.
    pub(crate) logged: bool,
    /// Whether the shell writes it to the log, values put in.
    pub(crate) traced: bool,
    /// Whether it calls a function of the script.
    pub(crate) function: bool,
    pub(crate) expansions: Vec<Expansion>,
    pub(crate) invocation: Option<Invocation>,
}

/// `NAME=value`.
#[derive(Deserialize, Facts)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) value: Known<String>,
}

/// A variable whose value stands in a word.
#[derive(Deserialize, Facts)]
pub(crate) struct Expansion {
    pub(crate) variable: String,
    pub(crate) word: usize,
    /// The literal text in front of it in that word.
    pub(crate) before: String,
}

/// A file that a command writes, and what keeps it after the job.
#[derive(Deserialize, Facts)]
pub(crate) struct Write {
    pub(crate) path: Known<String>,
    pub(crate) kept: Vec<Keeper>,
}

/// An artifact, cache or report that keeps a file.
#[derive(Deserialize, Facts)]
pub(crate) struct Keeper {
    pub(crate) by: String,
}

/// A call of a program that the engine knows to change production.
#[derive(Deserialize, Facts)]
pub(crate) struct Invocation {
    pub(crate) tool: String,
    pub(crate) action: Known<String>,
    /// `yes`, `no` or `maybe`.
    pub(crate) changes: String,
    pub(crate) flags: Vec<Flag>,
    pub(crate) unattended: bool,
    /// `in-job`, `elsewhere` or `afterwards`.
    pub(crate) runs: String,
    pub(crate) plan: Option<Plan>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Flag {
    pub(crate) name: String,
}

/// The saved plan that a call makes or applies.
#[derive(Deserialize, Facts)]
pub(crate) struct Plan {
    pub(crate) file: Known<String>,
    pub(crate) kept: Vec<Keeper>,
    pub(crate) sources: Vec<Source>,
}

/// A job that makes the plan.
#[derive(Deserialize, Facts)]
pub(crate) struct Source {
    pub(crate) job: String,
    pub(crate) made: bool,
    pub(crate) same_job: bool,
    pub(crate) kept: bool,
    pub(crate) received: bool,
}

impl Job {
    /// The commands with what they call, where that is one of the engine's table.
    pub(crate) fn invocations(&self) -> impl Iterator<Item = (usize, &Invocation)> {
        let commands = self.commands.iter().enumerate();
        commands.filter_map(|(index, command)| Some((index, command.invocation.as_ref()?)))
    }

    /// The commands that change production, or may.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (usize, &Invocation)> {
        self.invocations().filter(|(_, invocation)| invocation.changes != "no")
    }

    /// Whether any command certainly changes production.
    pub(crate) fn changes_production(&self) -> bool {
        self.invocations().any(|(_, invocation)| invocation.changes == "yes")
    }
}

impl Command {
    /// The words after the program that are known.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).filter_map(|word| word.known().map(String::as_str))
    }

    /// Whether the program is one of these.
    pub(crate) fn runs(&self, programs: &[&str]) -> bool {
        self.program.as_deref().is_some_and(|program| programs.contains(&program))
    }
}

impl Invocation {
    /// `terraform apply`.
    pub(crate) fn title(&self) -> String {
        match self.action.known() {
            Some(action) if self.tool == "deployer" || self.tool == *action => action.clone(),
            Some(action) if self.tool != "unknown" => format!("{} {action}", self.tool),
            Some(action) => format!("… {action}"),
            None if self.tool != "unknown" => format!("{} …", self.tool),
            None => "a program".to_owned(),
        }
    }

    /// Whether it is Terraform itself or reads its options as Terraform does.
    pub(crate) fn is_terraform(&self) -> bool {
        matches!(self.tool.as_str(), "terraform" | "tofu" | "terragrunt" | "gitlab-terraform")
    }

    /// Whether what it does can be planned, and the plan reviewed; so too where nobody knows what it is.
    pub(crate) fn is_planned(&self) -> bool {
        self.is_terraform() || matches!(self.tool.as_str(), "pulumi" | "unknown")
    }

    pub(crate) fn does(&self, actions: &[&str]) -> bool {
        self.action.known().is_some_and(|action| actions.contains(&action.as_str()))
    }

    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known.name == flag)
    }
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
