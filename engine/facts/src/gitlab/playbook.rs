//! Playbooks of Ansible: the command lines that their tasks run, as far as the text says.
//!
//! Source: Ansible documentation, "Ansible playbooks", "Roles", "Re-using Ansible artifacts", and the modules `command`,
//! `shell`, `raw`, `script` and `cron`. Plays, blocks, roles and what is imported or included by name are followed; a
//! name with a template in it is not, and what other modules do is theirs.

use std::collections::HashSet;
use std::sync::Arc;

use engine_formats::yaml;
use engine_model::{Document, FilePath, NodeId};

use super::include::Library;
use super::path::Directory;

/// How deep playbooks, roles and files of tasks are followed.
const MAX_DEPTH: usize = 16;

/// How many tasks of a playbook are looked at.
const MAX_TASKS: usize = 5_000;

/// Where the tasks of a play run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// On the machine that Ansible itself runs on.
    Here,
    /// On another one, or it cannot be told.
    Elsewhere,
}

/// How a module runs its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Module {
    /// As a command line.
    Line,
    /// As the path of a script that is sent to the machine.
    File,
    /// As a command line at a later time.
    Later,
}

/// A task that runs a command line.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) document: Arc<Document>,
    /// The scalar with the command line, or the list of its words; the whole of a script.
    pub(super) node: NodeId,
    /// How many bytes stand before the command line in it.
    pub(super) skipped: usize,
    /// Whether it runs at a later time.
    pub(super) later: bool,
    pub(super) host: Host,
}

/// What playbooks come to.
pub(super) struct Playbooks<'l> {
    library: &'l dyn Library,
    /// Whether whoever calls them said that their tasks run here.
    here: bool,
    /// Whether what a file names is read too.
    follows: bool,
    /// The files that were read.
    pub(super) files: Vec<FilePath>,
    pub(super) tasks: Vec<Task>,
    seen: HashSet<FilePath>,
    left: usize,
}

/// Where a file of tasks belongs.
#[derive(Clone, Copy)]
struct At<'a> {
    /// The folder of the playbook.
    playbook: &'a str,
    host: Host,
    depth: usize,
}

/// Keys of a play that hold tasks.
const SECTIONS: [&str; 4] = ["pre_tasks", "tasks", "post_tasks", "handlers"];

/// Keys of a block that hold tasks.
const BLOCKS: [&str; 3] = ["block", "rescue", "always"];

/// Modules that run what they are told, and how.
const MODULES: [(&str, Module); 5] = [
    ("shell", Module::Line),
    ("command", Module::Line),
    ("raw", Module::Line),
    ("script", Module::File),
    ("cron", Module::Later),
];

/// What may stand before the name of a module that comes with Ansible.
const COLLECTIONS: [&str; 3] = ["ansible.builtin.", "ansible.legacy.", ""];

impl<'l> Playbooks<'l> {
    pub(super) fn new(library: &'l dyn Library, here: bool) -> Self {
        let (files, tasks, seen) = (Vec::new(), Vec::new(), HashSet::new());
        Self { library, here, follows: true, files, tasks, seen, left: MAX_TASKS }
    }

    /// The tasks of one file, and of none that it names.
    pub(super) fn alone(library: &'l dyn Library, path: &FilePath) -> Vec<Task> {
        let mut books = Self { follows: false, ..Self::new(library, true) };
        books.read(path);
        books.tasks
    }

    /// Reads a playbook, or a file of tasks, with all that it names.
    pub(super) fn read(&mut self, path: &FilePath) {
        self.file(path, At { playbook: path.directory(), host: Host::Elsewhere, depth: 0 });
    }

    fn file(&mut self, path: &FilePath, at: At<'_>) {
        if at.depth >= MAX_DEPTH || !self.seen.insert(path.clone()) {
            return;
        }
        let Some(document) = self.library.script(path).and_then(|text| yaml::parse(text.file()).document) else {
            return;
        };
        self.files.push(path.clone());
        let Some(root) = document.roots().first() else { return };
        for item in document.items(*root) {
            self.item(&document, *item, path, at);
        }
    }

    /// A play, or a task.
    fn item(&mut self, document: &Arc<Document>, item: NodeId, path: &FilePath, at: At<'_>) {
        let text = |key: &str| value(document, item, key).and_then(|node| text(document, node));
        if let Some(name) = text("import_playbook") {
            self.named(&name, &[at.playbook], At { depth: at.depth.saturating_add(1), ..at });
            return;
        }
        if document.get(item, "hosts").is_none() {
            self.tasks(document, &[item], path, at);
            return;
        }
        let local = text("hosts").is_some_and(|hosts| is_local(&hosts))
            || text("connection").is_some_and(|connection| connection == "local");
        let at = At { host: if local || self.here { Host::Here } else { Host::Elsewhere }, ..at };
        for role in document.get(item, "roles").map_or(&[][..], |roles| document.items(roles)) {
            let name = document.get(*role, "role").or_else(|| document.get(*role, "name")).unwrap_or(*role);
            if let Some(name) = self::text(document, name) {
                self.role(&name, "main", at);
            }
        }
        for section in SECTIONS {
            if let Some(tasks) = document.get(item, section) {
                self.tasks(document, document.items(tasks), path, at);
            }
        }
    }

    fn tasks(&mut self, document: &Arc<Document>, tasks: &[NodeId], path: &FilePath, at: At<'_>) {
        for task in tasks {
            let Some(left) = self.left.checked_sub(1).filter(|_| at.depth < MAX_DEPTH) else { return };
            self.left = left;
            self.task(document, *task, path, at);
        }
    }

    fn task(&mut self, document: &Arc<Document>, task: NodeId, path: &FilePath, at: At<'_>) {
        let told = |key: &str| value(document, task, key).and_then(|node| text(document, node));
        let local = told("delegate_to").is_some_and(|host| is_local(&host))
            || told("connection").is_some_and(|connection| connection == "local");
        let at = At { host: if local { Host::Here } else { at.host }, depth: at.depth.saturating_add(1), ..at };
        for block in BLOCKS {
            if let Some(tasks) = document.get(task, block) {
                self.tasks(document, document.items(tasks), path, at);
            }
        }
        for (key, form) in MODULES {
            if let Some(told) = value(document, task, key) {
                self.run(document, told, form, path, at);
            }
        }
        for (key, host) in [("local_action", Host::Here), ("action", at.host)] {
            if let Some(action) = document.get(task, key) {
                self.action(document, action, path, At { host, ..at });
            }
        }
        for key in ["include_tasks", "import_tasks"] {
            let Some(told) = value(document, task, key) else { continue };
            let name = document.get(told, "file").unwrap_or(told);
            if let Some(name) = text(document, name) {
                self.named(&name, &[path.directory(), at.playbook], at);
            }
        }
        for key in ["include_role", "import_role"] {
            let Some(told) = value(document, task, key) else { continue };
            let of = |key: &str| document.get(told, key).and_then(|node| text(document, node));
            if let Some(name) = of("name") {
                self.role(&name, of("tasks_from").as_deref().unwrap_or("main"), at);
            }
        }
    }

    /// A task's command line: the module's own text, its `cmd`, its `argv`, its `job`.
    fn run(&mut self, document: &Arc<Document>, told: NodeId, form: Module, path: &FilePath, at: At<'_>) {
        const WORDS: [&str; 4] = ["cmd", "_raw_params", "job", "argv"];
        let lines: Vec<NodeId> = if document.scalar(told).is_some() {
            vec![told]
        } else {
            WORDS.iter().filter_map(|key| document.get(told, key)).collect()
        };
        for node in lines {
            self.line(document, document.resolve(node), 0, form, path, at);
        }
    }

    /// `action: MODULE COMMAND`, or a mapping with `module`.
    fn action(&mut self, document: &Arc<Document>, action: NodeId, path: &FilePath, at: At<'_>) {
        let known = |module: &str| {
            let name = COLLECTIONS.iter().find_map(|prefix| module.strip_prefix(prefix))?;
            MODULES.iter().find(|(known, _)| *known == name).map(|(_, form)| *form)
        };
        let Some(scalar) = document.scalar(action) else {
            let module = document.get(action, "module").and_then(|node| text(document, node));
            if let Some(form) = module.and_then(|module| known(&module)) {
                self.run(document, action, form, path, at);
            }
            return;
        };
        let (module, line) = scalar.text.split_once(char::is_whitespace).unwrap_or((scalar.text, ""));
        if let Some(form) = known(module) {
            let skipped = scalar.text.len().saturating_sub(line.len());
            self.line(document, document.resolve(action), skipped, form, path, at);
        }
    }

    fn line(
        &mut self,
        document: &Arc<Document>,
        node: NodeId,
        skipped: usize,
        form: Module,
        path: &FilePath,
        at: At<'_>,
    ) {
        let (later, host) = (form == Module::Later, at.host);
        if form != Module::File {
            self.tasks.push(Task { document: Arc::clone(document), node, skipped, later, host });
            return;
        }
        let told = document.scalar(node).and_then(|scalar| scalar.text.get(skipped..)).unwrap_or("");
        let Some(name) = told.split_whitespace().next() else { return };
        let beside = path.directory().trim_end_matches("tasks");
        let folders = [format!("{beside}files"), format!("{}/files", at.playbook), at.playbook.to_owned()];
        let script = self.found(name, &folders.each_ref().map(String::as_str));
        let Some((path, text)) = script.and_then(|path| Some((path.clone(), self.library.script(&path)?))) else {
            return;
        };
        if let Some(root) = text.roots().first() {
            self.files.push(path);
            self.tasks.push(Task { node: *root, document: text, skipped: 0, later, host });
        }
    }

    /// A role, beside the playbook or at the top.
    fn role(&mut self, name: &str, tasks: &str, at: At<'_>) {
        if !self.follows {
            return;
        }
        // A role of a collection is called `namespace.collection.role`, and is not of this repository.
        let folders = [format!("{}/roles/{name}", at.playbook), format!("roles/{name}")];
        let at = At { depth: at.depth.saturating_add(1), ..at };
        for folder in folders {
            for part in [format!("tasks/{tasks}"), "handlers/main".to_owned(), "meta/main".to_owned()] {
                let paths = ["yml", "yaml"].map(|end| format!("{folder}/{part}.{end}"));
                for path in paths.iter().filter_map(|path| FilePath::new(path)) {
                    if part == "meta/main" { self.depended(&path, at) } else { self.file(&path, at) }
                }
            }
        }
    }

    /// The roles that a role depends on.
    fn depended(&mut self, path: &FilePath, at: At<'_>) {
        if at.depth >= MAX_DEPTH || !self.seen.insert(path.clone()) {
            return;
        }
        let Some(document) = self.library.script(path).and_then(|text| yaml::parse(text.file()).document) else {
            return;
        };
        self.files.push(path.clone());
        let roles = document.roots().first().and_then(|root| document.get(*root, "dependencies"));
        for role in roles.map_or(&[][..], |roles| document.items(roles)) {
            let name = document.get(*role, "role").or_else(|| document.get(*role, "name")).unwrap_or(*role);
            if let Some(name) = text(&document, name) {
                self.role(&name, "main", at);
            }
        }
    }

    /// A file by a name, in the first of the folders that has it.
    fn named(&mut self, name: &str, folders: &[&str], at: At<'_>) {
        if let Some(path) = self.found(name, folders).filter(|_| self.follows) {
            self.file(&path, at);
        }
    }

    fn found(&self, name: &str, folders: &[&str]) -> Option<FilePath> {
        let mut paths = folders.iter().filter_map(|folder| {
            let below = Directory::at((*folder).to_owned()).join(name)?;
            FilePath::new(&below)
        });
        paths.find(|path| self.library.exists(path))
    }
}

/// What a task tells a module, by the module's short name or its full one.
fn value(document: &Document, task: NodeId, module: &str) -> Option<NodeId> {
    COLLECTIONS.iter().find_map(|collection| match *collection {
        "" => document.get(task, module),
        prefix => document.get(task, &format!("{prefix}{module}")),
    })
}

/// A text without a template in it.
fn text(document: &Document, node: NodeId) -> Option<String> {
    document.scalar(node).map(|scalar| scalar.text.trim().to_owned()).filter(|text| !text.contains("{{"))
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use engine_model::{Document, FilePath, SourceFile};

    use super::{Library, Playbooks};
    use crate::gitlab::script_document;

    struct Files(BTreeMap<FilePath, Arc<Document>>);

    impl Library for Files {
        fn yaml(&self, _: &FilePath) -> Option<Arc<Document>> {
            None
        }

        fn paths(&self) -> Vec<FilePath> {
            self.0.keys().cloned().collect()
        }

        fn exists(&self, path: &FilePath) -> bool {
            self.0.contains_key(path)
        }

        fn script(&self, path: &FilePath) -> Option<Arc<Document>> {
            self.0.get(path).cloned()
        }

        fn digest(&self, _: &FilePath) -> Option<Vec<u8>> {
            None
        }
    }

    fn lines(text: &str, here: bool) -> Vec<String> {
        let files = text.split("//- ").skip(1).map(|part| {
            let (path, text) = part.split_once('\n').unwrap();
            let file = SourceFile::new(FilePath::new(path).unwrap(), text.to_owned());
            (file.path().clone(), script_document(&file))
        });
        let files = Files(files.collect());
        let mut books = Playbooks::new(&files, here);
        books.read(&FilePath::new("deploy/site.yml").unwrap());
        let task = |task: &super::Task| {
            let scalar = task.document.scalar(task.node).map_or("list", |scalar| scalar.text.trim_end());
            let scalar = scalar.get(task.skipped..).unwrap();
            let later = if task.later { "later " } else { "" };
            format!("{}: {scalar} {later}{:?}", task.document.file().path(), task.host)
        };
        books.tasks.iter().map(task).collect()
    }

    const SITE: &str = "//- deploy/site.yml
- import_playbook: base.yml
- hosts: web
  roles: [app, {role: gone}, \"{{ later }}\"]
  pre_tasks: [{shell: a}]
  tasks:
    - {block: [{ansible.builtin.command: {cmd: b}}], rescue: [{raw: c}], always: [{command: {argv: [d, e]}}]}
    - {include_tasks: more.yml}
    - {import_tasks: {file: ../top.yml}}
    - {import_tasks: \"{{ which }}.yml\"}
    - {local_action: shell f}
    - {shell: g, delegate_to: localhost}
    - {debug: {msg: terraform apply}}
  handlers: [{script: h.sh now}]
- hosts: localhost
  tasks: [{cron: {name: x, job: i}}, {include_role: {name: other, tasks_from: some}}]
//- deploy/base.yml
- {hosts: all, connection: local, tasks: [{shell: j}, {import_playbook: base.yml}]}
//- deploy/more.yml
- shell: k
- include_tasks: more.yml
//- top.yml
- shell: l
//- deploy/roles/app/tasks/main.yml
- shell: m
- import_tasks: sub.yml
//- deploy/roles/app/tasks/sub.yml
- shell: n
//- deploy/roles/app/meta/main.yml
dependencies: [{role: below}]
//- roles/below/tasks/main.yaml
- shell: o
//- roles/other/tasks/some.yml
- shell: p
//- deploy/files/h.sh
terraform
";

    #[test]
    fn the_command_lines_of_a_playbook_are_found() {
        assert_eq!(
            lines(SITE, false),
            [
                "deploy/base.yml: j Here",
                "deploy/roles/app/tasks/main.yml: m Elsewhere",
                "deploy/roles/app/tasks/sub.yml: n Elsewhere",
                "roles/below/tasks/main.yaml: o Elsewhere",
                "deploy/site.yml: a Elsewhere",
                "deploy/site.yml: b Elsewhere",
                "deploy/site.yml: c Elsewhere",
                "deploy/site.yml: list Elsewhere",
                "deploy/more.yml: k Elsewhere",
                "top.yml: l Elsewhere",
                "deploy/site.yml: f Here",
                "deploy/site.yml: g Here",
                "deploy/files/h.sh: terraform Elsewhere",
                "deploy/site.yml: i later Here",
                "roles/other/tasks/some.yml: p Here",
            ]
        );
        assert!(lines(SITE, true).iter().all(|line| line.ends_with("Here")));
    }

    #[test]
    fn what_goes_round_ends() {
        let deep =
            format!("//- deploy/site.yml\n- hosts: a\n  tasks: {}{}\n", "[{block: ".repeat(40), "[]}]".repeat(40));
        assert!(lines(&deep, false).is_empty());
        let many = format!("//- deploy/site.yml\n- hosts: a\n  tasks:\n{}", "  - {shell: x}\n".repeat(6000));
        assert_eq!(lines(&many, false).len(), super::MAX_TASKS);
    }
}
