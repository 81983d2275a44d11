//! The code that the derive writes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::attributes::{Container, Field};
use crate::case;

/// `impl Shape`, and `impl Facts` where there is a kind.
pub(crate) fn facts(input: &DeriveInput) -> Result<TokenStream> {
    let container = Container::read(&input.attrs)?;
    let fields = match &input.data {
        Data::Struct(data) => fields(&container, &data.fields)?,
        Data::Enum(_) => quote!(::engine_sdk::Fields::Whole),
        Data::Union(_) => return Err(Error::new_spanned(&input.ident, "a union cannot be read from facts")),
    };
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let facts = container.kind.map(|kind| {
        quote! {
            #[automatically_derived]
            impl #generics ::engine_sdk::Facts for #name #arguments #bounds {
                const KIND: &'static str = #kind;
            }
        }
    });
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::engine_sdk::Shape for #name #arguments #bounds {
            fn fields() -> ::engine_sdk::Fields {
                #fields
            }
        }
        #facts
    })
}

fn fields(container: &Container, fields: &Fields) -> Result<TokenStream> {
    let one = match fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first(),
        Fields::Named(fields) if container.transparent => fields.named.first(),
        _ => None,
    };
    if let Some(one) = one {
        return Ok(shape(&Field::read(&one.attrs)?, &one.ty));
    }
    let Fields::Named(fields) = fields else { return Ok(quote!(::engine_sdk::Fields::Whole)) };
    let mut paths = Vec::new();
    for field in &fields.named {
        let attributes = Field::read(&field.attrs)?;
        if attributes.skip {
            continue;
        }
        let shape = shape(&attributes, &field.ty);
        if attributes.flatten {
            paths.push(quote!(paths.extend(#shape.paths());));
            continue;
        }
        for name in names(container, attributes, field)? {
            paths.push(quote!(paths.extend(#shape.below(#name));));
        }
    }
    Ok(quote! {
        let mut paths = ::std::vec::Vec::new();
        #(#paths)*
        ::engine_sdk::Fields::Parts(paths)
    })
}

fn shape(field: &Field, of: &syn::Type) -> TokenStream {
    if field.whole { quote!(::engine_sdk::Fields::Whole) } else { quote!(<#of as ::engine_sdk::Shape>::fields()) }
}

/// The names that serde accepts for the field.
fn names(container: &Container, attributes: Field, field: &syn::Field) -> Result<Vec<String>> {
    let own = field.ident.as_ref().map(|ident| ident.unraw().to_string()).unwrap_or_default();
    let name = match (attributes.rename, &container.rename_all) {
        (Some(name), _) => name,
        (None, Some(rule)) => {
            case::rename(&own, &rule.value()).ok_or_else(|| Error::new(rule.span(), "serde has no such case"))?
        }
        (None, None) => own,
    };
    let names: Vec<String> = std::iter::once(name).chain(attributes.aliases).collect();
    match names.iter().find(|name| name.is_empty() || name.contains('.') || *name == "*") {
        Some(name) => Err(Error::new_spanned(field, format!("`{name}` cannot be a part of a path"))),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_quote};

    fn wrong(input: &DeriveInput) -> String {
        super::facts(input).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_told_where_they_stand() {
        let kind = wrong(&parse_quote!(
            #[facts(kind = "Gitlab job")]
            struct Job {}
        ));
        assert_eq!(kind, "a kind is lower-case words joined by dots: `gitlab.job`");
        assert_eq!(
            wrong(&parse_quote!(
                #[facts(name = "x")]
                struct Job {}
            )),
            "expected `kind = \"..\"`"
        );
        assert_eq!(
            wrong(&parse_quote!(
                struct Job {
                    #[facts(all)]
                    name: String,
                }
            )),
            "expected `whole`"
        );
        let path = wrong(&parse_quote!(
            struct Job {
                #[serde(rename = "a.b")]
                name: String,
            }
        ));
        assert_eq!(path, "`a.b` cannot be a part of a path");
        assert_eq!(
            wrong(&parse_quote!(
                #[serde(rename_all = "x")]
                struct Job {
                    a: u8,
                }
            )),
            "serde has no such case"
        );
        assert_eq!(wrong(&parse_quote!(union Job { a: u8 })), "a union cannot be read from facts");
    }

    #[test]
    fn a_struct_without_a_kind_only_has_a_shape() {
        let code = super::facts(&parse_quote!(
            struct Command {
                words: Vec<String>,
            }
        ))
        .unwrap()
        .to_string();
        assert!(code.contains("Shape for Command") && !code.contains("Facts for Command"), "{code}");
    }
}
