//! Directories to modules: which blocks a module declares, who calls whom, and what could not be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine_model::{Document, FilePath, Format, Gap, GapCause, NodeId, Place, Value, Why};

use super::block::{Block, block, blocks};
use super::file::{Role, join, role, variable_rank};
use super::scope::{Budget, Scope, Written};
use super::value::{Basis, Data, Evaluated};
use super::{
    Backend, LockFile, Module, ModuleCall, Modules, Named, Provider, RESOURCE, Resource, Variable, lock, source,
};

/// How many values may be made for each node of the documents, on average: a limit for texts that multiply.
const VALUES_PER_NODE: usize = 3;

/// How many values may be made in all: about 600 MB of them.
const MAX_VALUES: usize = 5_000_000;

/// What a directory holds.
#[derive(Debug, Default)]
struct Directory {
    code: Vec<Arc<Document>>,
    overrides: Vec<Arc<Document>>,
    variables: Vec<Arc<Document>>,
    lock: Option<Arc<Document>>,
    /// Files of the module itself. That the lock file was not read is kept apart: it changes no value.
    unread: Vec<FilePath>,
    unread_lock: bool,
}

/// Derives the modules of a tree from its HCL documents, in any order; what Terraform does not read is passed over.
///
/// `unread` are the Terraform files that are in the tree and were not read, or not whole. A module with such a file is
/// not complete, and says so in a gap.
#[must_use]
pub fn derive(documents: &[Arc<Document>], unread: &[FilePath]) -> Modules {
    let directories = gather(documents, unread);
    let nodes: usize = documents.iter().map(|document| document.node_count()).sum();
    let budget = Budget::new(nodes.saturating_mul(VALUES_PER_NODE).saturating_add(100_000).min(MAX_VALUES));
    let names: BTreeSet<&str> = directories.keys().map(String::as_str).collect();

    // Who calls whom comes first: a default holds only as far as no caller sets the variable.
    let mut callers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (directory, files) in &directories {
        let mut sources: BTreeMap<&str, &str> = BTreeMap::new();
        for (document, call) in files.declared("module") {
            if let Some(source) = local_source(document, call) {
                sources.entry(call.label(document, 0)).or_insert(source);
            }
        }
        for (document, call) in files.declared("module").chain(in_files(&files.overrides, "module")) {
            // An override file may add arguments to a call without naming its source again.
            let same = || sources.get(call.label(document, 0)).copied();
            let source = local_source(document, call).or_else(same);
            let target = source.and_then(|source| join(directory, source));
            if let Some(target) = target.filter(|target| target != directory && names.contains(target.as_str())) {
                let arguments = document.entries(call.body).iter().filter_map(|entry| document.scalar(entry.key));
                callers.entry(target).or_default().extend(arguments.map(|key| key.text.to_owned()));
            }
        }
    }

    let mut modules = Modules::default();
    for (directory, files) in &directories {
        for path in &files.unread {
            modules.gaps.push(unread_gap(directory, path));
        }
        let Some(first) = files.first() else { continue };
        let scope = files.scope(&budget, callers.get(directory));
        let module = read(directory, files, first, &scope, &names);
        modules.gaps.extend(module.calls.iter().filter(|call| call.directory.is_none()).map(missing_gap));
        modules.modules.push(module);
    }
    let calls = modules.modules.iter().flat_map(|module| &module.calls);
    let fetched = calls.filter_map(|call| source::subdirectory(call.source.text()?));
    let fetched: BTreeSet<String> = fetched.map(str::to_owned).collect();
    for module in &mut modules.modules {
        module.may_be_fetched = fetched.contains(&module.directory);
    }
    modules
}

fn gather(documents: &[Arc<Document>], unread: &[FilePath]) -> BTreeMap<String, Directory> {
    let mut sorted: Vec<&Arc<Document>> =
        documents.iter().filter(|document| document.format() == Format::Hcl).collect();
    sorted.sort_by(|a, b| a.file().path().cmp(b.file().path()));
    let mut directories: BTreeMap<String, Directory> = BTreeMap::new();
    for document in sorted {
        let path = document.file().path();
        let role = role(path.file_name());
        if role == Role::Other {
            continue;
        }
        let files = directories.entry(path.directory().to_owned()).or_default();
        match role {
            Role::Code => files.code.push(Arc::clone(document)),
            Role::Override => files.overrides.push(Arc::clone(document)),
            Role::Variables => files.variables.push(Arc::clone(document)),
            Role::Lock => files.lock = Some(Arc::clone(document)),
            Role::Other => {}
        }
    }
    for files in directories.values_mut() {
        files.variables.sort_by_key(|document| variable_rank(document.file().path().file_name()));
    }
    for path in unread.iter().filter(|path| role(path.file_name()) != Role::Other) {
        let files = directories.entry(path.directory().to_owned()).or_default();
        match role(path.file_name()) {
            Role::Lock => files.unread_lock = true,
            _ => files.unread.push(path.clone()),
        }
    }
    directories
}

impl Directory {
    /// The top-level blocks of one type, in the order of the files.
    fn declared<'d>(&'d self, kind: &'d str) -> impl Iterator<Item = (&'d Arc<Document>, Block)> {
        in_files(&self.code, kind)
    }

    fn scope<'b>(&self, budget: &'b Budget, set_by_callers: Option<&BTreeSet<String>>) -> Scope<'b> {
        let mut scope = Scope::new(budget);
        scope.called = set_by_callers.is_some();
        scope.set_by_callers = set_by_callers.cloned().unwrap_or_default();
        scope.unread_file = self.unread.iter().any(|path| role(path.file_name()) == Role::Variables);
        let unread_override = self.unread.iter().any(|path| role(path.file_name()) == Role::Override);
        let doubt = unread_override.then_some("an override file may change");

        for (document, found) in self.declared("variable") {
            declare(&mut scope.variables, found.label(document, 0), document, found.body, doubt);
        }
        for (document, found) in self.declared("locals") {
            for entry in document.entries(found.body) {
                let name = document.scalar(entry.key).map_or("", |key| key.text);
                declare(&mut scope.locals, name, document, entry.value, doubt);
            }
        }
        for (document, found) in in_files(&self.overrides, "variable") {
            overrule(&mut scope.variables, found.label(document, 0), document, found.body);
        }
        for (document, found) in in_files(&self.overrides, "locals") {
            for entry in document.entries(found.body) {
                let name = document.scalar(entry.key).map_or("", |key| key.text);
                overrule(&mut scope.locals, name, document, entry.value);
            }
        }
        for document in &self.variables {
            for entry in document.roots().first().map_or(&[][..], |root| document.entries(*root)) {
                let name = document.scalar(entry.key).map_or("", |key| key.text).to_owned();
                scope.files.insert(name, Written { document: Arc::clone(document), node: entry.value, doubt: None });
            }
        }
        scope
    }

    /// The whole of the first file.
    fn first(&self) -> Option<Place> {
        let document = self.code.first().or_else(|| self.overrides.first())?;
        Some(Place::new(document, *document.roots().first()?))
    }

    /// The lock file; unknown where it was not read to its end.
    fn lock_file(&self) -> Value<LockFile> {
        match self.lock.as_ref().filter(|_| !self.unread_lock).and_then(lock::read) {
            Some(lock) => Value::Known(lock),
            None if self.unread_lock => Value::unknown(Why::NotEvaluated, "a lock file that was not read"),
            None => Value::Absent,
        }
    }

    /// Blocks of one type, with what is in doubt about them: whether an override file changes them.
    fn blocks<'d>(&'d self, kind: &'d str) -> impl Iterator<Item = (&'d Arc<Document>, Block, bool)> {
        let label = |document: &Document, block: Block| {
            (block.label(document, 0).to_owned(), block.label(document, 1).to_owned())
        };
        let changed: BTreeSet<(String, String)> =
            in_files(&self.overrides, kind).map(|(document, block)| label(document, block)).collect();
        let unread = self.unread.iter().any(|path| role(path.file_name()) == Role::Override);
        self.declared(kind).map(move |(document, block)| {
            let doubted = unread || changed.contains(&label(document, block));
            (document, block, doubted)
        })
    }
}

fn in_files<'d>(files: &'d [Arc<Document>], kind: &'d str) -> impl Iterator<Item = (&'d Arc<Document>, Block)> {
    files.iter().flat_map(move |document| {
        let root = document.roots().first().copied();
        let entries = root.map_or(&[][..], |root| document.entries(root));
        let named = entries.iter().filter(move |entry| document.scalar(entry.key).is_some_and(|key| key.text == kind));
        named.filter_map(move |entry| blocks(document, *entry)).flatten().map(move |block| (document, block))
    })
}

fn declare(
    names: &mut BTreeMap<String, Written>,
    name: &str,
    document: &Arc<Document>,
    node: NodeId,
    doubt: Option<&'static str>,
) {
    let doubt = if names.contains_key(name) { Some("is declared twice") } else { doubt };
    names.insert(name.to_owned(), Written { document: Arc::clone(document), node, doubt });
}

fn overrule(names: &mut BTreeMap<String, Written>, name: &str, document: &Arc<Document>, node: NodeId) {
    let doubt = Some("an override file changes");
    let written = Written { document: Arc::clone(document), node, doubt };
    names.entry(name.to_owned()).and_modify(|written| written.doubt = doubt).or_insert(written);
}

fn read(directory: &str, files: &Directory, first: Place, scope: &Scope<'_>, directories: &BTreeSet<&str>) -> Module {
    let settings_block = files.declared("terraform").chain(in_files(&files.overrides, "terraform")).next();
    let place = match settings_block {
        Some((document, block)) => Place::new(document, block.node),
        None => first,
    };
    let unread_override = files.unread.iter().any(|path| role(path.file_name()) == Role::Override);
    let mut module = Module {
        directory: directory.to_owned(),
        is_root: !scope.called,
        may_be_fetched: false,
        is_complete: files.unread.is_empty(),
        place,
        is_overridden: unread_override,
        has_variable_file: !files.variables.is_empty(),
        lock: files.lock_file(),
        variables: variables(scope),
        locals: locals(scope),
        resources: resources(files, scope, "resource", ""),
        data: resources(files, scope, "data", "data."),
        ephemeral: resources(files, scope, "ephemeral", "ephemeral."),
        providers: Vec::new(),
        backend: None,
        calls: Vec::new(),
        outputs: Vec::new(),
        required_versions: Vec::new(),
        required_providers: Vec::new(),
    };
    for (document, found, doubted) in files.blocks("provider") {
        let name = found.label(document, 0).to_owned();
        let attributes = arguments(scope, document, found, doubted);
        module.providers.push(Provider { name, place: Place::new(document, found.node), attributes });
    }
    module.providers.sort_by(|a, b| a.name.cmp(&b.name));
    for (document, found, doubted) in files.blocks("module") {
        let arguments = arguments(scope, document, found, doubted);
        let place = Place::new(document, found.node);
        let absent = Evaluated::new(Value::Absent, place.clone(), Basis::Code);
        let source = match arguments.get() {
            Some(_) => arguments.attribute("source").cloned().unwrap_or(absent),
            None => arguments.clone(),
        };
        let target = source.text().filter(|source| is_local(source)).and_then(|source| join(directory, source));
        let target = target.filter(|target| directories.contains(target.as_str()));
        let name = found.label(document, 0).to_owned();
        module.calls.push(ModuleCall { name, place, source, directory: target, arguments });
    }
    module.calls.sort_by(|a, b| a.name.cmp(&b.name));
    for (document, found, doubted) in files.blocks("output") {
        let value = arguments(scope, document, found, doubted);
        module.outputs.push(Named { name: found.label(document, 0).to_owned(), value });
    }
    module.outputs.sort_by(|a, b| a.name.cmp(&b.name));
    for (document, found) in files.declared("terraform") {
        settings(&mut module, scope, document, found, false);
    }
    for (document, found) in in_files(&files.overrides, "terraform") {
        settings(&mut module, scope, document, found, true);
    }
    module.required_providers.sort_by(|a, b| a.name.cmp(&b.name));
    module
}

fn variables(scope: &Scope<'_>) -> Vec<Variable> {
    let each = scope.variables.iter().map(|(name, declared)| {
        let place = declared.place();
        Variable {
            name: name.clone(),
            is_hidden: scope.is_hidden(declared),
            default: scope.default_of(declared, name),
            value: scope.name(super::scope::Root::Variable, name, &place, 0).as_ref().clone(),
            place,
        }
    });
    each.collect()
}

fn locals(scope: &Scope<'_>) -> Vec<Named> {
    let each = scope.locals.iter().map(|(name, written)| {
        let value = scope.name(super::scope::Root::Local, name, &written.place(), 0);
        Named { name: name.clone(), value: value.as_ref().clone() }
    });
    each.collect()
}

fn resources(files: &Directory, scope: &Scope<'_>, kind: &str, prefix: &str) -> Vec<Resource> {
    let mut found: Vec<Resource> = files
        .blocks(kind)
        .map(|(document, block, doubted)| {
            let (kind, name) = (block.label(document, 0).to_owned(), block.label(document, 1).to_owned());
            Resource {
                address: format!("{prefix}{kind}.{name}"),
                place: Place::new(document, block.node),
                attributes: arguments(scope, document, block, doubted),
                kind,
                name,
            }
        })
        .collect();
    found.sort_by(|a, b| a.address.cmp(&b.address));
    found
}

/// Reads a `terraform` block. One that `overrides` is read after all others, and takes the place of what they say:
/// setting by setting, and provider by provider.
fn settings(module: &mut Module, scope: &Scope<'_>, document: &Arc<Document>, found: Block, overrides: bool) {
    let all = arguments(scope, document, found, false);
    if let Some(version) = all.attribute("required_version") {
        if overrides {
            module.required_versions.clear();
        }
        module.required_versions.push(version.clone());
    }
    for entry in document.entries(found.body) {
        let kind = document.scalar(entry.key).map_or("", |key| key.text);
        for inner in blocks(document, *entry).into_iter().flatten() {
            let attributes = || arguments(scope, document, inner, false);
            match kind {
                "backend" | "cloud" => {
                    let kind = if kind == "cloud" { kind } else { inner.label(document, 0) };
                    let place = Place::new(document, inner.node);
                    module.backend = Some(Backend { kind: kind.to_owned(), place, attributes: attributes() });
                }
                "required_providers" => {
                    let Value::Known(Data::Map(items)) = attributes().value else { continue };
                    if overrides {
                        module.required_providers.retain(|required| !items.contains_key(&required.name));
                    }
                    let named = items.into_iter().map(|(name, value)| Named { name, value });
                    module.required_providers.extend(named);
                }
                _ => {}
            }
        }
    }
}

/// The arguments and nested blocks of a block.
fn arguments(scope: &Scope<'_>, document: &Arc<Document>, found: Block, doubted: bool) -> Evaluated {
    let place = Place::new(document, found.body);
    if doubted {
        return Evaluated::unknown(Why::NotEvaluated, "an override file", place);
    }
    let mut items: BTreeMap<String, Evaluated> = BTreeMap::new();
    for entry in document.entries(found.body) {
        let Some(key) = document.scalar(entry.key) else { continue };
        let Some(nested) = blocks(document, *entry) else {
            items.insert(key.text.to_owned(), scope.evaluate(document, entry.value, 0));
            continue;
        };
        let all = Place::new(document, entry.value);
        for inner in nested {
            let (name, value) = if key.text == "dynamic" {
                let name = inner.label(document, 0);
                let place = Place::new(document, inner.node);
                (name, Evaluated::unknown(Why::NotEvaluated, format!("dynamic {name} blocks"), place))
            } else {
                (key.text, labelled(scope, document, inner))
            };
            let list = items.entry(name.to_owned());
            let list = list.or_insert_with(|| Evaluated::known(Data::List(Vec::new()), all.clone()));
            match &mut list.value {
                Value::Known(Data::List(items)) => items.push(value),
                _ => *list = Evaluated::unknown(Why::NotEvaluated, name, all.clone()),
            }
        }
    }
    Evaluated::known(Data::Map(items), place)
}

/// A nested block: its arguments, inside a map for each label it has.
fn labelled(scope: &Scope<'_>, document: &Arc<Document>, found: Block) -> Evaluated {
    let mut value = arguments(scope, document, found, false);
    for label in document.items(found.labels).iter().rev() {
        let name = document.scalar(*label).map_or("", |label| label.text);
        let place = value.place.clone();
        value = Evaluated::known(Data::Map(BTreeMap::from([(name.to_owned(), value)])), place);
    }
    value
}

/// The `source` of a call where it is a literal path inside the tree.
fn local_source(document: &Document, call: Block) -> Option<&str> {
    debug_assert!(block(document, call.node).is_some());
    let source = document.scalar(document.get(call.body, "source")?)?.text;
    is_local(source).then_some(source)
}

fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."
}

fn unread_gap(directory: &str, path: &FilePath) -> Gap {
    let shown = if directory.is_empty() { "." } else { directory };
    Gap {
        kind: RESOURCE,
        fields: &[],
        cause: GapCause::BrokenDocument,
        message: format!("`{path}` of the Terraform module `{shown}` could not be read, or not all of it"),
        location: None,
        way_out: Some("mend the file, or see its own finding".to_owned()),
    }
}

fn missing_gap(call: &ModuleCall) -> Gap {
    let from = match call.source.text() {
        Some(source) => format!("comes from `{source}`, which is not in this tree"),
        None => "has a source that cannot be told".to_owned(),
    };
    Gap {
        kind: RESOURCE,
        fields: &[],
        cause: GapCause::NotVendored,
        message: format!("module `{}` {from}", call.name),
        location: Some(call.place.location()),
        way_out: Some("check the plan, which holds what the module creates".to_owned()),
    }
}
