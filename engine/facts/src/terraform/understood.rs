//! One sentence for the first screen.

use engine_model::Value;

use super::{Data, Evaluated, Modules};

/// What was understood of the Terraform modules, without a full stop; `None` where there is none.
///
/// Attribute values are counted one by one, items of lists and of nested blocks included, in resources alone.
#[must_use]
pub fn understood(modules: &Modules) -> Option<String> {
    let all = &modules.modules;
    if all.is_empty() {
        return None;
    }
    let roots = all.iter().filter(|module| module.is_root).count();
    let resources: usize = all.iter().map(|module| module.resources.len()).sum();
    let calls: usize = all.iter().map(|module| module.calls.len()).sum();
    let missing = all.iter().flat_map(|module| &module.calls).filter(|call| call.directory.is_none()).count();
    let mut known = Tally::default();
    for resource in all.iter().flat_map(|module| &module.resources) {
        known.count(&resource.attributes);
    }

    let mut parts = vec![count(roots, "root module"), count(resources, "resource")];
    if calls > 0 {
        let missing = if missing > 0 { format!(" ({missing} not in this tree)") } else { String::new() };
        parts.push(format!("{}{missing}", count(calls, "module call")));
    }
    if known.all > 0 {
        parts.push(format!("{} of {} known", known.known, count(known.all, "attribute value")));
    }
    let incomplete = all.iter().filter(|module| !module.is_complete).count();
    if incomplete > 0 {
        parts.push(format!("{} not read whole", count(incomplete, "module")));
    }
    Some(format!("Terraform: {}", parts.join(", ")))
}

#[derive(Default)]
struct Tally {
    known: usize,
    all: usize,
}

impl Tally {
    fn count(&mut self, value: &Evaluated) {
        match &value.value {
            Value::Known(Data::List(items) | Data::Set(items)) => items.iter().for_each(|item| self.count(item)),
            Value::Known(Data::Map(items)) => items.values().for_each(|item| self.count(item)),
            Value::Known(Data::Json(inner)) => self.count(inner),
            Value::Known(_) => {
                self.known = self.known.saturating_add(1);
                self.all = self.all.saturating_add(1);
            }
            Value::Unknown(_) => self.all = self.all.saturating_add(1),
            Value::Absent => {}
        }
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
