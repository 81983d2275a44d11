//! Playbooks that a job runs: the command lines of their tasks, as commands of the job.

use std::sync::Arc;

use engine_model::{FilePath, Place, Span};

use super::super::carrier::Runs;
use super::super::command::Section;
use super::super::invocation::Invocation;
use super::super::path::Directory;
use super::super::playbook::{Host, Playbooks, Task};
use super::super::script;
use super::{Around, Reader, template};
use crate::sourced::{Hop, How, Origin, join};

impl Reader<'_> {
    /// Reads what a call of `ansible-playbook` has its tasks do.
    pub(super) fn playbooks(
        &mut self,
        call: &Invocation,
        directory: &Directory,
        (section, origin): (Section, &Origin),
        around: Around,
        depth: usize,
    ) {
        let told = |names: &[&str], value: &str| {
            let mut flags = call.flags.iter().filter(|flag| names.contains(&flag.name.as_str()));
            flags.any(|flag| flag.value.get().is_some_and(|known| known == value))
        };
        let here = told(&["c", "connection"], "local") || told(&["i", "inventory"], "localhost,");
        let mut books = Playbooks::new(self.shared.library, here);
        // The first playbook stands where other programs have their action.
        let names = std::iter::once(&call.action).chain(&call.operands);
        for name in names {
            match name.get() {
                Some(name) => {
                    let path = directory.join(name).and_then(|path| FilePath::new(&path));
                    path.iter().for_each(|path| books.read(path));
                }
                None if name.is_absent() => {}
                None => {
                    let written = script::written(name);
                    let pattern = script::pattern(written, directory);
                    self.shared.reached.perhaps(pattern, &format!("which playbook `{written}` is depends on the job"));
                }
            }
        }
        self.shared.reached.files(books.files);
        let hop = Arc::new(Hop { how: How::Script, place: origin.place.clone(), next: None });
        let via = join(origin.via.as_ref(), Some(&hop));
        // What only looks runs no task.
        let idle = call.changes == super::invocation::Changes::No;
        for task in books.tasks.into_iter().filter(|_| !idle) {
            let at = |span| Some((section, Origin { place: task.place(span), via: via.clone() }));
            self.task(&task, &at, around, depth.saturating_add(1));
        }
    }

    /// Reads a task's command line.
    pub(super) fn task(&mut self, task: &Task, locate: super::Locate<'_>, around: Around, depth: usize) {
        let from = self.commands.len();
        let kept = std::mem::replace(&mut self.directory, Directory::unknown());
        let assigned = std::mem::take(&mut self.assigned);
        let line = task.line();
        self.script_with_holes(&line, &template::holes(&line), locate, around.shell(&[]), depth);
        (self.directory, self.assigned) = (kept, assigned);
        let runs = match (task.later, task.host) {
            (true, _) => Runs::Afterwards,
            (_, Host::Elsewhere) => Runs::Elsewhere,
            (_, Host::Here) => return,
        };
        for call in self.commands.iter_mut().skip(from).filter_map(|command| command.invocation.as_mut()) {
            call.runs = runs;
        }
    }
}

impl Task {
    /// The command line.
    fn line(&self) -> String {
        if let Some(scalar) = self.document.scalar(self.node) {
            return scalar.text.get(self.skipped..).unwrap_or("").to_owned();
        }
        let words = self.document.items(self.node).iter().filter_map(|word| self.document.scalar(*word));
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        words.map(|word| quoted(word.text)).collect::<Vec<_>>().join(" ")
    }

    /// Where bytes of the command line stand.
    pub(super) fn place(&self, span: Span) -> Place {
        let place = Place::new(&self.document, self.node);
        let Ok(skipped) = u32::try_from(self.skipped) else { return place };
        match self.document.scalar(self.node) {
            Some(_) => place.part(Span::new(span.start.saturating_add(skipped), span.end.saturating_add(skipped))),
            None => place,
        }
    }
}
