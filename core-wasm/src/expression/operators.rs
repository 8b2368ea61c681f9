//! The operators of condition trees, and what they apply to.

use crate::dms::Type;
use crate::suggest::did_you_mean;

/// An operator of a condition tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// A comparator, with its sign.
    Compare(&'static str),
    /// `between`: two bounds.
    Between,
    /// `in`: one of up to 100.
    In,
    /// `begins_with`
    BeginsWith,
    /// `contains`; false for `not_contains`.
    Contains(bool),
    /// `exists`
    Exists,
    /// `type`
    Type,
    /// `size`
    Size,
}

/// All operators with their names in call documents.
const OPERATORS: &[(&str, Operator)] = &[
    ("eq", Operator::Compare("=")),
    ("ne", Operator::Compare("<>")),
    ("lt", Operator::Compare("<")),
    ("lte", Operator::Compare("<=")),
    ("gt", Operator::Compare(">")),
    ("gte", Operator::Compare(">=")),
    ("between", Operator::Between),
    ("in", Operator::In),
    ("begins_with", Operator::BeginsWith),
    ("contains", Operator::Contains(true)),
    ("not_contains", Operator::Contains(false)),
    ("exists", Operator::Exists),
    ("type", Operator::Type),
    ("size", Operator::Size),
];

impl Operator {
    /// The operator of this name.
    pub fn parse(name: &str) -> Option<Operator> {
        OPERATORS.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator)
    }

    /// What to say of a name that is no operator.
    pub fn hint(wrong: &str) -> String {
        let names = OPERATORS.iter().map(|(name, _)| *name);
        did_you_mean(wrong, names.clone()).unwrap_or_else(|| {
            let all: Vec<_> = names.map(|name| format!("`{name}`")).collect();
            format!("operators are {}", all.join(", "))
        })
    }

    /// Whether it takes values of all types, ordered or not.
    pub fn takes_any(self) -> bool {
        matches!(self, Operator::Compare("=" | "<>") | Operator::In | Operator::Exists | Operator::Type)
    }

    /// Whether DynamoDB applies it to values of this type.
    pub fn applies_to(self, kind: Type) -> bool {
        match self {
            _ if self.takes_any() => true,
            Operator::Compare(_) | Operator::Between | Operator::In | Operator::Exists | Operator::Type => {
                matches!(kind, Type::S | Type::N | Type::B)
            }
            Operator::BeginsWith => matches!(kind, Type::S | Type::B),
            Operator::Contains(_) => matches!(kind, Type::S | Type::B | Type::L | Type::Ss | Type::Ns | Type::Bs),
            Operator::Size => !matches!(kind, Type::N | Type::Bool | Type::Null),
        }
    }
}
