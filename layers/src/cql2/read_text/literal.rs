//! Geometries and times as the text of a filter writes them.

use geo_types::{Coord, Geometry, GeometryCollection};

use super::super::lexer::Token;
use super::super::shape::{self, Kind, Nest};
use super::super::{Expression, Fault, Moment, Node};
use super::Reader;

/// The word for a box, and the one that drafts of the standard had.
const BOXES: [&str; 2] = ["BBOX", "ENVELOPE"];

impl Reader {
    /// Reads a geometry or a time, if the word at hand begins one.
    pub(super) fn literal(&mut self, word: &str) -> Result<Option<Expression>, Fault> {
        let first = self.at;
        let is_high = matches!(self.following(), Token::Word(z) if z.eq_ignore_ascii_case("Z"));
        let bracket = self.pieces.get(first + if is_high { 2 } else { 1 });
        if !matches!(bracket, Some((Token::Sign("("), _))) {
            return Ok(None);
        }
        let is = |name: &str| word.eq_ignore_ascii_case(name) && !is_high;
        let node = if let Some(kind) = Kind::named(word) {
            self.at += if is_high { 2 } else { 1 };
            Node::Geometry(self.geometry(kind)?)
        } else if BOXES.into_iter().any(is) {
            self.at += 1;
            Node::Bbox(self.bbox()?)
        } else if is("DATE") || is("TIMESTAMP") {
            self.at += 2;
            let instant = Node::Moment(self.instant(is("DATE"))?);
            self.want(")")?;
            instant
        } else if is("INTERVAL") {
            self.at += 2;
            let from = self.interval_end()?;
            self.want(",")?;
            let to = self.interval_end()?;
            self.want(")")?;
            Node::Interval(Box::new([from, to]))
        } else {
            return Ok(None);
        };
        Ok(Some(node.at(self.place_from(first))))
    }

    fn geometry(&mut self, kind: Kind) -> Result<Geometry<f64>, Fault> {
        match kind {
            Kind::Collection => self.collection().map(Geometry::GeometryCollection),
            Kind::Point => {
                self.want("(")?;
                let position = self.position()?;
                self.want(")")?;
                shape::shape(kind, position)
            }
            Kind::MultiPoint => {
                let positions = self.nest(Self::bracketed_position)?;
                shape::shape(kind, positions)
            }
            Kind::LineString => {
                let line = self.nest(Self::position)?;
                shape::shape(kind, line)
            }
            Kind::Polygon | Kind::MultiLineString => {
                let lines = self.nest(|reader| reader.nest(Self::position))?;
                shape::shape(kind, lines)
            }
            Kind::MultiPolygon => {
                let lines = |reader: &mut Self| reader.nest(Self::position);
                let polygons = self.nest(|reader| reader.nest(lines))?;
                shape::shape(kind, polygons)
            }
        }
    }

    fn collection(&mut self) -> Result<GeometryCollection<f64>, Fault> {
        let mut parts = Vec::new();
        self.want("(")?;
        loop {
            let kind = match self.token() {
                Token::Word(word) => Kind::named(word).filter(|kind| *kind != Kind::Collection),
                _ => None,
            };
            let Some(kind) = kind else {
                return Err(
                    self.unexpected("geometrie, například POINT", "a geometry such as POINT")
                );
            };
            self.at += 1;
            self.take("Z");
            parts.push(self.geometry(kind)?);
            if !self.take(",") {
                self.want(")")?;
                return Ok(GeometryCollection(parts));
            }
        }
    }

    /// Reads items in brackets.
    fn nest(&mut self, read: impl Fn(&mut Self) -> Result<Nest, Fault>) -> Result<Nest, Fault> {
        let first = self.at;
        self.want("(")?;
        let mut items = vec![read(self)?];
        while self.take(",") {
            items.push(read(self)?);
        }
        self.want(")")?;
        Ok(Nest::List(items, self.place_from(first)))
    }

    /// Reads a position of several, which many programs write without brackets.
    fn bracketed_position(&mut self) -> Result<Nest, Fault> {
        let is_bracketed = self.take("(");
        let position = self.position()?;
        if is_bracketed {
            self.want(")")?;
        }
        Ok(position)
    }

    fn position(&mut self) -> Result<Nest, Fault> {
        let first = self.at;
        let x = self.coordinate()?;
        let y = self.coordinate()?;
        if !matches!(self.token(), Token::Sign("," | ")")) {
            self.coordinate()?;
        }
        let place = self.place_from(first);
        self.budget.position(&place)?;
        Ok(Nest::Position(Coord { x, y }, place))
    }

    fn coordinate(&mut self) -> Result<f64, Fault> {
        let is_negative = self.take("-");
        if !is_negative {
            self.take("+");
        }
        let Token::Number(number) = self.token() else {
            return Err(self.unexpected("souřadnice (číslo)", "a coordinate (a number)"));
        };
        let number = number.as_real();
        self.at += 1;
        Ok(if is_negative { -number } else { number })
    }

    fn bbox(&mut self) -> Result<[f64; 4], Fault> {
        let first = self.at;
        self.want("(")?;
        let mut numbers = vec![self.coordinate()?];
        while self.take(",") {
            let place = self.place().clone();
            self.budget.position(&place)?;
            numbers.push(self.coordinate()?);
        }
        self.want(")")?;
        shape::bbox(&numbers, &self.place_from(first))
    }

    /// Reads a day or an instant in quotes.
    fn instant(&mut self, is_date: bool) -> Result<Moment, Fault> {
        let read = match self.token() {
            Token::Text(text) if is_date => Moment::date(text),
            Token::Text(text) => Moment::timestamp(text),
            _ => None,
        };
        let Some(instant) = read else {
            return Err(if is_date {
                self.unexpected("den, například '2026-05-31'", "a day such as '2026-05-31'")
            } else {
                self.unexpected(
                    "okamžik, například '2026-05-31T12:00:00Z'",
                    "an instant such as '2026-05-31T12:00:00Z'",
                )
            });
        };
        self.at += 1;
        Ok(instant)
    }

    fn interval_end(&mut self) -> Result<Expression, Fault> {
        let place = self.place().clone();
        self.budget.part(&place)?;
        let text = match self.token() {
            Token::Text(text) => text.clone(),
            Token::Word(_) | Token::Quoted(_) => {
                let end = self.operand()?;
                if end.is_interval_end() {
                    return Ok(end);
                }
                return Err(super::super::read_json::no_interval_end(&end.place));
            }
            _ => String::new(),
        };
        let node = match Moment::date(&text).or_else(|| Moment::timestamp(&text)) {
            Some(instant) => Node::Moment(instant),
            None if text == ".." => Node::Open,
            None => return Err(super::super::read_json::no_interval_end(&place)),
        };
        self.at += 1;
        Ok(node.at(place))
    }
}
