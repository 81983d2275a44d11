//! Makefiles: the recipes that a call of make runs, as far as the text says.
//!
//! [`file`](mod@file) reads the files, [`line`](mod@line) by line: rules, patterns of targets, variables, conditions, definitions, what is included. [`expand`]
//! puts variables and functions into a text. A value that only the run tells stays one in what the shell gets; where it
//! decides which targets there are, the call is not followed, and what the file mentions counts.

mod expand;
mod file;
mod line;
mod rule;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine_formats::shell;
use engine_model::{Document, FilePath, Place, Span};

use super::super::command::Section;
use super::super::path::Directory;
use super::super::script;
use super::{Around, Locate, MAX_NESTED, Reader, located};
use crate::sourced::{Hop, How, Origin, join};
use expand::{Scope, Work};
use file::{Included, Line, Makefile, Need, Target};
use told::Told;

/// How many targets one call runs, and how deep they need each other.
const MAX_TARGETS: usize = 2_000;
const MAX_DEPTH: usize = 100;

/// How many names of targets are held against each other.
const MAX_COMPARED: usize = 200_000;

/// What make takes for itself at the beginning of a line.
const PREFIXES: [char; 5] = ['\t', ' ', '@', '-', '+'];

/// A line of a recipe as the shell gets it.
#[derive(Debug, PartialEq, Eq)]
struct Recipe {
    line: Line,
    text: String,
    /// Whether make goes on where it fails.
    forgiven: bool,
}

/// A call of make that is not followed.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Why not, where there is more to say.
    pub(super) why: Option<String>,
    /// Whether that counts whatever its file mentions.
    pub(super) surely: bool,
}

/// The recipes of a call, in their order.
struct Run<'m> {
    file: &'m Makefile,
    told: &'m Told,
    environment: &'m dyn Fn(&str) -> Option<String>,
    work: Work,
    seen: BTreeSet<String>,
    /// The names of targets of which only a part is known, and how many names were held against each other.
    partial: Vec<&'m String>,
    compared: usize,
    /// What make runs itself.
    own: BTreeSet<String>,
    out: Vec<Recipe>,
    /// Why they are not all of them, where they are not.
    open: Option<String>,
}

impl<'m> Run<'m> {
    fn new(file: &'m Makefile, told: &'m Told, environment: &'m dyn Fn(&str) -> Option<String>) -> Self {
        let (work, open) = (Work::default(), file.open.clone());
        Self {
            file,
            told,
            environment,
            work,
            seen: BTreeSet::new(),
            partial: file.targets.keys().filter(|name| !expand::is_known(name)).collect(),
            compared: 0,
            own: BTreeSet::new(),
            out: Vec::new(),
            open,
        }
    }

    /// Runs the goals of the call, or the first target.
    fn goals(&mut self) {
        for (text, line) in &self.file.runs {
            self.ran(text.clone(), line);
        }
        // Make makes anew what it includes, where there is a rule for that.
        for included in &self.file.included {
            if self.file.targets.get(included).is_some_and(|target| !target.lines.is_empty()) {
                self.follow(included, &[], 0);
            }
        }
        let goals: Vec<String> = match self.told.goals.is_empty() {
            true => self.file.first.iter().flat_map(|first| first.split_whitespace()).map(line::plain_name).collect(),
            false => self.told.goals.iter().map(|goal| line::plain_name(goal)).collect(),
        };
        if goals.is_empty() {
            self.open.get_or_insert_with(|| "it has no target".to_owned());
        }
        for goal in goals {
            if !self.follow(&goal, &[], 0) {
                self.open.get_or_insert_with(|| format!("it has no target `{goal}`"));
            }
        }
    }

    /// The variables that the environment of a recipe has by make: `None` for a value that is not known.
    fn handed(&self) -> Vec<(String, Option<String>)> {
        let all = self.file.variables.keys().map(String::as_str);
        let told = self.told.variables.iter().map(|(name, _)| name.as_str());
        let around = self.told.environment.iter().map(|(name, _)| name.as_str());
        let handed = |name: &&str| {
            let told = self.told.variables.iter().chain(&self.told.environment).any(|(known, _)| known == name);
            told || self.file.exports_all || self.file.exported.contains(*name) || (self.environment)(name).is_some()
        };
        let scope = Scope::new(self.file, &self.told.variables, self.environment, &self.work);
        let value = |name: &str| {
            let value = scope.expanded(&format!("$({name})"));
            (name.to_owned(), Some(value).filter(|value| expand::is_known(value)))
        };
        all.chain(told).chain(around).filter(handed).map(value).collect()
    }

    /// Adds what make runs itself, once: a variable runs it each time that it is asked for.
    fn ran(&mut self, text: String, line: &Line) {
        if self.own.insert(text.clone()) {
            self.out.push(Recipe { line: line.clone(), text, forgiven: true });
        }
    }

    /// What a target needs, and then its recipe; whether there is such a target.
    fn follow(&mut self, name: &str, around: &[(String, String)], depth: usize) -> bool {
        if self.seen.contains(name) {
            return true;
        }
        if !line::says_something(name) {
            self.open.get_or_insert_with(|| "what a target needs is something that only the run tells".to_owned());
            return true;
        }
        // Where a part of a name only the run tells, it may be another one's.
        let file = self.file;
        let open = !expand::is_known(name);
        let others: Vec<&String> = if open { file.targets.keys().collect() } else { self.partial.clone() };
        self.compared = self.compared.saturating_add(others.len());
        if self.compared > MAX_COMPARED {
            self.open.get_or_insert_with(|| "its targets need more than is followed".to_owned());
            return true;
        }
        let mut alike: Vec<&String> = others.into_iter().filter(|known| line::may_be_one(known, name)).collect();
        alike.retain(|known| *known != name);
        alike.sort();
        let own = file.targets.get(name);
        let patterns: Vec<(&str, &Target)> = match own {
            Some(own) if !own.lines.is_empty() => Vec::new(),
            _ if open => Vec::new(),
            _ => {
                let all = self.file.patterns.iter().filter(|(_, target)| !target.lines.is_empty());
                all.filter(|(pattern, _)| line::stem(pattern, name).is_some())
                    .map(|(pattern, target)| (pattern.as_str(), target))
                    .collect()
            }
        };
        // The `%` of a pattern is something that is not known either.
        let perhaps = file.patterns.iter().filter(|(pattern, target)| {
            open && !target.lines.is_empty() && line::may_be_one(&pattern.replacen('%', expand::UNKNOWN, 1), name)
        });
        let perhaps: Vec<&(String, Target)> = perhaps.collect();
        if own.is_none() && patterns.is_empty() && alike.is_empty() && perhaps.is_empty() {
            return open;
        }
        if depth >= MAX_DEPTH || self.seen.len() >= MAX_TARGETS {
            self.open.get_or_insert_with(|| "its targets need more than is followed".to_owned());
            return true;
        }
        self.seen.insert(name.to_owned());
        for other in alike {
            self.follow(other, around, depth.saturating_add(1));
        }
        for (_, target) in perhaps {
            let unknown =
                |need: &Need| Need { name: need.name.replacen('%', expand::UNKNOWN, 1).into(), ..need.clone() };
            let needs: Vec<Need> = target.needs.iter().map(unknown).collect();
            for need in needs.iter().filter(|need| line::says_something(&need.name)) {
                self.follow(&need.name, around, depth.saturating_add(1));
            }
            self.recipe(name, Some(expand::UNKNOWN.to_owned()), &needs, &target.lines, around);
        }
        let mut variables = around.to_vec();
        let of_patterns = file.of_patterns.iter().filter(|(pattern, ..)| line::stem(pattern, name).is_some());
        variables.extend(of_patterns.map(|(_, name, value)| (name.clone(), value.clone())));
        variables.extend(own.iter().flat_map(|own| own.variables.iter().cloned()));
        let mut needs: Vec<Need> = own.map_or_else(Vec::new, |own| own.needs.clone());
        if let [(pattern, target)] = patterns.as_slice() {
            // A pattern's needs come before what the target itself says.
            needs.splice(0..0, target.filled(pattern, name));
        }
        for need in &needs {
            self.follow(&need.name, &variables, depth.saturating_add(1));
        }
        match (own, patterns.as_slice()) {
            (Some(own), []) => self.recipe(name, own.stem.clone(), &needs, &own.lines, &variables),
            (_, [(pattern, target)]) => {
                self.recipe(name, line::stem(pattern, name), &needs, &target.lines, &variables);
            }
            // Which of several patterns it is depends on the files that there are: any of them, then.
            (_, patterns) => {
                for (pattern, target) in patterns {
                    let needs = target.filled(pattern, name);
                    for need in &needs {
                        self.follow(&need.name, &variables, depth.saturating_add(1));
                    }
                    self.recipe(name, line::stem(pattern, name), &needs, &target.lines, &variables);
                }
            }
        }
        true
    }

    fn recipe(
        &mut self,
        name: &str,
        stem: Option<String>,
        needs: &[Need],
        lines: &[Line],
        variables: &[(String, String)],
    ) {
        let names: Vec<&str> = needs.iter().filter(|need| !need.order).map(|need| &*need.name).collect();
        let mut once: Vec<&str> = Vec::new();
        for name in &names {
            if !once.contains(name) {
                once.push(name);
            }
        }
        let mut local = vec![
            ("@".to_owned(), name.to_owned()),
            ("<".to_owned(), once.first().copied().unwrap_or_default().to_owned()),
            ("+".to_owned(), names.join(" ")),
            ("^".to_owned(), once.join(" ")),
        ];
        local.extend(stem.map(|stem| ("*".to_owned(), stem)));
        let scope = Scope::new(self.file, &self.told.variables, self.environment, &self.work);
        let scope = scope.of_target(local, variables.to_vec());
        let each = lines.iter().filter_map(|line| {
            let text = scope.expanded(self.file.text(line)?);
            Some((line, text, self.work.take_runs()))
        });
        let each: Vec<(&Line, String, Vec<String>)> = each.collect();
        if !self.work.take_evals().is_empty() {
            self.open.get_or_insert_with(|| "a recipe gives make more to read".to_owned());
        }
        if self.work.is_cut() {
            self.open.get_or_insert_with(|| "a bracket of it is not closed".to_owned());
        }
        let mut whole: Option<Recipe> = None;
        for (line, text, runs) in each {
            for run in runs {
                self.ran(run, line);
            }
            for part in separate(&text) {
                let body = part.trim_start_matches(PREFIXES);
                if body.is_empty() {
                    continue;
                }
                let before = part.get(..part.len().saturating_sub(body.len())).unwrap_or("");
                let recipe = Recipe { line: line.clone(), text: body.to_owned(), forgiven: before.contains('-') };
                match &mut whole {
                    _ if !self.file.one_shell => self.out.push(recipe),
                    Some(whole) => {
                        whole.text.push('\n');
                        whole.text.push_str(&recipe.text);
                    }
                    None => whole = Some(recipe),
                }
            }
        }
        self.out.extend(whole);
    }
}

/// The lines of an expanded line, those that a backslash joins as one.
fn separate(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut joined = false;
    for line in text.trim_end().split('\n') {
        match out.last_mut().filter(|_| joined) {
            Some(last) => {
                last.push('\n');
                last.push_str(line);
            }
            None => out.push(line.to_owned()),
        }
        let line = line.trim_end_matches('\r');
        joined = line.len().saturating_sub(line.trim_end_matches('\\').len()) % 2 == 1;
    }
    out
}

impl Target {
    /// What a target of a pattern needs.
    fn filled(&self, pattern: &str, name: &str) -> Vec<Need> {
        let filled = |need: &Need| Need { name: line::with_stem(&need.name, pattern, name).into(), ..need.clone() };
        self.needs.iter().map(filled).collect()
    }
}

impl Makefile {
    /// A line as it is written, without the tab before it.
    fn text<'t>(&'t self, line: &'t Line) -> Option<&'t str> {
        let source = self.sources.get(line.source)?;
        let (_, text) = script::text(&source.document)?;
        let text = match &line.text {
            Some(made) => made,
            None => text.get(line.span.range())?,
        };
        Some(text.strip_prefix('\t').unwrap_or(text))
    }

    /// Where a line stands, without what make takes for itself.
    fn place(&self, line: &Line) -> Option<Place> {
        let source = self.sources.get(line.source)?;
        let (_, text) = script::text(&source.document)?;
        let written = text.get(line.span.range())?;
        let skipped = written.len().saturating_sub(written.trim_start_matches(PREFIXES).len());
        let start = line.span.start.saturating_add(u32::try_from(skipped).unwrap_or(0)).min(line.span.end);
        Some(Place::new(&source.document, source.root).part(Span::new(start, line.span.end)))
    }
}

impl Reader<'_> {
    /// Reads the recipes of those targets of a file that are wanted, whatever else it has, each by itself.
    pub(in super::super) fn targets(&mut self, document: &Arc<Document>, wanted: &dyn Fn(&str) -> bool) {
        let (told, nothing) = (Told::default(), |_: &str| None);
        let around = file::Around { told: &[], environment: &nothing, included: &|_| Included::None };
        let file = file::read(document, &around);
        let mut run = Run::new(&file, &told, &nothing);
        let all = file.targets.iter();
        let all = all.chain(file.patterns.iter().map(|(name, target)| (name, target)));
        let named: BTreeMap<&String, &Target> = all.filter(|(name, _)| wanted(name)).collect();
        for (name, target) in named {
            run.recipe(name, None, &target.needs, &target.lines, &target.variables);
        }
        let mut recipes = run.out;
        recipes.sort_by_key(|recipe| (recipe.line.span.start, recipe.line.span.end));
        recipes.dedup();
        for recipe in recipes {
            let Some(place) = file.place(&recipe.line) else { continue };
            let origin = Origin::written(place);
            self.begin();
            self.script(&recipe.text, &|_| Some((Section::Script, origin.clone())), Around::job(), 0);
        }
    }

    /// Whether the environment tells make something of its own.
    fn is_told(&self) -> bool {
        ["MAKEFILES", "MAKEFLAGS", "GNUMAKEFLAGS"].iter().any(|name| self.is_set(name))
    }

    /// Reads the recipes that a call of make runs; why not, where the files are not followed.
    pub(super) fn make(
        &mut self,
        path: &FilePath,
        parsed: &shell::Command,
        directory: &Directory,
        locate: Locate<'_>,
        around: Around,
        depth: usize,
    ) -> Result<(), Unread> {
        let (section, origin) = locate(parsed.span).ok_or_else(Unread::default)?;
        let lookup = |name: &str| self.lookup(name);
        let mut told = Told::read(parsed, &lookup).ok_or_else(Unread::default)?;
        // What the call that this one stands in was told, it is told too.
        told.variables.extend(self.make_told.iter().cloned());
        // Where there are others, they may be what counts.
        let is_makefile =
            |path: &FilePath| script::MAKEFILES.contains(&path.file_name()) || path.as_str().ends_with(".mk");
        let surely = (told.more || self.is_told()) && self.shared.library.paths().iter().any(is_makefile);
        if self.is_told() {
            return Err(Unread { why: Some("the environment tells make more".to_owned()), surely });
        }
        if told.more {
            return Err(Unread { why: Some("its call says more than is followed".to_owned()), surely });
        }
        let told = told;
        let library = self.shared.library;
        let path = &script::makefile(library, path);
        let document = library.script(path).ok_or_else(Unread::default)?;
        let folder = path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = match (told.moved, Directory::project().join(folder)) {
            (true, Some(folder)) => Directory::project().join(&folder).map_or_else(Directory::unknown, Directory::at),
            _ => directory.clone(),
        };
        let included = |word: &str| -> Included {
            let Some(path) = inside.join(word).and_then(|path| FilePath::new(&path)) else { return Included::None };
            if word.contains('[') {
                return Included::TooMuch;
            }
            let paths = match word.contains(['*', '?']) {
                true => library.paths().into_iter().filter(|known| line::is_named(path.as_str(), known)).collect(),
                false => vec![path],
            };
            let found: Vec<_> = paths.iter().filter_map(|path| library.script(path)).collect();
            // Recipes may call make again, and again.
            let taken = |document: &Arc<Document>| {
                script::text(document).is_some_and(|(_, text)| self.shared.budget.take(text.len()))
            };
            match found.iter().all(taken) {
                _ if found.is_empty() => Included::None,
                true => Included::Files(found),
                false => Included::TooMuch,
            }
        };
        script::text(&document).filter(|(_, text)| self.shared.budget.take(text.len())).ok_or_else(Unread::default)?;
        let environment = |name: &str| match told.environment.iter().rev().find(|(known, _)| known == name) {
            Some((_, value)) => Some(value.clone()),
            // What was set to something that nobody knows is set.
            None => self.lookup(name).or_else(|| self.is_set(name).then(|| expand::UNKNOWN.to_owned())),
        };
        let file = file::read(
            &document,
            &file::Around { told: &told.variables, environment: &environment, included: &included },
        );
        let mut run = Run::new(&file, &told, &environment);
        run.goals();
        let handed = run.handed();
        let spent = run.work.is_spent();
        let Run { out: recipes, seen: targets, open, .. } = run;
        if open.is_some() || spent {
            return Err(Unread { why: open.or_else(|| Some(file::SPENT.to_owned())), surely: false });
        }
        for source in &file.sources {
            self.shared.reached.makefile(source.document.file().path().clone(), Some(targets.clone()));
        }
        if depth >= MAX_NESTED {
            self.not_evaluated(
                format!("`{path}` is called by too many scripts in a row"),
                located(locate, parsed.span),
            );
            return Ok(());
        }
        let hop = Arc::new(Hop { how: How::Script, place: origin.place.clone(), next: None });
        let via = join(origin.via.as_ref(), Some(&hop));
        let told_before = std::mem::replace(&mut self.make_told, told.variables);
        let assigned_before = self.assigned.clone();
        self.assigned.extend(handed);
        for recipe in recipes {
            let Some(place) = file.place(&recipe.line) else { continue };
            let at = |_: Span| Some((section, Origin { place: place.clone(), via: via.clone() }));
            // Each line has a shell of its own.
            let kept = (std::mem::replace(&mut self.directory, inside.clone()), self.assigned.clone());
            let mut around = around.shell(&["-e".to_owned()]);
            around.forgiven |= recipe.forgiven;
            self.script(&recipe.text, &at, around, depth.saturating_add(1));
            (self.directory, self.assigned) = kept;
        }
        (self.make_told, self.assigned) = (told_before, assigned_before);
        Ok(())
    }
}
