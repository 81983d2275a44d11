//! A plugin: its rules, and the macro that makes a component of them.

use crate::input::Input;
use crate::page::{self, Page};
use crate::{Report, Rule, Scope, log};

/// An id, a version and rules. [`crate::plugin!`] writes the function that makes it.
#[derive(Debug)]
pub struct Plugin {
    id: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

impl Plugin {
    /// Nothing is judged yet: see [`Plugin::describe`].
    #[must_use]
    pub fn new(id: &'static str, version: &'static str, rules: Vec<Rule>) -> Self {
        Self { id, version, rules }
    }

    /// Kebab-case, unique over all plugins of a gate.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The version of the plugin's crate.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// Its rules, each with what its page says.
    ///
    /// # Panics
    /// Where a page is wrong, a rule stands twice, there is none, or the id is not kebab-case: the engine shows the
    /// message as the reason why the plugin cannot be loaded. [`crate::testing::check`] finds it first.
    #[must_use]
    pub fn describe(&self) -> Vec<(Page, &Rule)> {
        let mut described: Vec<(Page, &Rule)> = Vec::new();
        for rule in &self.rules {
            let page = page::parse(rule.page()).unwrap_or_else(|error| refuse(&error.to_string()));
            if described.iter().any(|(held, _)| held.id == page.id) {
                refuse(&format!("rule `{}` stands twice in plugin `{}`", page.id, self.id));
            }
            described.push((page, rule));
        }
        if described.is_empty() || !page::kebab(self.id) {
            refuse(&format!("plugin `{}` needs a kebab-case id and at least one rule", self.id));
        }
        described
    }

    /// Runs every rule that such a call is for.
    pub(crate) fn check(&self, scope: Scope, input: &Input) -> Report {
        let mut report = Report::default();
        for rule in self.rules.iter().filter(|rule| rule.wants(scope, input)) {
            log::running(rule.id());
            rule.run(input, &mut report);
        }
        log::running("");
        report
    }
}

#[expect(clippy::panic, reason = "the author's mistake, found when the plugin is loaded or tested")]
fn refuse(message: &str) -> ! {
    panic!("{message}")
}

impl IntoIterator for Plugin {
    type Item = Rule;
    type IntoIter = std::vec::IntoIter<Rule>;

    fn into_iter(self) -> Self::IntoIter {
        self.rules.into_iter()
    }
}

/// Makes a plugin of rules: `plugin! { id: "apply-via-ci", rules: [apply_unattended::rule] }`, once, at the root of the
/// crate. Each rule is a function without arguments that gives a [`Rule`].
///
/// It writes `pub fn plugin() -> Plugin`, for tests, and, compiled for WebAssembly, what the engine calls. The version
/// is the crate's. `Cargo.toml` needs `crate-type = ["cdylib", "rlib"]`.
#[macro_export]
macro_rules! plugin {
    (id: $id:expr, rules: [$($rule:path),+ $(,)?] $(,)?) => {
        /// The plugin's id, version and rules.
        #[must_use]
        pub fn plugin() -> $crate::Plugin {
            $crate::Plugin::new($id, ::core::env!("CARGO_PKG_VERSION"), ::std::vec![$($rule()),+])
        }

        $crate::__export_plugin!(plugin);
    };
}

/// What the engine calls; nothing where there is no engine.
#[doc(hidden)]
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! __export_plugin {
    ($plugin:path) => {};
}

/// What the engine calls.
#[doc(hidden)]
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! __export_plugin {
    ($plugin:path) => {
        const _: () = {
            struct Component;

            impl $crate::guest::Guest for Component {
                fn describe() -> $crate::guest::Manifest {
                    $crate::guest::describe($plugin)
                }

                fn check(
                    scope: $crate::guest::Scope,
                    facts: ::std::vec::Vec<$crate::guest::Facts>,
                ) -> $crate::guest::Report {
                    $crate::guest::check($plugin, scope, facts)
                }
            }

    $crate::guest::export!(Component with_types_in $crate::guest::bindings);
        };
    };
}
