//! What all single-item writes share: their conditions, and the answer to a successful one.

use super::{Context, Next, reply};
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::expression::{Expression, Path, Placeholders, condition, join};
use crate::json::{Raw, words};
use crate::lifecycle;

/// `return_values` of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum ReturnValues {
    /// Nothing.
    #[default]
    None,
    /// The item as it was.
    AllOld,
    /// The changed attributes as they were.
    UpdatedOld,
    /// The item as it is.
    AllNew,
    /// The changed attributes as they are.
    UpdatedNew,
}

words!(ReturnValues {
    "NONE" => None,
    "ALL_OLD" => AllOld,
    "UPDATED_OLD" => UpdatedOld,
    "ALL_NEW" => AllNew,
    "UPDATED_NEW" => UpdatedNew,
});

impl ReturnValues {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            ReturnValues::None => "NONE",
            ReturnValues::AllOld => "ALL_OLD",
            ReturnValues::UpdatedOld => "UPDATED_OLD",
            ReturnValues::AllNew => "ALL_NEW",
            ReturnValues::UpdatedNew => "UPDATED_NEW",
        }
    }

    /// Put and delete know only the old item.
    pub(super) fn old_only(self) -> Result<Self, Error> {
        match self {
            ReturnValues::None | ReturnValues::AllOld => Ok(self),
            other => Err(Error::new(Code::InvalidOperator, format!("`{}` is for updates", other.as_str()))
                .at("/return_values")
                .hint("put and delete take `NONE` or `ALL_OLD`")),
        }
    }
}

/// `attribute_exists(pk)` or its opposite.
pub(super) fn existence(model: &Model, exists: bool, placeholders: &mut Placeholders) -> Expression {
    let mut name = String::new();
    placeholders.name(&model.attributes[model.partition].name, &mut name);
    let function = if exists { "attribute_exists" } else { "attribute_not_exists" };
    Expression::atom(format!("{function}({name})"))
}

/// The condition of a write: what the operation itself asks for, the expected version, the caller's own tree.
pub(super) fn conditions(
    model: &Model,
    own: Option<Expression>,
    expected: Option<i64>,
    tree: Option<Raw<'_>>,
    placeholders: &mut Placeholders,
) -> Result<Option<Expression>, Error> {
    let mut parts: Vec<Expression> = own.into_iter().collect();
    if let Some(expected) = expected {
        let mut text = String::new();
        Path::whole(model, lifecycle::version_attribute(model)?).write(placeholders, &mut text);
        text.push_str(" = ");
        placeholders.value(format!("{{\"N\":\"{expected}\"}}"), &mut text);
        parts.push(Expression::atom(text));
    }
    if let Some(tree) = tree {
        parts.push(condition(model, tree.get(), placeholders).map_err(|error| error.within("condition"))?);
    }
    Ok(join(parts))
}

/// The result of a write: what was stamped, and the attributes that came back.
pub(super) fn done(
    context: &mut Context<'_>,
    model: &Model,
    body: &str,
    stamped: Option<&str>,
    returns: ReturnValues,
) -> Result<Next, Error> {
    let mut result = String::new();
    if returns == ReturnValues::None {
        reply::nothing(context, body)?;
    } else {
        let item = reply::item(context, body, "Attributes", model, false)?;
        result.push_str("\"item\":");
        result.push_str(item.as_deref().unwrap_or("null"));
    }
    push_stamped(&mut result, stamped);
    Ok(Next::Done(result))
}

/// Adds the `stamped` member.
pub(super) fn push_stamped(result: &mut String, stamped: Option<&str>) {
    if let Some(stamped) = stamped {
        if !result.is_empty() {
            result.push(',');
        }
        result.push_str("\"stamped\":");
        result.push_str(stamped);
    }
}
