//! Which members of a body are blocks, and how the texts of the others are read: what the JSON syntax leaves to the
//! reader, since Terraform reads it by its schemas. Providers' schemas are not here.

/// What a member of a body is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Member {
    /// Blocks with so many labels.
    Blocks(usize, Body),
    /// An attribute.
    Attribute(Reading),
}

/// How the texts in an attribute's value are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As templates.
    Template,
    /// As they stand: `${` is no more than two characters.
    Literal,
    /// As expressions: `aws.west`, `list(string)`, `all`.
    Expression,
    /// As one entry of `required_providers`: templates, and expressions in `configuration_aliases`.
    Requirement,
}

/// A kind of body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    Root,
    /// A resource, a data source, an ephemeral resource.
    Resource,
    Lifecycle,
    Provisioner,
    Dynamic,
    /// What a `dynamic` block repeats.
    Content,
    Module,
    Variable,
    Output,
    Terraform,
    Cloud,
    RequiredProviders,
    Moved,
    Import,
    Removed,
    Check,
    /// The values of a variable file.
    Values,
    /// Attributes only, all of them templates.
    Plain,
}

/// What the member `name` of a body is.
///
/// Where the schema that decides is a provider's, an object may be a block or a value: it is an attribute here.
/// `source`, `version` and the settings of a backend are read as templates, although Terraform takes them as they
/// stand: it refuses what the two readings differ in, and OpenTofu reads templates there.
pub(super) fn member(body: Body, name: &str) -> Member {
    use Body as B;
    let blocks = Member::Blocks;
    let as_expression = Member::Attribute(Reading::Expression);
    match (body, name) {
        (B::Root, "resource" | "data" | "ephemeral") => blocks(2, B::Resource),
        (B::Root, "module") => blocks(1, B::Module),
        (B::Root, "variable") => blocks(1, B::Variable),
        (B::Root, "output") => blocks(1, B::Output),
        (B::Root, "provider") => blocks(1, B::Plain),
        (B::Root, "locals") => blocks(0, B::Plain),
        (B::Root, "terraform") => blocks(0, B::Terraform),
        (B::Root, "moved") => blocks(0, B::Moved),
        (B::Root, "import") => blocks(0, B::Import),
        (B::Root, "removed") => blocks(0, B::Removed),
        (B::Root, "check") => blocks(1, B::Check),

        (B::Resource | B::Removed, "lifecycle") => blocks(0, B::Lifecycle),
        (B::Resource | B::Removed, "provisioner") => blocks(1, B::Provisioner),
        (B::Resource | B::Removed | B::Provisioner, "connection") => blocks(0, B::Plain),
        (B::Resource | B::Content, "dynamic") => blocks(1, B::Dynamic),
        (B::Dynamic, "content") => blocks(0, B::Content),
        (B::Lifecycle, "precondition" | "postcondition") | (B::Output, "precondition") => blocks(0, B::Plain),
        (B::Variable, "validation") | (B::Check, "assert") => blocks(0, B::Plain),
        (B::Check, "data") => blocks(2, B::Resource),
        (B::Terraform, "backend" | "provider_meta") => blocks(1, B::Plain),
        (B::Terraform, "cloud") => blocks(0, B::Cloud),
        (B::Terraform, "required_providers") => blocks(0, B::RequiredProviders),
        (B::Cloud, "workspaces") => blocks(0, B::Plain),

        (B::Resource, "depends_on" | "provider") => as_expression,
        (B::Lifecycle, "ignore_changes" | "replace_triggered_by") => as_expression,
        (B::Provisioner, "when" | "on_failure") => as_expression,
        (B::Dynamic, "iterator") => as_expression,
        (B::Module, "depends_on" | "providers") => as_expression,
        (B::Output, "depends_on") => as_expression,
        (B::Variable, "type") => as_expression,
        (B::Terraform, "experiments" | "language") => as_expression,
        (B::Moved, "from" | "to") | (B::Removed, "from") => as_expression,
        (B::Import, "to" | "provider") => as_expression,

        (B::Variable, "default" | "description") | (B::Values, _) => Member::Attribute(Reading::Literal),
        (B::RequiredProviders, _) => Member::Attribute(Reading::Requirement),
        _ => Member::Attribute(Reading::Template),
    }
}
