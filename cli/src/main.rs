//! The binary `engine`: arguments in, a report and an exit code out.
//!
//! What a check is lives in `engine-gate`, what a report looks like in `engine-report`. Here are the environment, the
//! terminal, standard output and the exit codes, and nothing else.

mod args;
mod cache;
mod check;
mod clock;
mod facts;
mod generate;
mod input;
mod pipeline;
mod placed;
mod policy;
mod progress;
mod reach;
mod report;
mod rules;
#[cfg(feature = "serve")]
mod serve;
mod setup;
#[cfg(feature = "serve")]
mod submit;
mod target;
mod terminal;
#[cfg(feature = "vendor")]
mod vendor;
#[cfg(feature = "serve")]
mod worker;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};

/// The allocator of musl gives memory back with every large piece and locks for every small one.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The gate is open.
const PASS: u8 = 0;
/// The gate is closed by a finding.
const FAIL: u8 = 1;
/// The gate is closed because something could not be decided.
const UNDECIDED: u8 = 2;
/// The command line or the configuration is wrong.
const USAGE: u8 = 3;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version go to standard output and are no error; everything else is wrong usage.
            let code = if error.use_stderr() { USAGE } else { PASS };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let done = match &args.command {
        Command::Check(check) => check::run(check, &args.terminal),
        #[cfg(feature = "serve")]
        Command::Serve(serve) => serve::run(serve),
        #[cfg(feature = "serve")]
        Command::Worker(worker) => worker::run(worker),
        #[cfg(feature = "serve")]
        Command::Submit(submit) => submit::run(submit, &args.terminal),
        Command::Pipeline(pipeline) => pipeline::run(pipeline, &args.terminal),
        Command::Facts(facts) => facts::run(facts),
        Command::Reach(reach) => reach::run(reach),
        #[cfg(feature = "vendor")]
        Command::Vendor(vendor) => vendor::run(vendor, &args.terminal),
        Command::Rules(rules) => rules::list(rules, &args.terminal),
        Command::Explain(explain) => rules::explain(explain, &args.terminal),
        Command::Policy(policy) => policy::run(policy),
        Command::Schema(schema) => generate::schema(schema),
        Command::Completions(completions) => generate::completions(completions),
        Command::Man => generate::man(),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            match error.downcast_ref::<setup::WrongConfig>() {
                Some(setup::WrongConfig(errors)) => terminal::refuse(errors, &args.terminal),
                None => terminal::complain(&error, &args.terminal),
            }
            ExitCode::from(USAGE)
        }
    }
}
