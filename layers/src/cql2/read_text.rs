//! A filter read from text, by the grammar of the standard (annex B).

mod alone;
mod calculation;
mod literal;

pub use self::alone::read_geometry_text;

use super::lexer::{self, Token};
use super::limits::{Budget, want_shallow};
use super::{Comparison, Expression, Fault, Node, Operator, Place, grammar};

/// Reads a filter from CQL2 text; the fault is the first that keeps it from being one.
pub fn read_text(text: &str) -> Result<Expression, Fault> {
    let whole = Place::Bytes(0..text.len());
    let budget = Budget::of(text, &whole)?;
    let mut reader = Reader {
        pieces: lexer::cut(text)?,
        at: 0,
        budget,
    };
    let filter = reader.any_of()?;
    reader.want_end()?;
    want_shallow(&filter)?;
    grammar::want_condition(&filter)?;
    Ok(filter)
}

/// Words that are no names unless they stand in quotes.
const RESERVED: [&str; 11] = [
    "AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE", "DIV",
];

/// Whether a name must stand in quotes.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name))
}

const COMPARISONS: [(&str, Comparison); 6] = [
    ("=", Comparison::Equal),
    ("<>", Comparison::Unequal),
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterOrEqual),
];
struct Reader {
    pieces: Vec<(Token, Place)>,
    at: usize,
    budget: Budget,
}

impl Reader {
    fn token(&self) -> &Token {
        &self.pieces[self.at].0
    }

    fn following(&self) -> &Token {
        self.pieces
            .get(self.at + 1)
            .map_or(&Token::End, |piece| &piece.0)
    }

    fn place(&self) -> &Place {
        &self.pieces[self.at].1
    }

    /// Returns the place from a piece to the last that was taken.
    fn place_from(&self, first: usize) -> Place {
        let last = self.at.saturating_sub(1).max(first);
        self.pieces[first].1.to(&self.pieces[last].1)
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(self.token(), Token::Word(word) if word.eq_ignore_ascii_case(wanted))
    }

    fn is_sign(&self, wanted: &str) -> bool {
        matches!(self.token(), Token::Sign(sign) if *sign == wanted)
    }

    /// Takes a sign or a word if it is next.
    fn take(&mut self, wanted: &str) -> bool {
        let there = self.is_sign(wanted) || self.is_word(wanted);
        self.at += usize::from(there);
        there
    }

    fn want(&mut self, wanted: &str) -> Result<(), Fault> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{wanted}`"), &format!("`{wanted}`")))
    }

    fn want_end(&self) -> Result<(), Fault> {
        if *self.token() == Token::End {
            return Ok(());
        }
        Err(self.unexpected(
            "AND, OR, porovnání nebo konec filtru",
            "AND, OR, a comparison or the end of the filter",
        ))
    }

    fn unexpected(&self, cs: &str, en: &str) -> Fault {
        match self.token() {
            Token::End => Fault::new(
                self.place(),
                format!("filtr tu končí, ale má tu být {cs}"),
                format!("the filter ends here, but {en} is expected"),
            ),
            token => Fault::new(
                self.place(),
                format!("zde má být {cs}, ne `{token}`"),
                format!("{en} is expected here, not `{token}`"),
            ),
        }
    }

    /// Reads one level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let place = self.place().clone();
        self.budget.enter(&place)?;
        let read = read(self)?;
        self.budget.leave();
        Ok(read)
    }

    fn any_of(&mut self) -> Result<Expression, Fault> {
        self.nested(|reader| {
            reader.several("OR", Operator::Or, |reader| {
                reader.several("AND", Operator::And, Self::negated)
            })
        })
    }

    fn several(
        &mut self,
        word: &str,
        operator: Operator,
        read: impl Fn(&mut Self) -> Result<Expression, Fault>,
    ) -> Result<Expression, Fault> {
        let first = self.at;
        let mut parts = vec![read(self)?];
        while self.take(word) {
            parts.push(read(self)?);
        }
        if parts.len() > 1 {
            return grammar::call(operator, parts, self.place_from(first));
        }
        Ok(parts.remove(0))
    }

    fn negated(&mut self) -> Result<Expression, Fault> {
        let first = self.at;
        if !self.take("NOT") {
            return self.predicate();
        }
        let condition = self.nested(Self::negated)?;
        grammar::call(Operator::Not, vec![condition], self.place_from(first))
    }

    /// Reads a value and what is said of it, if anything.
    fn predicate(&mut self) -> Result<Expression, Fault> {
        let first = self.at;
        let value = self.sum()?;
        if let Some(comparison) = self.take_one(&COMPARISONS) {
            let other = self.sum()?;
            let place = self.place_from(first);
            return grammar::call(Operator::Compare(comparison), vec![value, other], place);
        }
        if self.take("IS") {
            let is_not = self.take("NOT");
            self.want("NULL")?;
            return self.said(Operator::IsNull, vec![value], is_not, first);
        }
        let is_not = self.take("NOT");
        if self.take("LIKE") {
            let pattern = self.sum()?;
            return self.said(Operator::Like, vec![value, pattern], is_not, first);
        }
        if self.take("BETWEEN") {
            let least = self.sum()?;
            self.want("AND")?;
            let largest = self.sum()?;
            return self.said(
                Operator::Between,
                vec![value, least, largest],
                is_not,
                first,
            );
        }
        if self.take("IN") {
            let list = self.list()?;
            return self.said(Operator::In, vec![value, list], is_not, first);
        }
        if is_not {
            return Err(self.unexpected("LIKE, BETWEEN nebo IN", "LIKE, BETWEEN or IN"));
        }
        Ok(value)
    }

    /// Makes a predicate, or its opposite.
    fn said(
        &self,
        operator: Operator,
        arguments: Vec<Expression>,
        is_not: bool,
        first: usize,
    ) -> Result<Expression, Fault> {
        let place = self.place_from(first);
        let predicate = grammar::call(operator, arguments, place.clone())?;
        if is_not {
            return grammar::call(Operator::Not, vec![predicate], place);
        }
        Ok(predicate)
    }

    fn take_one<T: Copy>(&mut self, signs: &[(&str, T)]) -> Option<T> {
        let found = signs.iter().find(|(sign, _)| self.take(sign));
        found.map(|(_, meaning)| *meaning)
    }

    fn operand(&mut self) -> Result<Expression, Fault> {
        let place = self.place().clone();
        self.budget.part(&place)?;
        let node = match self.token().clone() {
            Token::Sign("(") => return self.bracketed(),
            Token::Text(text) => Node::Text(text),
            Token::Number(number) => Node::Number(number),
            Token::Quoted(name) => Node::Property(name),
            Token::Word(word) if word.eq_ignore_ascii_case("TRUE") => Node::Boolean(true),
            Token::Word(word) if word.eq_ignore_ascii_case("FALSE") => Node::Boolean(false),
            Token::Word(word) if !is_reserved(&word) => {
                if let Some(literal) = self.literal(&word)? {
                    return Ok(literal);
                }
                if *self.following() == Token::Sign("(") {
                    return self.function(&word);
                }
                Node::Property(word)
            }
            _ => return Err(self.unexpected("hodnota nebo podmínka", "a value or a condition")),
        };
        self.at += 1;
        Ok(node.at(place))
    }

    /// Reads what stands in brackets: a part of the filter, or several values.
    fn bracketed(&mut self) -> Result<Expression, Fault> {
        let first = self.at;
        self.want("(")?;
        if self.take(")") {
            return Ok(Node::Array(Vec::new()).at(self.place_from(first)));
        }
        let inside_first = self.at;
        let inside = self.any_of()?;
        if self.take(")") {
            return Ok(inside);
        }
        let mut values = vec![self.array_of_one(inside, inside_first)];
        self.want(",")?;
        values.extend(self.values(true)?);
        Ok(Node::Array(values).at(self.place_from(first)))
    }

    /// Reads the values that `IN` looks among.
    fn list(&mut self) -> Result<Expression, Fault> {
        let first = self.at;
        self.want("(")?;
        let values = self.nested(|reader| reader.values(false))?;
        Ok(Node::Array(values).at(self.place_from(first)))
    }

    /// Reads values up to the closing bracket; where arrays may stand, one that is in brackets of its own is an array.
    fn values(&mut self, may_be_arrays: bool) -> Result<Vec<Expression>, Fault> {
        let mut values = Vec::new();
        if self.take(")") {
            return Ok(values);
        }
        loop {
            let first = self.at;
            let value = self.any_of()?;
            values.push(if may_be_arrays {
                self.array_of_one(value, first)
            } else {
                value
            });
            if !self.take(",") {
                self.want(")")?;
                return Ok(values);
            }
        }
    }

    /// Returns a value that was just read as an array of one for each pair of brackets around it.
    fn array_of_one(&self, mut value: Expression, first: usize) -> Expression {
        let last = self.at - 1;
        let is_around = |layer: &usize| self.closing_of(first + layer) == last.checked_sub(*layer);
        let layers = (0..self.at - first).take_while(is_around).count();
        // An array that was read has the innermost pair.
        let read = usize::from(matches!(value.node, Node::Array(_)));
        for layer in (0..layers.saturating_sub(read)).rev() {
            let place = self.pieces[first + layer]
                .1
                .to(&self.pieces[last - layer].1);
            value = Node::Array(vec![value]).at(place);
        }
        value
    }

    /// Returns the piece that closes the bracket that opens at a piece, if one does.
    fn closing_of(&self, first: usize) -> Option<usize> {
        let mut depth = 0;
        for (at, (token, _)) in self.pieces.iter().enumerate().take(self.at).skip(first) {
            match token {
                Token::Sign("(") => depth += 1,
                Token::Sign(")") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return (at > first).then_some(at);
            }
        }
        None
    }

    fn function(&mut self, name: &str) -> Result<Expression, Fault> {
        let first = self.at;
        self.at += 1;
        self.want("(")?;
        let operator = match Operator::named(name) {
            operator if operator.is_called() => operator,
            _ => Operator::Function(name.to_owned()),
        };
        let takes_arrays = matches!(operator, Operator::Array(_) | Operator::Function(_));
        let arguments = self.nested(|reader| reader.values(takes_arrays))?;
        grammar::call(operator, arguments, self.place_from(first))
    }
}
