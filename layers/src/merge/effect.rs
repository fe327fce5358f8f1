//! What an operation makes of a feature as it stands: what is taken over, and what is left for a person to decide.

use geo_types::Geometry;

use super::chain::{Known, Sight};
use super::content::Content;
use super::outcome::{Held, Part};
use super::reading::Reading;
use super::rings::merge_geometries;
use super::unmoved::same_place;
use crate::{Field, Layer, Value};

/// A part that two people changed, each in another way.
pub(super) struct Open {
    pub(super) part: Part,
    pub(super) base: Held,
    pub(super) theirs: Held,
    pub(super) mine: Held,
}

impl Open {
    /// Returns the whole feature, as the first of the three who had one.
    pub(super) fn content(&self) -> Option<&Content> {
        [&self.theirs, &self.base, &self.mine]
            .into_iter()
            .find_map(|held| match held {
                Held::Feature(content) => content.as_ref(),
                Held::Value(_) | Held::Geometry(_) => None,
            })
    }
}

/// What an operation makes of a feature.
pub(super) struct Effect {
    /// What would stand; none when the feature would not be there.
    pub(super) after: Option<Content>,
    /// What a person has to decide.
    pub(super) open: Vec<Open>,
    /// Whether somebody else had touched what its author saw.
    pub(super) is_merge: bool,
}

/// There is no such feature, as far as its author can know.
pub(super) struct NoSuchFeature;

/// Adds a feature; where one has its identity already, both are merged from nothing.
pub(super) fn create(layer: &Layer, reading: &Reading, current: Option<&Content>) -> Effect {
    let nothing = Content::empty(layer);
    let blank = Sight::of(Some(nothing.clone()));
    let begun = current.unwrap_or(&nothing);
    Effect {
        is_merge: current.is_some(),
        ..change(layer, reading, &blank, begun)
    }
}

/// Changes a feature; whoever changes what somebody else removed meets them.
pub(super) fn update(
    layer: &Layer,
    reading: &Reading,
    sight: &Sight,
    current: Option<&Content>,
) -> Result<Effect, NoSuchFeature> {
    if let Some(current) = current {
        return Ok(change(layer, reading, sight, current));
    }
    let base = sight.taken.as_ref().ok_or(NoSuchFeature)?;
    let wanted = change(layer, reading, sight, base);
    let unchanged = wanted
        .after
        .as_ref()
        .is_some_and(|after| after.is_same(base));
    let open = Open {
        part: Part::Feature,
        base: Held::Feature(Some(base.clone())),
        theirs: Held::Feature(None),
        mine: Held::Feature(wanted.after),
    };
    Ok(Effect {
        after: None,
        open: if unchanged { Vec::new() } else { vec![open] },
        is_merge: true,
    })
}

/// Removes a feature, unless somebody else has changed it.
pub(super) fn delete(
    layer: &Layer,
    sight: &Sight,
    current: Option<&Content>,
) -> Result<Effect, NoSuchFeature> {
    let gone = |is_merge| Effect {
        after: None,
        open: Vec::new(),
        is_merge,
    };
    match current {
        None if sight.taken.is_some() => Ok(gone(true)),
        None => Err(NoSuchFeature),
        Some(current) if sight.knew(layer, current) => Ok(gone(false)),
        Some(current) => Ok(Effect {
            after: Some(current.clone()),
            open: vec![Open {
                part: Part::Feature,
                base: Held::Feature(sight.taken.clone()),
                theirs: Held::Feature(Some(current.clone())),
                mine: Held::Feature(None),
            }],
            is_merge: true,
        }),
    }
}

fn change(layer: &Layer, reading: &Reading, sight: &Sight, current: &Content) -> Effect {
    let mut after = current.clone();
    let mut open = Vec::new();
    for wish in &reading.wishes {
        let field = &layer.fields[wish.place];
        let theirs = &current.values[wish.place];
        let known = sight.value(wish);
        match merge_value(field, &known, theirs, &wish.new) {
            Some(merged) => after.values[wish.place] = merged,
            None => open.push(Open {
                part: Part::Field(field.name.clone()),
                base: Held::Value(known.base.cloned().unwrap_or_default()),
                theirs: Held::Value(theirs.clone()),
                mine: Held::Value(wish.new.clone()),
            }),
        }
    }
    let old = reading.old_geometry(sight.shown());
    if let Some(mine) = reading.geometry(old.as_ref().or(sight.shown())) {
        let known = sight.geometry(old.as_ref());
        let theirs = current.geometry.as_ref();
        match merge_geometry(&known, theirs, &mine) {
            Some(merged) => after.geometry = Some(merged),
            None => open.push(Open {
                part: Part::Geometry,
                base: Held::Geometry(known.base.cloned()),
                theirs: Held::Geometry(theirs.cloned()),
                mine: Held::Geometry(Some(mine)),
            }),
        }
    }
    Effect {
        after: Some(after),
        open,
        is_merge: !sight.knew(layer, current),
    }
}

/// Merges a value; none when a person has to decide.
fn merge_value(
    field: &Field,
    known: &Known<'_, Value>,
    theirs: &Value,
    mine: &Value,
) -> Option<Value> {
    if mine == theirs || known.has(|value| value == mine) {
        Some(theirs.clone())
    } else if field.retired {
        None
    } else if known.has(|value| value == theirs) {
        Some(mine.clone())
    } else {
        field.merge.merge(known.base, theirs, mine)
    }
}

/// Merges a geometry; none when a person has to decide.
fn merge_geometry(
    known: &Known<'_, Geometry<f64>>,
    theirs: Option<&Geometry<f64>>,
    mine: &Geometry<f64>,
) -> Option<Geometry<f64>> {
    let Some(theirs) = theirs else {
        return known.base.is_none().then(|| mine.clone());
    };
    if same_place(mine, theirs) || known.has(|shape| same_place(shape, mine)) {
        Some(theirs.clone())
    } else if known.has(|shape| same_place(shape, theirs)) {
        Some(mine.clone())
    } else {
        merge_geometries(known.base?, theirs, mine)
    }
}
