//! What the binary writes of itself: schemas, completions, the manual page. All from the definitions that it works with.

use anyhow::{Result, bail};
use clap::CommandFactory as _;

use crate::args::{Args, Completions, Schema};
use crate::{PASS, terminal};

/// The name that people call it by.
const NAME: &str = "engine";

/// Prints a JSON Schema.
pub(crate) fn schema(schema: &Schema) -> Result<u8> {
    let own = [("config", engine_config::SCHEMA), ("report", engine_report::SCHEMA)];
    let all: Vec<(&str, &str)> = own.into_iter().chain(engine_gate::fact_schemas()).collect();
    let Some((_, text)) = all.iter().find(|(name, _)| *name == schema.name) else {
        let names: Vec<String> = all.iter().map(|(name, _)| format!("`{name}`")).collect();
        bail!("there is no schema `{}`; there are {}", schema.name, names.join(", "));
    };
    terminal::print(text)?;
    Ok(PASS)
}

/// Prints the completions for a shell.
pub(crate) fn completions(completions: &Completions) -> Result<u8> {
    let mut out = Vec::new();
    clap_complete::generate(completions.shell, &mut Args::command(), NAME, &mut out);
    terminal::print(&String::from_utf8(out)?)?;
    Ok(PASS)
}

/// Prints the manual page: the program, then each command in full.
pub(crate) fn man() -> Result<u8> {
    let mut command = Args::command();
    command.build();
    let mut out = Vec::new();
    let page = clap_mangen::Man::new(command.clone());
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    page.render_options_section(&mut out)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let page = clap_mangen::Man::new(sub.clone());
        out.extend_from_slice(format!(".SH \"COMMAND {}\"\n", sub.get_name().to_uppercase()).as_bytes());
        let mut body = Vec::new();
        page.render_synopsis_section(&mut body)?;
        page.render_description_section(&mut body)?;
        page.render_options_section(&mut body)?;
        // Sections of a command are one level below it.
        out.extend_from_slice(String::from_utf8(body)?.replace(".SH ", ".SS ").as_bytes());
    }
    page.render_extra_section(&mut out)?;
    page.render_version_section(&mut out)?;
    terminal::print(&String::from_utf8(out)?)?;
    Ok(PASS)
}
