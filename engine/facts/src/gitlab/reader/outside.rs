//! Files of commands that no job runs, each read by itself.

use std::sync::Arc;

use engine_model::{Document, NodeId, Place, Span};

use super::super::command::Section;
use super::super::playbook::Task;
use super::super::script;
use super::super::shared::Shared;
use super::{Around, Reader, template};
use crate::sourced::Origin;

impl<'j> Reader<'j> {
    /// Reads files that no job runs.
    pub(in super::super) fn alone(shared: &'j Shared<'j>) -> Self {
        Self { alone: true, ..Self::new(shared, &[]) }
    }

    /// A script of a shell.
    pub(in super::super) fn shell_file(&mut self, document: &Arc<Document>, root: NodeId, text: &str) {
        let around = Around::job().shell(&script::shebang(text));
        self.script(text, &|span| part(document, root, span), around, 0);
    }

    /// A task of Ansible.
    pub(in super::super) fn task_alone(&mut self, task: &Task) {
        let locate = |span| Some((Section::Script, Origin::written(task.place(span))));
        self.task(task, &locate, Around::job(), 0);
    }

    /// A step of a workflow of another system.
    pub(in super::super) fn foreign_step(&mut self, document: &Arc<Document>, node: NodeId) {
        let Some(scalar) = document.scalar(node) else { return };
        let locate = |span| part(document, node, span);
        self.begin();
        self.script_with_holes(scalar.text, &template::holes(scalar.text), &locate, Around::job(), 0);
    }
}

/// Bytes of a scalar's text, as if they stood in a job.
fn part(document: &Arc<Document>, node: NodeId, span: Span) -> Option<(Section, Origin)> {
    Some((Section::Script, Origin::written(Place::new(document, node).part(span))))
}
