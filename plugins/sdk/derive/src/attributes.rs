//! What the attributes `facts` and `serde` say, as far as it changes what is read.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Result, Token, parenthesized};

/// What stands on a struct.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) kind: Option<LitStr>,
    pub(crate) rename_all: Option<LitStr>,
    pub(crate) transparent: bool,
}

/// What stands on a field.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) whole: bool,
    pub(crate) rename: Option<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) flatten: bool,
    pub(crate) skip: bool,
}

impl Container {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut this = Self::default();
        each(attributes, "facts", |meta| {
            if !meta.path.is_ident("kind") {
                return Err(meta.error("expected `kind = \"..\"`"));
            }
            let kind: LitStr = meta.value()?.parse()?;
            if !is_kind(&kind.value()) {
                return Err(Error::new(kind.span(), "a kind is lower-case words joined by dots: `gitlab.job`"));
            }
            this.kind = Some(kind);
            Ok(())
        })?;
        each(attributes, "serde", |meta| {
            if meta.path.is_ident("rename_all") {
                this.rename_all = name(meta)?;
                return Ok(());
            }
            this.transparent |= meta.path.is_ident("transparent");
            pass(meta)
        })?;
        Ok(this)
    }
}

impl Field {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut this = Self::default();
        each(attributes, "facts", |meta| {
            if !meta.path.is_ident("whole") {
                return Err(meta.error("expected `whole`"));
            }
            this.whole = true;
            Ok(())
        })?;
        each(attributes, "serde", |meta| {
            if meta.path.is_ident("rename") {
                this.rename = name(meta)?.map(|name| name.value()).or(this.rename.take());
                return Ok(());
            }
            if meta.path.is_ident("alias") {
                this.aliases.push(meta.value()?.parse::<LitStr>()?.value());
                return Ok(());
            }
            this.flatten |= meta.path.is_ident("flatten");
            this.skip |= meta.path.is_ident("skip") || meta.path.is_ident("skip_deserializing");
            pass(meta)
        })?;
        Ok(this)
    }
}

fn each(attributes: &[Attribute], name: &str, mut read: impl FnMut(&ParseNestedMeta<'_>) -> Result<()>) -> Result<()> {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        attribute.parse_nested_meta(|meta| read(&meta))?;
    }
    Ok(())
}

/// `= "name"`, or `(deserialize = "name", serialize = "..")`.
fn name(meta: &ParseNestedMeta<'_>) -> Result<Option<LitStr>> {
    if meta.input.peek(Token![=]) {
        return meta.value()?.parse().map(Some);
    }
    let mut found = None;
    meta.parse_nested_meta(|inner| {
        let value: LitStr = inner.value()?.parse()?;
        if inner.path.is_ident("deserialize") {
            found = Some(value);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Steps over what an attribute of serde holds that does not matter here.
fn pass(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let inner;
        parenthesized!(inner in meta.input);
        inner.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}

fn is_kind(kind: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
    };
    kind.split('.').all(word)
}
