//! The text of a filter cut into words, numbers, texts and signs.

use std::fmt;

use super::character::{begins_name, continues_name, is_of_text};
use super::{Fault, Number, Place};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A word, without quotes around it.
    Word(String),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// A number without a sign.
    Number(Number),
    /// Brackets, commas and operators.
    Sign(&'static str),
    /// The end of the text.
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Quoted(name) => write!(f, "\"{name}\""),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Number(Number::Integer(number)) => write!(f, "{number}"),
            Self::Number(Number::Real(number)) => write!(f, "{number:?}"),
            Self::Sign(sign) => f.write_str(sign),
            Self::End => Ok(()),
        }
    }
}

/// Signs; the longer ones come first.
const SIGNS: [&str; 15] = [
    "<>", "<=", ">=", "(", ")", ",", "=", "<", ">", "+", "-", "*", "/", "%", "^",
];

/// What is often written for a sign of the standard.
const MISTAKEN: [(&str, &str); 4] = [("!=", "<>"), ("==", "="), ("&&", "AND"), ("||", "OR")];

/// Cuts a text; the last piece is its end.
pub(super) fn cut(text: &str) -> Result<Vec<(Token, Place)>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut pieces = Vec::new();
    loop {
        lexer.skip(char::is_whitespace);
        let start = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        pieces.push((token, Place::Bytes(start..lexer.at)));
        if is_end {
            return Ok(pieces);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes over characters and returns them.
    fn skip(&mut self, passed: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !passed(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn take(&mut self, sign: &str) -> bool {
        let there = self.rest().starts_with(sign);
        self.at += if there { sign.len() } else { 0 };
        there
    }

    fn token(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Token::End);
        };
        let second = rest[first.len_utf8()..].chars().next();
        if let Some((wrong, right)) = MISTAKEN.iter().find(|(wrong, _)| rest.starts_with(wrong)) {
            return Err(Fault::new(
                &Place::Bytes(start..start + wrong.len()),
                format!("`{wrong}` CQL2 nezná, mysleli jste `{right}`?"),
                format!("CQL2 has no `{wrong}`; did you mean `{right}`?"),
            ));
        }
        if begins_name(first) {
            return Ok(Token::Word(self.skip(continues_name).to_owned()));
        }
        if first.is_ascii_digit() || (first == '.' && second.is_some_and(|c| c.is_ascii_digit())) {
            return self.number();
        }
        match first {
            '\'' => return self.quoted('\'').map(Token::Text),
            '"' => return self.quoted('"').map(Token::Quoted),
            _ => {}
        }
        let sign = SIGNS.into_iter().find(|sign| self.take(sign));
        sign.map(Token::Sign).ok_or_else(|| {
            Fault::new(
                &Place::Bytes(start..start + first.len_utf8()),
                format!("znak `{first}` tu nemá co dělat"),
                format!("the character `{first}` has no meaning here"),
            )
        })
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        self.skip(|c| c.is_ascii_digit());
        if self.take(".") {
            self.skip(|c| c.is_ascii_digit());
        }
        let before_exponent = self.at;
        if self.take("E") || self.take("e") {
            if !self.take("+") {
                self.take("-");
            }
            if self.skip(|c| c.is_ascii_digit()).is_empty() {
                self.at = before_exponent;
            }
        }
        let written = &self.text[start..self.at];
        Number::read(written).map(Token::Number).ok_or_else(|| {
            Fault::new(
                &Place::Bytes(start..self.at),
                "číslo je příliš velké",
                "the number is too large",
            )
        })
    }

    /// Takes what stands in quotes; two of them, or one after a backslash in a text, are one of it.
    fn quoted(&mut self, quote: char) -> Result<String, Fault> {
        let start = self.at;
        let mut characters = self.rest().char_indices().skip(1).peekable();
        let mut taken = String::new();
        while let Some((at, c)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            if c == quote && next != Some(quote) {
                self.at = start + at + c.len_utf8();
                return Ok(taken);
            }
            let is_escaped = next == Some(quote) && (c == quote || (c == '\\' && quote == '\''));
            if !is_of_text(c) {
                return Err(Fault::new(
                    &Place::Bytes(start + at..start + at + 1),
                    "řídicí znak v textu být nesmí",
                    "a text may not hold this control character",
                ));
            }
            taken.push(if is_escaped { quote } else { c });
            if is_escaped {
                characters.next();
            }
        }
        Err(Fault::new(
            &Place::Bytes(start..self.text.len()),
            format!("zde začíná text v uvozovkách {quote}, který nekončí"),
            format!("the text in quotes {quote} that begins here does not end"),
        ))
    }
}
