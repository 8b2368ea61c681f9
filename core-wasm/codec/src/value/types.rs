//! What an attribute is declared as.

/// DynamoDB's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
    /// Boolean.
    Bool,
    /// Null.
    Null,
    /// Map.
    M,
    /// List.
    L,
    /// String set.
    Ss,
    /// Number set.
    Ns,
    /// Binary set.
    Bs,
}

impl Type {
    /// The name on the wire and in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Type::S => "S",
            Type::N => "N",
            Type::B => "B",
            Type::Bool => "BOOL",
            Type::Null => "NULL",
            Type::M => "M",
            Type::L => "L",
            Type::Ss => "SS",
            Type::Ns => "NS",
            Type::Bs => "BS",
        }
    }

    /// The type of this name.
    pub fn parse(name: &str) -> Option<Type> {
        Some(match name {
            "S" => Type::S,
            "N" => Type::N,
            "B" => Type::B,
            "BOOL" => Type::Bool,
            "NULL" => Type::Null,
            "M" => Type::M,
            "L" => Type::L,
            "SS" => Type::Ss,
            "NS" => Type::Ns,
            "BS" => Type::Bs,
            _ => return None,
        })
    }

    /// For a set: the type of its elements.
    pub fn element(self) -> Option<Type> {
        match self {
            Type::Ss => Some(Type::S),
            Type::Ns => Some(Type::N),
            Type::Bs => Some(Type::B),
            _ => None,
        }
    }
}

/// `format` of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `rfc3339nano`: text, UTC, nine fraction digits.
    Rfc3339Nano,
    /// `unix_seconds`: whole seconds since the Unix epoch.
    UnixSeconds,
    /// `int`: a whole number.
    Int,
    /// `decimal_string`: a number that hosts get as text.
    DecimalString,
}

impl Format {
    /// The name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Rfc3339Nano => "rfc3339nano",
            Format::UnixSeconds => "unix_seconds",
            Format::Int => "int",
            Format::DecimalString => "decimal_string",
        }
    }

    /// The format of this name.
    pub fn parse(name: &str) -> Option<Format> {
        Some(match name {
            "rfc3339nano" => Format::Rfc3339Nano,
            "unix_seconds" => Format::UnixSeconds,
            "int" => Format::Int,
            "decimal_string" => Format::DecimalString,
            _ => return None,
        })
    }
}
