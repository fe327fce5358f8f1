//! Calculations, with the ranks of their operators.

use super::super::lexer::Token;
use super::super::{Arithmetic, Expression, Fault, Node, Number, Operator, grammar};
use super::Reader;

const SUMS: [(&str, Arithmetic); 2] = [("+", Arithmetic::Plus), ("-", Arithmetic::Minus)];
const PRODUCTS: [(&str, Arithmetic); 4] = [
    ("*", Arithmetic::Times),
    ("/", Arithmetic::Divide),
    ("%", Arithmetic::Modulo),
    ("div", Arithmetic::WholeDivide),
];

/// What reads one level of the grammar.
type Level = fn(&mut Reader) -> Result<Expression, Fault>;

impl Reader {
    /// Reads a number that is calculated, or whatever stands in its place.
    pub(super) fn sum(&mut self) -> Result<Expression, Fault> {
        self.chain(&SUMS, Self::product)
    }

    fn product(&mut self) -> Result<Expression, Fault> {
        self.chain(&PRODUCTS, Self::power)
    }

    /// Reads operands with operators of one rank between them, which hold from the left.
    fn chain(&mut self, signs: &[(&str, Arithmetic)], operand: Level) -> Result<Expression, Fault> {
        let first = self.at;
        let mut value = operand(self)?;
        while let Some(sign) = self.take_one(signs) {
            let other = operand(self)?;
            let place = self.place_from(first);
            value = grammar::call(Operator::Calculate(sign), vec![value, other], place)?;
        }
        Ok(value)
    }

    fn power(&mut self) -> Result<Expression, Fault> {
        let first = self.at;
        let base = self.factor()?;
        if !self.take("^") {
            return Ok(base);
        }
        let exponent = self.factor()?;
        let place = self.place_from(first);
        let operator = Operator::Calculate(Arithmetic::Power);
        grammar::call(operator, vec![base, exponent], place)
    }

    fn factor(&mut self) -> Result<Expression, Fault> {
        let first = self.at;
        if self.take("+") {
            return match self.token() {
                Token::Number(_) => self.operand(),
                _ => Err(self.unexpected("číslo", "a number")),
            };
        }
        if !self.take("-") {
            return self.operand();
        }
        let operand = self.operand()?;
        let place = self.place_from(first);
        if let Node::Number(number) = operand.node {
            return Ok(Node::Number(number.negated()).at(place));
        }
        let minus_one = Node::Number(Number::Integer(-1)).at(self.pieces[first].1.clone());
        let operator = Operator::Calculate(Arithmetic::Times);
        grammar::call(operator, vec![minus_one, operand], place)
    }
}
