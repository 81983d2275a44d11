//! One job of a pipeline, typed.

use engine_model::{Gap, Place, Value, Why};

use super::command::Command;
use super::cursor::Cursor;
use super::image::Image;
use super::parallel::{self, Instance};
use super::start::{Limit, Start};
use super::trigger::Trigger;
use crate::sourced::{Origin, Sourced};

/// A visible job, after includes, `extends`, references and defaults.
#[derive(Clone, Debug)]
pub struct Job {
    /// GitLab's name of it: one of a matrix has its values behind, `deploy: [eu, production]`.
    pub name: String,
    /// Its name as written.
    pub key: String,
    /// Whether it stands for several jobs that `parallel:` makes and that are not told apart.
    pub several: bool,
    /// Its key, and how it came into the pipeline.
    pub origin: Origin,
    /// The path of the pipeline's own file.
    pub pipeline: String,
    /// `stage:`, or `test`.
    pub stage: Sourced<String>,
    /// Where the stage stands, from zero; `None` where the pipeline does not have it or it is unknown.
    pub stage_position: Option<usize>,
    /// Every way it can start.
    pub starts: Vec<Start>,
    /// `allow_failure:` as written on the job; what holds for each way to start is in `starts`.
    pub allow_failure: Sourced<bool>,
    /// `only:` as written.
    pub only: Option<Limit>,
    /// `except:` as written.
    pub except: Option<Limit>,
    /// `environment:` name and action.
    pub environment: Environment,
    /// `resource_group:`.
    pub resource_group: Sourced<String>,
    /// `needs:`; `None` where it is not written.
    pub needs: Option<Needs>,
    /// `dependencies:`; `None` where it is not written.
    pub dependencies: Option<Vec<Sourced<String>>>,
    /// `artifacts:`.
    pub artifacts: Artifacts,
    /// `cache:`, one or several.
    pub cache: Vec<Cache>,
    /// `image:` or `image:name`.
    pub image: Sourced<String>,
    /// The images of its containers, its own first.
    pub images: Vec<Image>,
    /// Variables in force, the job's own over the pipeline's; any of them can be overridden when a pipeline is started.
    pub variables: Vec<(String, Sourced<String>)>,
    /// `tags:`, which choose the runner.
    pub tags: Vec<Sourced<String>>,
    /// `id_tokens:`.
    pub id_tokens: Vec<IdToken>,
    /// The names under `secrets:` and `id_tokens:`.
    pub credentials: Vec<Sourced<String>>,
    /// `trigger:`.
    pub trigger: Option<Trigger>,
    /// Every command of its scripts, in the order in which they stand.
    pub commands: Vec<Command>,
    /// What of its scripts could not be read.
    pub gaps: Vec<Gap>,
}

/// One of `id_tokens:`.
#[derive(Clone, Debug)]
pub struct IdToken {
    /// The variable that holds it.
    pub name: String,
    /// Where it is written.
    pub origin: Origin,
    /// `aud:`, one or several.
    pub audiences: Vec<Sourced<String>>,
}

/// `environment:`.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Where it is written.
    pub origin: Option<Origin>,
    /// Its name, which may hold variables.
    pub name: Sourced<String>,
    /// `start` where nothing is written.
    pub action: Sourced<String>,
    /// The job that stops it.
    pub on_stop: Sourced<String>,
    /// After how long it is stopped by itself.
    pub auto_stop_in: Sourced<String>,
}

/// `needs:`.
#[derive(Clone, Debug)]
pub struct Needs {
    /// Where it is written.
    pub origin: Origin,
    /// Its entries, in order; none means that the job waits for nothing.
    pub jobs: Vec<Need>,
}

/// One entry of `needs:`.
#[derive(Clone, Debug)]
pub struct Need {
    /// The job; absent for `needs:pipeline`.
    pub job: Sourced<String>,
    /// Whether its artifacts are downloaded.
    pub artifacts: bool,
    /// Whether it comes from another project or pipeline.
    pub foreign: bool,
    /// Whether the job may be missing from the pipeline.
    pub optional: bool,
    /// The name of the job without what its matrix says, where the entry has one.
    pub(super) of: Option<String>,
}

/// `artifacts:`.
#[derive(Clone, Debug, Default)]
pub struct Artifacts {
    /// Where it is written.
    pub origin: Option<Origin>,
    /// `paths:`.
    pub paths: Vec<Sourced<String>>,
    /// `exclude:`.
    pub exclude: Vec<Sourced<String>>,
    /// `untracked:`.
    pub untracked: Sourced<bool>,
    /// `public:`.
    pub public: Sourced<bool>,
    /// `access:`.
    pub access: Sourced<String>,
    /// `expire_in:`.
    pub expire_in: Sourced<String>,
    /// The files under `reports:`, by kind.
    pub reports: Vec<(String, Sourced<String>)>,
}

/// One `cache:`.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// `paths:`.
    pub paths: Vec<Sourced<String>>,
    /// `untracked:`.
    pub untracked: Sourced<bool>,
}

impl Job {
    /// The known value of a variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(known, _)| known == name)?;
        found.1.get().map(String::as_str)
    }

    /// The commands that change production.
    pub fn changes(&self) -> impl Iterator<Item = &Command> {
        self.commands.iter().filter(|command| command.changes_production())
    }

    /// Where the job is written.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.origin.place
    }
}

/// The text of a keyword that is a scalar; a keyword of another shape is unknown, not absent.
pub(super) fn text(job: &Cursor<'_>, name: &str) -> Sourced<String> {
    job.get(name).map_or_else(Sourced::default, |cursor| scalar(&cursor))
}

pub(super) fn scalar(cursor: &Cursor<'_>) -> Sourced<String> {
    let text = cursor.text();
    if text.is_absent() {
        return Sourced {
            value: Value::unknown(Why::NotEvaluated, "a value that is not a scalar"),
            origin: text.origin,
        };
    }
    text
}

/// The texts of a keyword that is a scalar or a list of them.
pub(super) fn texts(job: &Cursor<'_>, name: &str) -> Vec<Sourced<String>> {
    job.get(name).map_or_else(Vec::new, |cursor| cursor.flat().iter().map(scalar).collect())
}

fn boolean(job: &Cursor<'_>, name: &str) -> Sourced<bool> {
    job.get(name).map_or_else(Sourced::default, |cursor| cursor.boolean())
}

pub(super) fn environment(job: &Cursor<'_>) -> Environment {
    let Some(cursor) = job.get("environment") else {
        return Environment::default();
    };
    let origin = Some(cursor.origin());
    let start = || Sourced::implied("start".to_owned());
    if !cursor.is_mapping() {
        return Environment { origin, name: scalar(&cursor), action: start(), ..Environment::default() };
    }
    let action = text(&cursor, "action");
    Environment {
        origin,
        name: text(&cursor, "name"),
        action: if action.is_absent() { start() } else { action },
        on_stop: text(&cursor, "on_stop"),
        auto_stop_in: text(&cursor, "auto_stop_in"),
    }
}

/// `needs:` of a job with these variables of a matrix, and names of variables that the matrix does not have, each with the
/// entry that asks for it.
pub(super) fn needs(job: &Cursor<'_>, matrix: &[(String, Sourced<String>)]) -> (Option<Needs>, Vec<(String, Place)>) {
    let Some(cursor) = job.get("needs") else { return (None, Vec::new()) };
    let need = |item: &Cursor<'_>| {
        if !item.is_mapping() {
            return Need { job: scalar(item), artifacts: true, foreign: false, optional: false, of: None };
        }
        let artifacts = boolean(item, "artifacts").get().copied().unwrap_or(true);
        let foreign = item.get("project").is_some() || item.get("pipeline").is_some();
        let optional = boolean(item, "optional").get() == Some(&true);
        Need { job: text(item, "job"), artifacts, foreign, optional, of: None }
    };
    let mut lacking = Vec::new();
    let mut jobs = Vec::new();
    // GitLab flattens references in `needs`, and a mapping here would be an error that it reports itself.
    for item in cursor.flat() {
        match parallel::needed(&item, need(&item), matrix) {
            Ok(needs) => jobs.extend(needs),
            Err(name) => lacking.push((name, item.place().clone())),
        }
    }
    (Some(Needs { origin: cursor.origin(), jobs }), lacking)
}

pub(super) fn artifacts(job: &Cursor<'_>) -> Artifacts {
    let Some(cursor) = job.get("artifacts") else {
        return Artifacts::default();
    };
    let mut reports = Vec::new();
    for (kind, report, _) in cursor.get("reports").map_or_else(Vec::new, |reports| reports.fields()) {
        let files =
            if report.is_mapping() { texts(&report, "path") } else { report.flat().iter().map(scalar).collect() };
        reports.extend(files.into_iter().map(|file| (kind.to_string(), file)));
    }
    Artifacts {
        origin: Some(cursor.origin()),
        paths: texts(&cursor, "paths"),
        exclude: texts(&cursor, "exclude"),
        untracked: boolean(&cursor, "untracked"),
        public: boolean(&cursor, "public"),
        access: text(&cursor, "access"),
        expire_in: text(&cursor, "expire_in"),
        reports,
    }
}

pub(super) fn caches(job: &Cursor<'_>) -> Vec<Cache> {
    let Some(cursor) = job.get("cache") else {
        return Vec::new();
    };
    let one = |cache: &Cursor<'_>| Cache { paths: texts(cache, "paths"), untracked: boolean(cache, "untracked") };
    cursor.flat().iter().filter(|cache| cache.is_mapping()).map(one).collect()
}

pub(super) fn image(job: &Cursor<'_>) -> Sourced<String> {
    match job.get("image") {
        Some(image) if image.is_mapping() => text(&image, "name"),
        Some(image) => scalar(&image),
        None => Sourced::default(),
    }
}

pub(super) fn dependencies(job: &Cursor<'_>) -> Option<Vec<Sourced<String>>> {
    job.get("dependencies").map(|cursor| cursor.flat().iter().map(scalar).collect())
}

pub(super) fn credentials(job: &Cursor<'_>) -> Vec<Sourced<String>> {
    let names = |keyword: &str| job.get(keyword).map_or_else(Vec::new, |cursor| cursor.fields());
    let all = names("secrets").into_iter().chain(names("id_tokens"));
    all.map(|(name, _, origin)| Sourced::known(name.to_string(), origin)).collect()
}

/// The tokens of `id_tokens:`.
pub(super) fn id_tokens(job: &Cursor<'_>) -> Vec<IdToken> {
    let tokens = job.get("id_tokens").map_or_else(Vec::new, |tokens| tokens.fields());
    let token = |(name, token, origin): (std::sync::Arc<str>, Cursor<'_>, Origin)| IdToken {
        name: name.to_string(),
        origin,
        audiences: texts(&token, "aud"),
    };
    tokens.into_iter().map(token).collect()
}

/// Variables of the pipeline overlaid with the job's own and those of its matrix, in the order in which they stand.
pub(super) fn variables(top: &Cursor<'_>, job: &Cursor<'_>, instance: &Instance) -> Vec<(String, Sourced<String>)> {
    let mut out: Vec<(String, Sourced<String>)> = Vec::new();
    let inherited = inherits(job, "variables");
    let wanted = |(name, _): &(String, _)| inherited.as_ref().is_none_or(|names| names.contains(name));
    let all = own_variables(top).into_iter().filter(wanted).chain(own_variables(job));
    for (name, value) in all.chain(instance.variables.iter().cloned()) {
        match out.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = value,
            None => out.push((name, value)),
        }
    }
    out
}

/// The variables under `variables:` of a job, or of the pipeline at its top level, in order, as Ruby prints their values.
pub(super) fn own_variables(cursor: &Cursor<'_>) -> Vec<(String, Sourced<String>)> {
    let printed = |value: &Cursor<'_>| {
        let text = scalar(value);
        let known = text.get().is_some();
        let Some(printed) = value.printed().filter(|_| known) else { return text };
        Sourced { value: Value::Known(printed), ..text }
    };
    let value = |value: &Cursor<'_>| {
        if !value.is_mapping() {
            return printed(value);
        }
        let raw = value.get("expand").is_some_and(|expand| expand.boolean().get() == Some(&false));
        let text = value.get("value").map_or_else(Sourced::default, |value| printed(&value));
        match text.get() {
            Some(written) if raw && written.contains('$') => {
                Sourced { value: Value::unknown(Why::NotEvaluated, "a value that is not expanded"), ..text }
            }
            _ => text,
        }
    };
    let fields = cursor.get("variables").map_or_else(Vec::new, |variables| variables.fields());
    fields.iter().map(|(name, field, _)| (name.to_string(), value(field))).collect()
}

/// What `inherit:` leaves of the pipeline's defaults or variables: everything (`None`), or these names.
pub(super) fn inherits(job: &Cursor<'_>, what: &str) -> Option<Vec<String>> {
    let setting = job.get("inherit")?.get(what)?;
    if setting.is_sequence() {
        return Some(setting.flat().iter().filter_map(|name| name.text().get().cloned()).collect());
    }
    (setting.boolean().get() == Some(&false)).then(Vec::new)
}
