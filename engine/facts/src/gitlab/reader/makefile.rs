//! Makefiles: the recipes that a call of make runs, as far as the text says.
//!
//! Targets, what they need, and plain variables are read. A file with conditionals, includes, definitions or targets by
//! pattern, and a goal that is not in it, are not followed: what such a file mentions counts then.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use engine_formats::shell;
use engine_model::{Document, FilePath, NodeId, Place, Span};

use super::super::command::Section;
use super::super::path::Directory;
use super::super::{invocation, script};
use super::{Around, Locate, MAX_NESTED, Reader, located};
use crate::sourced::{Hop, How, Origin, join};

/// Words at the beginning of a line that make a file more than rules.
const UNREAD: [&str; 12] = [
    "include", "-include", "sinclude", "define", "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif", "override",
    "$(eval",
];

/// A line of a recipe.
#[derive(Debug, PartialEq, Eq)]
struct Recipe {
    /// Where it stands.
    span: Span,
    /// What the shell gets.
    text: String,
    /// Whether make goes on where it fails.
    forgiven: bool,
}

/// A target: what it needs, and where the lines of its recipe are.
#[derive(Debug, Default)]
struct Target {
    needs: Vec<String>,
    lines: Vec<Span>,
}

#[derive(Debug, Default)]
struct Makefile {
    targets: HashMap<String, Target>,
    /// The target of a call that names none.
    first: Option<String>,
    variables: HashMap<String, String>,
    /// Those that hold where the environment has none of the name.
    usual: HashMap<String, String>,
    /// Whether there is more in the file: conditionals, includes, definitions, targets by pattern.
    more: bool,
}

/// What a call of make is told.
#[derive(Debug, Default)]
struct Told {
    goals: Vec<String>,
    variables: Vec<(String, String)>,
    /// What the environment has of the variables that somebody asks for.
    around: HashMap<String, String>,
    /// Whether it is told to go to another directory first.
    moved: bool,
}

impl Told {
    /// `None` where a word is not known.
    fn read(parsed: &shell::Command, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let mut told = Self::default();
        let mut words =
            parsed.words.iter().skip_while(|word| !matches!(word.literal().as_deref(), Some("make" | "gmake")));
        words.next()?;
        while let Some(word) = words.next() {
            let text = word.text_with(lookup)?;
            match text.as_str() {
                "-C" | "--directory" => {
                    told.moved = true;
                    words.next();
                }
                "-f" | "--file" | "--makefile" | "-j" | "-I" | "-o" | "-W" => _ = words.next(),
                text if text.starts_with("-C") || text.starts_with("--directory=") => told.moved = true,
                text if text.starts_with('-') => {}
                text => match text.split_once('=') {
                    Some((name, value)) => told.variables.push((name.to_owned(), value.to_owned())),
                    None => told.goals.push(text.to_owned()),
                },
            }
        }
        Some(told)
    }
}

impl Makefile {
    /// Reads a file; `None` where it is more than rules and plain variables.
    fn read(text: &str) -> Option<Self> {
        let file = Self::all(text);
        (!file.more).then_some(file)
    }

    /// What a file has of rules and plain variables.
    fn all(text: &str) -> Self {
        let mut out = Self::default();
        let mut open: Vec<String> = Vec::new();
        let mut at = 0_usize;
        while at < text.len() {
            let (line, end) = joined(text, at);
            let start = std::mem::replace(&mut at, end);
            // What make itself runs is not followed.
            let runs = ["$(shell", "${shell", "!="].iter().any(|word| line.contains(word));
            out.more |= runs && invocation::PROGRAMS.iter().any(|name| line.contains(name));
            if line.starts_with('\t') {
                let span = Span::from_range(start..start.saturating_add(line.trim_end().len()));
                for name in &open {
                    out.targets.entry(name.clone()).or_default().lines.push(span);
                }
                continue;
            }
            let line = line.split('#').next().unwrap_or("").trim();
            if line.is_empty() {
                continue;
            }
            if UNREAD.iter().any(|word| line.split_whitespace().next() == Some(word) || line.starts_with("$(eval")) {
                out.more = true;
                continue;
            }
            let assigned =
                line.find('=').filter(|at| line.find(':').is_none_or(|colon| colon.saturating_add(1) >= *at));
            if let Some(at) = assigned {
                let (name, value) = line.split_at_checked(at).unwrap_or((line, ""));
                let kind = name.trim_end().chars().next_back();
                let name = name.trim_end_matches([':', '?', '+', '!']).trim().trim_start_matches("export ").trim();
                let value = value.trim_start_matches('=').trim().to_owned();
                match kind {
                    Some('+') => {
                        let known = out.variables.entry(name.to_owned()).or_default();
                        known.push(' ');
                        known.push_str(&value);
                    }
                    Some('?') => _ = out.usual.entry(name.to_owned()).or_insert(value),
                    _ => _ = out.variables.insert(name.to_owned(), value),
                }
                // Another shell reads recipes in another way.
                out.more |= name == "SHELL" || name == ".SHELLFLAGS";
                continue;
            }
            let Some((names, needs)) = line.split_once(':') else {
                let known = ["export", "unexport", "vpath"].iter().any(|word| line.starts_with(word));
                out.more |= !known;
                continue;
            };
            let needs = needs.trim_start_matches(':');
            let (needs, inline) = needs.split_once(';').unwrap_or((needs, ""));
            out.more |= names.trim() == ".ONESHELL"
                || names.contains(['%', '$'])
                || needs.contains(['%', '$', '='])
                || !inline.is_empty();
            open = names.split_whitespace().map(str::to_owned).collect();
            let needs: Vec<String> = needs.replace('|', " ").split_whitespace().map(str::to_owned).collect();
            for name in &open {
                out.targets.entry(name.clone()).or_default().needs.extend(needs.iter().cloned());
                if out.first.is_none() && !name.starts_with('.') {
                    out.first = Some(name.clone());
                }
            }
        }
        out
    }

    /// The recipes of goals and of what they need, what is needed first, and the names of all these targets; `None`
    /// where a goal is not in the file.
    fn recipes(&self, text: &str, told: &Told) -> Option<(Vec<Recipe>, BTreeSet<String>)> {
        let goals = if told.goals.is_empty() { vec![self.first.clone()?] } else { told.goals.clone() };
        let mut out = Vec::new();
        let mut seen = BTreeSet::new();
        for goal in &goals {
            self.targets.get(goal)?;
            self.follow(goal, text, told, &mut seen, &mut out, 0);
        }
        Some((out, seen))
    }

    fn follow(
        &self,
        name: &str,
        text: &str,
        told: &Told,
        seen: &mut BTreeSet<String>,
        out: &mut Vec<Recipe>,
        depth: usize,
    ) {
        const DEEP: usize = 100;
        let Some(target) = self.targets.get(name).filter(|_| depth < DEEP && seen.insert(name.to_owned())) else {
            return;
        };
        for need in &target.needs {
            self.follow(need, text, told, seen, out, depth.saturating_add(1));
        }
        out.extend(target.lines.iter().map(|span| self.recipe(*span, text, told)));
    }

    fn recipe(&self, span: Span, text: &str, told: &Told) -> Recipe {
        let line = text.get(span.range()).unwrap_or("");
        let body = line.trim_start_matches(['\t', ' ', '@', '-', '+']);
        let forgiven = line.get(..line.len().saturating_sub(body.len())).unwrap_or("").contains('-');
        let skipped = u32::try_from(line.len().saturating_sub(body.len())).unwrap_or(0);
        let span = Span::new(span.start.saturating_add(skipped), span.end);
        Recipe { span, text: self.expanded(body, told, 0), forgiven }
    }

    /// A text as the shell gets it: variables of make put in where they are plain, others left to the shell.
    fn expanded(&self, text: &str, told: &Told, depth: usize) -> String {
        const DEEP: usize = 5;
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(rest.get(..at).unwrap_or(""));
            rest = rest.get(at.saturating_add(1)..).unwrap_or("");
            let closing = match rest.chars().next() {
                Some('$') => {
                    out.push('$');
                    rest = rest.get(1..).unwrap_or("");
                    continue;
                }
                Some('(') => ')',
                Some('{') => '}',
                first => {
                    // `$@`, `$<`: what the target is.
                    out.push_str("$MAKE_VALUE");
                    rest = rest.get(first.map_or(0, char::len_utf8)..).unwrap_or("");
                    continue;
                }
            };
            let Some((name, after)) = rest.get(1..).and_then(|inner| inner.split_once(closing)) else {
                out.push('$');
                continue;
            };
            rest = after;
            let given = told.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            let set = || self.variables.get(name).or_else(|| told.around.get(name)).or_else(|| self.usual.get(name));
            let value = given.or_else(|| set().map(String::as_str));
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            match value {
                _ if name == "MAKE" => out.push_str("make"),
                Some(value) if depth < DEEP => out.push_str(&self.expanded(value, told, depth.saturating_add(1))),
                None if plain => out.push_str(&format!("${{{name}}}")),
                _ => out.push_str("$MAKE_VALUE"),
            }
        }
        out.push_str(rest);
        out
    }
}

/// A line with those behind it that a backslash joins, and where the next one begins.
fn joined(text: &str, from: usize) -> (&str, usize) {
    let mut end = from;
    loop {
        let rest = text.get(end..).unwrap_or("");
        let Some(at) = rest.find('\n') else { return (text.get(from..).unwrap_or(""), text.len()) };
        end = end.saturating_add(at).saturating_add(1);
        if !rest.get(..at).unwrap_or("").ends_with('\\') {
            return (text.get(from..end).unwrap_or(""), end);
        }
    }
}

impl Reader<'_> {
    /// Reads the recipes of those targets of a file that are wanted, whatever else it has, each by itself.
    pub(in super::super) fn targets(
        &mut self,
        document: &Arc<Document>,
        root: NodeId,
        text: &str,
        wanted: &dyn Fn(&str) -> bool,
    ) {
        let file = Makefile::all(text);
        let named = file.targets.iter().filter(|(name, _)| wanted(name));
        let lines: BTreeSet<(u32, u32)> =
            named.flat_map(|(_, target)| &target.lines).map(|span| (span.start, span.end)).collect();
        for (start, end) in lines {
            let recipe = file.recipe(Span::new(start, end), text, &Told::default());
            let origin = Origin::written(Place::new(document, root).part(recipe.span));
            self.begin();
            self.script(&recipe.text, &|_| Some((Section::Script, origin.clone())), Around::job(), 0);
        }
    }

    /// Reads the recipes that a call of make runs; `false` where the file is not followed.
    pub(super) fn make(
        &mut self,
        path: &FilePath,
        parsed: &shell::Command,
        directory: &Directory,
        locate: Locate<'_>,
        around: Around,
        depth: usize,
    ) -> bool {
        let Some((section, origin)) = locate(parsed.span) else { return false };
        let lookup = |name: &str| self.lookup(name);
        let told = Told::read(parsed, &lookup);
        let path = &script::makefile(self.shared.library, path);
        let (Some(told), Some(document)) = (told, self.shared.library.script(path)) else { return false };
        // Recipes may call make again, and again.
        let Some((root, text)) = script::text(&document).filter(|(_, text)| self.shared.budget.take(text.len())) else {
            return false;
        };
        let Some(file) = Makefile::read(text) else { return false };
        let mut told = told;
        told.around = file.usual.keys().filter_map(|name| Some((name.clone(), self.lookup(name)?))).collect();
        let Some((recipes, targets)) = file.recipes(text, &told) else { return false };
        self.shared.reached.makefile(path.clone(), Some(targets));
        if depth >= MAX_NESTED {
            self.not_evaluated(
                format!("`{path}` is called by too many scripts in a row"),
                located(locate, parsed.span),
            );
            return true;
        }
        let hop = Arc::new(Hop { how: How::Script, place: origin.place.clone(), next: None });
        let via = join(origin.via.as_ref(), Some(&hop));
        let folder = path.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = match (told.moved, Directory::project().join(folder)) {
            (true, Some(folder)) => Directory::project().join(&folder).map_or_else(Directory::unknown, Directory::at),
            _ => directory.clone(),
        };
        for recipe in recipes {
            let at = |_: Span| {
                Some((section, Origin { place: Place::new(&document, root).part(recipe.span), via: via.clone() }))
            };
            // Each line has a shell of its own.
            let kept = (std::mem::replace(&mut self.directory, inside.clone()), self.assigned.clone());
            let mut around = around.shell(&["-e".to_owned()]);
            around.forgiven |= recipe.forgiven;
            self.script(&recipe.text, &at, around, depth.saturating_add(1));
            (self.directory, self.assigned) = kept;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Makefile, Told};

    fn lines(text: &str, goals: &[&str]) -> Option<Vec<String>> {
        let told = Told { goals: goals.iter().map(|goal| (*goal).to_owned()).collect(), ..Told::default() };
        let (recipes, _) = Makefile::read(text)?.recipes(text, &told)?;
        Some(recipes.into_iter().map(|recipe| recipe.text).collect())
    }

    #[test]
    fn a_goal_runs_what_it_needs_first() {
        let text = "TF := terraform\n.PHONY: all apply plan\nall: plan\nplan: init ## plans\n\t@$(TF) plan\ninit:\n\t$(TF) init \\\n\t  -input=false\n\
                    apply: init\n\t-$(TF) apply $(ARGS) $$HOME $@\n";
        assert_eq!(lines(text, &["plan"]).unwrap(), ["terraform init \\\n\t  -input=false", "terraform plan"]);
        assert_eq!(lines(text, &["apply"]).unwrap()[1], "terraform apply ${ARGS} $HOME $MAKE_VALUE");
        assert_eq!(lines(text, &[]), lines(text, &["plan"]));
        assert_eq!(lines(text, &["gone"]), None);
        let text = "TF = terraform\nTF += apply\na:\n\t$(TF)\n";
        assert_eq!(lines(text, &["a"]).unwrap(), ["terraform apply"]);
    }

    #[test]
    fn what_is_more_than_rules_is_not_followed() {
        for text in [
            "include x.mk\na:\n\tx\n",
            "ifeq (a,b)\na:\n\tx\nendif\n",
            "a-%:\n\tx\n",
            ".ONESHELL:\na:\n\tx\n",
            "a:\n\techo $(shell terraform apply)\n",
            "define f\nx\nendef\n",
            "$(T): a\n\tx\n",
        ] {
            assert_eq!(lines(text, &["a"]), None, "{text}");
        }
    }
}
