//! What an expression can do with its arguments, under the names that the standard gives.

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What of the writing of a text does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// `CASEI`: capital letters.
    Case,
    /// `ACCENTI`: marks above and below letters.
    Accents,
}

/// What is calculated of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Divide,
    /// `%`: what a whole division leaves.
    Modulo,
    /// `div`: the whole part of a division.
    WholeDivide,
    /// `^`
    Power,
}

/// How two geometries lie (OGC 06-103r4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `S_CONTAINS`
    Contains,
    /// `S_CROSSES`
    Crosses,
    /// `S_DISJOINT`
    Disjoint,
    /// `S_EQUALS`
    Equals,
    /// `S_INTERSECTS`
    Intersects,
    /// `S_OVERLAPS`
    Overlaps,
    /// `S_TOUCHES`
    Touches,
    /// `S_WITHIN`
    Within,
}

/// How two times lie; an instant is a time that ends when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeRelation {
    /// `T_AFTER`
    After,
    /// `T_BEFORE`
    Before,
    /// `T_CONTAINS`
    Contains,
    /// `T_DISJOINT`
    Disjoint,
    /// `T_DURING`
    During,
    /// `T_EQUALS`
    Equals,
    /// `T_FINISHEDBY`
    FinishedBy,
    /// `T_FINISHES`
    Finishes,
    /// `T_INTERSECTS`
    Intersects,
    /// `T_MEETS`
    Meets,
    /// `T_METBY`
    MetBy,
    /// `T_OVERLAPPEDBY`
    OverlappedBy,
    /// `T_OVERLAPS`
    Overlaps,
    /// `T_STARTEDBY`
    StartedBy,
    /// `T_STARTS`
    Starts,
}

/// What two arrays have in common, as sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayRelation {
    /// `A_CONTAINEDBY`
    ContainedBy,
    /// `A_CONTAINS`
    Contains,
    /// `A_EQUALS`
    Equals,
    /// `A_OVERLAPS`
    Overlaps,
}

/// What is done with arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `AND` of two conditions at least.
    And,
    /// `OR` of two conditions at least.
    Or,
    /// `NOT` of one condition.
    Not,
    /// Two values compared.
    Compare(Comparison),
    /// `LIKE`: a text and a pattern.
    Like,
    /// `BETWEEN`: a value, the least and the largest.
    Between,
    /// `IN`: a value and an array.
    In,
    /// `IS NULL` of anything.
    IsNull,
    /// A text without what does not matter.
    Fold(Fold),
    /// Two numbers calculated.
    Calculate(Arithmetic),
    /// Two geometries.
    Spatial(Relation),
    /// Two times.
    Temporal(TimeRelation),
    /// Two arrays.
    Array(ArrayRelation),
    /// A function that the standard does not know.
    Function(String),
}

/// Every operator of the standard with its name in JSON; the text has the same in capitals where it is called as a
/// function.
const NAMES: [(&str, Operator); 49] = [
    ("and", Operator::And),
    ("or", Operator::Or),
    ("not", Operator::Not),
    ("=", Operator::Compare(Comparison::Equal)),
    ("<>", Operator::Compare(Comparison::Unequal)),
    ("<", Operator::Compare(Comparison::Less)),
    ("<=", Operator::Compare(Comparison::LessOrEqual)),
    (">", Operator::Compare(Comparison::Greater)),
    (">=", Operator::Compare(Comparison::GreaterOrEqual)),
    ("like", Operator::Like),
    ("between", Operator::Between),
    ("in", Operator::In),
    ("isNull", Operator::IsNull),
    ("casei", Operator::Fold(Fold::Case)),
    ("accenti", Operator::Fold(Fold::Accents)),
    ("+", Operator::Calculate(Arithmetic::Plus)),
    ("-", Operator::Calculate(Arithmetic::Minus)),
    ("*", Operator::Calculate(Arithmetic::Times)),
    ("/", Operator::Calculate(Arithmetic::Divide)),
    ("%", Operator::Calculate(Arithmetic::Modulo)),
    ("div", Operator::Calculate(Arithmetic::WholeDivide)),
    ("^", Operator::Calculate(Arithmetic::Power)),
    ("s_contains", Operator::Spatial(Relation::Contains)),
    ("s_crosses", Operator::Spatial(Relation::Crosses)),
    ("s_disjoint", Operator::Spatial(Relation::Disjoint)),
    ("s_equals", Operator::Spatial(Relation::Equals)),
    ("s_intersects", Operator::Spatial(Relation::Intersects)),
    ("s_overlaps", Operator::Spatial(Relation::Overlaps)),
    ("s_touches", Operator::Spatial(Relation::Touches)),
    ("s_within", Operator::Spatial(Relation::Within)),
    ("t_after", Operator::Temporal(TimeRelation::After)),
    ("t_before", Operator::Temporal(TimeRelation::Before)),
    ("t_contains", Operator::Temporal(TimeRelation::Contains)),
    ("t_disjoint", Operator::Temporal(TimeRelation::Disjoint)),
    ("t_during", Operator::Temporal(TimeRelation::During)),
    ("t_equals", Operator::Temporal(TimeRelation::Equals)),
    ("t_finishedBy", Operator::Temporal(TimeRelation::FinishedBy)),
    ("t_finishes", Operator::Temporal(TimeRelation::Finishes)),
    ("t_intersects", Operator::Temporal(TimeRelation::Intersects)),
    ("t_meets", Operator::Temporal(TimeRelation::Meets)),
    ("t_metBy", Operator::Temporal(TimeRelation::MetBy)),
    (
        "t_overlappedBy",
        Operator::Temporal(TimeRelation::OverlappedBy),
    ),
    ("t_overlaps", Operator::Temporal(TimeRelation::Overlaps)),
    ("t_startedBy", Operator::Temporal(TimeRelation::StartedBy)),
    ("t_starts", Operator::Temporal(TimeRelation::Starts)),
    ("a_containedBy", Operator::Array(ArrayRelation::ContainedBy)),
    ("a_contains", Operator::Array(ArrayRelation::Contains)),
    ("a_equals", Operator::Array(ArrayRelation::Equals)),
    ("a_overlaps", Operator::Array(ArrayRelation::Overlaps)),
];

impl Operator {
    /// Returns the operator of a name, in whatever letters; a name that the standard does not know is a function's.
    pub(super) fn named(name: &str) -> Self {
        let known = NAMES.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        known.map_or_else(
            || Self::Function(name.to_owned()),
            |(_, operator)| operator.clone(),
        )
    }

    /// Returns the name that JSON has for it.
    pub(super) fn name(&self) -> &str {
        if let Self::Function(name) = self {
            return name;
        }
        let known = NAMES.iter().find(|(_, operator)| operator == self);
        known.map_or_else(
            || unreachable!("every operator has a name"),
            |(name, _)| name,
        )
    }

    /// Whether the text writes it as a function.
    pub(super) fn is_called(&self) -> bool {
        matches!(
            self,
            Self::Fold(_)
                | Self::Spatial(_)
                | Self::Temporal(_)
                | Self::Array(_)
                | Self::Function(_)
        )
    }

    /// Returns the names of what the text writes as a function.
    pub(super) fn functions() -> impl Iterator<Item = &'static str> {
        let called = NAMES.iter().filter(|(_, operator)| operator.is_called());
        called.map(|(name, _)| *name)
    }
}
