//! Unique attributes: what a write does to them, and the sentinel items that keep their values unique.
//!
//! For each value of a unique attribute there is one sentinel in the model's own table. Its key follows from model, attribute and
//! value, so two items with the same value would need the same sentinel, and a transaction gives it to one of them only:
//!
//! | attribute of the sentinel | value |
//! |---|---|
//! | partition key | `$unique#<model>#<attribute>#<digest>` |
//! | sort key, if the table has one | `$unique#<digest>` |
//! | `$unique` | map: `owner` (the key of the item that has the value), `model`, `attribute` |
//!
//! Queries do not meet sentinels, unless by their keys; scans leave them out.
//!
//! The digest is the SHA-256, in base64url, of model, attribute and value, each with its length in front. Keys of the table must be strings.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::key::canonical;
use crate::client::Client;
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::expression::{Keys, Outcome, Update};
use crate::json::{Reader, pointer, push_quoted};

/// The attribute that sentinels have, and no item of a model.
pub(crate) const MARKER: &str = "$unique";

/// What the partition keys of sentinels begin with.
pub(super) const PREFIX: &str = "$unique#";

/// Whether sentinels are among the items of a key, that is to say: of the table, or of an index that goes by keys of the table only.
pub(super) fn may_be_among(client: &Client, model: usize, keys: &Keys<'_>) -> bool {
    let held = keys.partition().iter().chain(keys.sort()).all(|at| keys.model.is_key(*at));
    let kept =
        |other: usize| client.table(other) == client.table(model) && positions(client.model_at(other)).next().is_some();
    held && (0..client.models()).any(kept)
}

/// What a write does to one unique attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Position of the attribute.
    pub(super) attribute: usize,
    pub(super) to: To,
    /// Where its value stands in the call of the write.
    pub(super) path: String,
    /// Whether the value is claimed also when it does not change: so are those of items from before the attribute was unique.
    pub(super) claims_again: bool,
}

/// What the attribute becomes; values are DynamoDB JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    Value(String),
    /// This value, unless it has one.
    IfNotExists(String),
    Nothing,
}

impl Change {
    /// The value after the write, if the stored one is this.
    pub(super) fn result<'a>(&'a self, stored: Option<&'a str>) -> Option<&'a str> {
        match &self.to {
            To::Value(value) => Some(value),
            To::IfNotExists(value) => stored.or(Some(value)),
            To::Nothing => None,
        }
    }
}

/// What a new item claims.
pub(super) fn created(model: &Model, item: &str) -> Vec<Change> {
    let mut changes = replaced(model, item);
    changes.retain(|change| change.to != To::Nothing);
    changes
}

/// What an item claims that replaces another.
pub(super) fn replaced(model: &Model, item: &str) -> Vec<Change> {
    let change = |attribute: usize| {
        let name = &model.attributes[attribute].name;
        let to = stored_value(item, name).map_or(To::Nothing, |value| To::Value(value.to_owned()));
        Change { attribute, to, path: pointer("/item", name), claims_again: false }
    };
    positions(model).map(change).collect()
}

/// What becomes of the attributes of an item that is deleted.
pub(super) fn removed(model: &Model) -> Vec<Change> {
    let change = |attribute| Change { attribute, to: To::Nothing, path: String::new(), claims_again: false };
    positions(model).map(change).collect()
}

/// What an update changes.
pub(super) fn updated(model: &Model, update: &Update<'_>) -> Result<Vec<Change>, Error> {
    let mut changes = changes(model, update, ["/set", "/set_if_not_exists"])?;
    changes.iter_mut().for_each(|change| change.claims_again = matches!(change.to, To::Value(_)));
    Ok(changes)
}

/// What an update changes, with an item before and after beside its clauses: those change `clauses`.
pub(super) fn compared(model: &Model, update: &Update<'_>, clauses: Vec<Change>) -> Result<Vec<Change>, Error> {
    let mut all = changes(model, update, ["/changes/to", ""])?;
    for change in clauses {
        all.retain(|other| other.attribute != change.attribute);
        all.push(change);
    }
    Ok(all)
}

/// What an upsert changes.
pub(super) fn upserted(model: &Model, update: &Update<'_>) -> Result<Vec<Change>, Error> {
    changes(model, update, ["/item", "/item"])
}

fn changes(model: &Model, update: &Update<'_>, clauses: [&str; 2]) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for attribute in positions(model) {
        let name = &model.attributes[attribute].name;
        let (to, path) = match update.outcome(attribute) {
            None => continue,
            Some(Outcome::Value(value)) => (To::Value(value.to_owned()), pointer(clauses[0], name)),
            Some(Outcome::IfNotExists(value)) => (To::IfNotExists(value.to_owned()), pointer(clauses[1], name)),
            Some(Outcome::Removed) => (To::Nothing, String::new()),
            Some(Outcome::Computed(clause)) => {
                return Err(Error::new(Code::InvalidOperator, format!("unique attribute `{name}` cannot be computed"))
                    .at(pointer(&format!("/{clause}"), name))
                    .hint("`set`, `set_if_not_exists` and `remove` change unique attributes"));
            }
        };
        changes.push(Change { attribute, to, path, claims_again: false });
    }
    Ok(changes)
}

fn positions(model: &Model) -> impl Iterator<Item = usize> {
    model.attributes.iter().enumerate().filter(|(_, attribute)| attribute.unique).map(|(at, _)| at)
}

/// Refuses operations that cannot keep sentinels.
pub(super) fn refuse(model: &Model) -> Result<(), Error> {
    match model.attributes.iter().find(|attribute| attribute.unique) {
        Some(attribute) => Err(Error::new(
            Code::InvalidOperator,
            format!("a batch cannot keep attribute `{}` of model `{}` unique", attribute.name, model.name),
        )
        .hint("write the items one by one or in transactions")),
        None => Ok(()),
    }
}

/// The value of an attribute in an item, both DynamoDB JSON.
pub(super) fn stored_value<'a>(item: &'a str, name: &str) -> Option<&'a str> {
    let mut reader = Reader::new(item);
    let mut members = reader.object().ok()?;
    while let Some(member) = members.next(&mut reader).ok()? {
        let value = reader.skip().ok()?;
        if member.decode() == name {
            return Some(value);
        }
    }
    None
}

/// The sentinel of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentinel {
    /// Position of the attribute.
    pub(super) attribute: usize,
    /// Its key, DynamoDB JSON.
    pub(super) key: String,
}

impl Sentinel {
    /// The sentinel of a value, DynamoDB JSON; none for NULL and for values of another type than the attribute's.
    pub(super) fn of(model: &Model, attribute: usize, value: &str) -> Option<Sentinel> {
        let target = &model.attributes[attribute];
        let text = canonical(target.kind, &mut Reader::new(value)).ok()??;
        let mut digest = Sha256::new();
        for part in [model.name.as_str(), &target.name, &text] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let digest = URL_SAFE_NO_PAD.encode(digest.finalize());
        let mut key = String::from("{");
        push_string(&mut key, &model.attributes[model.partition].name, &{
            format!("{PREFIX}{}#{}#{digest}", model.name, target.name)
        });
        if let Some(sort) = model.sort {
            key.push(',');
            push_string(&mut key, &model.attributes[sort].name, &format!("{PREFIX}{digest}"));
        }
        key.push('}');
        Some(Sentinel { attribute, key })
    }

    /// The whole sentinel, owned by the item with this key.
    pub(super) fn item(&self, model: &Model, owner: &str) -> String {
        let mut item = self.key.clone();
        item.pop();
        item.push(',');
        push_quoted(&mut item, MARKER);
        item.push_str(":{\"M\":{\"owner\":{\"M\":");
        item.push_str(owner);
        item.push_str("},");
        push_string(&mut item, "model", &model.name);
        item.push(',');
        push_string(&mut item, "attribute", &model.attributes[self.attribute].name);
        item.push_str("}}}");
        item
    }
}

fn push_string(out: &mut String, name: &str, text: &str) {
    push_quoted(out, name);
    out.push_str(":{\"S\":");
    push_quoted(out, text);
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dms::{self, Schema};

    fn schema() -> Schema {
        let document = br#"{"dms_version":"0.3","models":[{"name":"Member","table":{"name":"members"},
            "keys":{"partition":{"attribute":"pk","type":"S"},"sort":{"attribute":"sk","type":"S"}},
            "attributes":[{"attribute":"pk","type":"S","roles":["pk"]},{"attribute":"sk","type":"S","roles":["sk"]},
            {"attribute":"email","type":"S","unique":true},{"attribute":"a/b","type":"N","unique":true}]}]}"#;
        dms::compile(document, dms::Options { strict: false }).unwrap()
    }

    #[test]
    fn a_sentinel_is_always_the_same_item() {
        let model = &schema().models[0];
        let digest = "fx8ybV_Ku66EXSnrqXSqys23KQWtY-iXIr3u0-zCjZE";
        let sentinel = Sentinel::of(model, 2, r#"{"S":"a\u0040x"}"#).unwrap();
        let key = format!(r##"{{"pk":{{"S":"$unique#Member#email#{digest}"}},"sk":{{"S":"$unique#{digest}"}}}}"##);
        assert_eq!(sentinel.key, key);
        let owner = r#"{"pk":{"S":"u"},"sk":{"S":"p"}}"#;
        let rest = format!(
            r#","$unique":{{"M":{{"owner":{{"M":{owner}}},"model":{{"S":"Member"}},"attribute":{{"S":"email"}}}}}}}}"#
        );
        assert_eq!(sentinel.item(model, owner), key.strip_suffix('}').unwrap().to_owned() + &rest);
    }

    #[test]
    fn values_are_compared_as_dynamodb_does() {
        let model = &schema().models[0];
        let number = |text: &str| Sentinel::of(model, 3, &format!(r#"{{"N":"{text}"}}"#));
        assert_eq!(number("1.50"), number("15e-1"));
        assert_ne!(number("1.5"), number("15"));
        for value in [r#"{"NULL":true}"#, r#"{"N":"1"}"#, r#"{"SS":["a"]}"#] {
            assert_eq!(Sentinel::of(model, 2, value), None, "{value}");
        }
    }

    #[test]
    fn new_items_claim_what_they_have_and_others_give_up_what_they_lack() {
        let model = &schema().models[0];
        let item = r#"{"pk":{"S":"u"},"sk":{"S":"p"},"a/b":{"N":"1"}}"#;
        let created = created(model, item);
        assert_eq!(created.len(), 1);
        assert_eq!((created[0].attribute, created[0].path.as_str()), (3, "/item/a~1b"));
        let replaced = replaced(model, item);
        assert_eq!(replaced.iter().filter(|change| change.to == To::Nothing).count(), 1);
        assert_eq!(removed(model).len(), 2);
    }
}
