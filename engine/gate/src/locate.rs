//! From where a policy points to the file's bytes, and to every place that uses them.

use engine_facts::sourced::{How, Origin};
use engine_facts::wire::Item;
use engine_model::{Location, Place, Route, Span, Use};

/// Where something is, for people.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    /// Where it is written.
    pub(crate) location: Location,
    /// The whole of it, where the location may be only its first line.
    pub(crate) whole: Location,
    /// Keys and indices to it in its document.
    pub(crate) route: Route,
    /// Who uses it, where that is somewhere else.
    pub(crate) used_by: Option<Use>,
}

/// The place in an item that a route leads to; `None` only for an item that nobody wrote.
pub(crate) fn locate(item: &Item, route: &Route, range: Option<Span>) -> Option<Located> {
    let resolved = item.resolve(route);
    let origin = resolved.origin?;
    let part = range.filter(|_| resolved.exact).and_then(|range| narrowed(origin, resolved.text?, range));
    let place = part.unwrap_or_else(|| origin.place.clone());
    let whole = match place.range {
        Some(range) => place.document.locate_text(place.node, range),
        None => place.document.locate_node(place.node),
    };
    Some(Located { location: place.location(), whole, route: place.route(), used_by: used_by(item, origin) })
}

/// The part of a value that a byte range of its text means. Only where the text stands in the document as it is: a
/// value with variables filled in has no such part.
fn narrowed(origin: &Origin, text: &str, range: Span) -> Option<Place> {
    let place = &origin.place;
    let decoded = place.document.scalar(place.node)?.text;
    let start = place.range.map_or(0, |whole| whole.start);
    let written = place.range.map_or(Some(decoded), |whole| decoded.get(whole.range()))?;
    (written == text && range.range().end <= text.len()).then(|| place.part(range.shift(start)))
}

fn used_by(item: &Item, origin: &Origin) -> Option<Use> {
    let hop = origin.entrance()?;
    let location = hop.place.location();
    let user = match hop.how {
        How::Include => format!("pipeline `{}`", location.file.path()),
        _ => item.title.clone(),
    };
    Some(Use { user, location })
}
