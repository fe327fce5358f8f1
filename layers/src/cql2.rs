//! CQL2 (OGC 21-065r2), the language in which other programs say which features they want, as text and as JSON.
//!
//! [`read_text`] and [`read_json`] make the same [`Expression`] of the same filter, and tell what is wrong with its place.
//! [`Filter::bind`] makes of it a [`Filter`] for what an audience sees of a layer, which a query carries and which can be
//! asked of a feature in memory.

mod bind;
mod character;
mod evaluate;
mod expression;
mod fault;
mod filter;
mod fold;
mod grammar;
mod lexer;
mod limits;
mod operator;
mod pattern;
mod read_json;
mod read_text;
mod shape;
#[cfg(test)]
mod tests;
mod write_json;
mod write_text;

pub use self::bind::GEOMETRY;
pub use self::expression::{Expression, Moment, Node, Number};
pub use self::fault::{Fault, Place};
pub use self::filter::Filter;
pub(crate) use self::filter::{Condition, Term};
pub(crate) use self::fold::SAME_LETTERS;
pub use self::limits::{MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_POSITIONS};
pub use self::operator::{
    Arithmetic, ArrayRelation, Comparison, Fold, Operator, Relation, TimeRelation,
};
pub(crate) use self::pattern::Pattern;
pub use self::read_json::read_json;
pub use self::read_text::{read_geometry_text, read_text};
