//! The derive macro of engine-sdk: from a struct to the kind and the fields that it reads.
//!
//! The names are those that serde reads, so its attributes are understood here; what a field reads of its value is
//! asked of the field's type.

mod attributes;
mod case;
mod expand;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Says which fields of a fact a struct reads: those it has.
///
/// ```text
/// #[derive(Deserialize, Facts)]
/// #[facts(kind = "gitlab.job")]       // what a rule is handed one by one; a struct inside it has no kind
/// struct Job {
///     name: String,                   // reads `name`
///     #[serde(default)]
///     commands: Vec<Command>,         // reads `commands.*.words`
///     #[facts(whole)]
///     rules: Vec<Foreign>,            // reads all of `rules`: for a type that does not derive Facts
/// }
///
/// #[derive(Deserialize, Facts)]
/// struct Command { words: Vec<String> }
/// ```
///
/// `serde(rename, rename_all, alias, flatten, skip)` are followed. An enum reads all of its value. Only what is named
/// is handed over, so `serde(deny_unknown_fields)` has no use here: another rule of the plugin may read more.
#[proc_macro_derive(Facts, attributes(facts))]
pub fn derive_facts(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::facts(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
