//! CQL2 (OGC 21-065r2), the language in which other programs say which features they want, as text and as JSON.
//!
//! [`read_text`] and [`read_json`] make the same [`Expression`] of the same filter, and tell what is wrong with its place.

mod character;
mod expression;
mod fault;
mod grammar;
mod lexer;
mod limits;
mod operator;
mod read_json;
mod read_text;
mod shape;
#[cfg(test)]
mod tests;
mod write_json;
mod write_text;

pub use self::expression::{Expression, Moment, Node, Number};
pub use self::fault::{Fault, Place};
pub use self::limits::{MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_POSITIONS};
pub use self::operator::{
    Arithmetic, ArrayRelation, Comparison, Fold, Operator, Relation, TimeRelation,
};
pub use self::read_json::read_json;
pub use self::read_text::read_text;
