//! A geometry that stands alone, written as in the text of a filter.

use geo_types::Geometry;

use super::super::lexer::{self, Token};
use super::super::limits::Budget;
use super::super::{Expression, Fault, Node, Place};
use super::Reader;

/// Reads a geometry from well-known text (OGC 06-103r4), in the coordinates it has; heights are left out.
pub fn read_geometry_text(text: &str) -> Result<Geometry<f64>, Fault> {
    let whole = Place::Bytes(0..text.len());
    let budget = Budget::of(text, &whole)?;
    let mut reader = Reader {
        pieces: lexer::cut(text)?,
        at: 0,
        budget,
    };
    let word = match reader.token() {
        Token::Word(word) => word.clone(),
        _ => String::new(),
    };
    match reader.literal(&word)? {
        Some(Expression {
            node: Node::Geometry(geometry),
            ..
        }) if *reader.token() == Token::End => Ok(geometry),
        _ => Err(reader.unexpected(
            "jediná geometrie, například POLYGON((…))",
            "one geometry such as POLYGON((…))",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_geometry_is_read_and_nothing_beside_it() {
        for good in [
            "POINT(13.4 50.4)",
            "POLYGON((13 50, 14 50, 14 51, 13 50))",
            "polygon Z ((13 50 1, 14 50 1, 14 51 1, 13 50 1))",
        ] {
            assert!(read_geometry_text(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "13.4 50.4",
            "POINT(13.4 50.4) AND code = 'x'",
            "POINT(13.4 50.4)) OR (1=1",
            "BBOX(13,50,14,51)",
            "DATE('2026-01-01')",
            "code",
        ] {
            assert!(read_geometry_text(bad).is_err(), "{bad}");
        }
    }
}
