//! The requests of transactions.

use crate::client::Client;
use crate::error::Error;
use crate::expression::Placeholders;
use crate::json::push_quoted;
use crate::operation::body::Body;
use crate::operation::prepared::{Prepared, Unchanged};
use crate::operation::unique::{MARKER, Sentinel};
use crate::settings::Capacity;

/// The entry of `TransactItems` for an action; it holds only if these attributes have not changed.
pub(super) fn action(client: &Client, prepared: &Prepared, unchanged: &[Unchanged<'_>]) -> Result<String, Error> {
    let guard = prepared.guard;
    let mut body = prepared.body(client, unchanged)?;
    let in_doubt = guard.expected.is_some() && guard.others || !unchanged.is_empty();
    body.returns("NONE", guard.wants_old || in_doubt);
    Ok(entry(prepared.kind.member(), &body.end()))
}

/// The entry that gives a sentinel to the item with key `owner`, unless an item has it that is neither this one nor `former`.
pub(super) fn claim(client: &Client, model: usize, sentinel: &Sentinel, owner: &str, former: Option<&str>) -> String {
    let mut body = Body::new(client, model);
    body.raw("Item", &sentinel.item(client.model_at(model), owner));
    owned(client, model, body, &mut [Some(owner), former].into_iter().flatten(), "Put")
}

/// The entry that removes a sentinel, unless another item than the one with key `owner` has it.
pub(super) fn release(client: &Client, model: usize, sentinel: &Sentinel, owner: &str) -> String {
    let mut body = Body::new(client, model);
    body.raw("Key", &sentinel.key);
    owned(client, model, body, &mut std::iter::once(owner), "Delete")
}

fn owned(
    client: &Client,
    model: usize,
    mut body: Body,
    owners: &mut dyn Iterator<Item = &str>,
    member: &str,
) -> String {
    let model = client.model_at(model);
    let mut placeholders = Placeholders::default();
    let mut text = String::from("attribute_not_exists(");
    placeholders.name(&model.attributes[model.partition].name, &mut text);
    text.push(')');
    for owner in owners {
        text.push_str(" OR ");
        placeholders.name(MARKER, &mut text);
        text.push('.');
        placeholders.name("owner", &mut text);
        text.push_str(" = ");
        placeholders.value(format!("{{\"M\":{owner}}}"), &mut text);
    }
    body.text("ConditionExpression", &text);
    body.placeholders(&placeholders);
    entry(member, &body.end())
}

/// The entry of a read: these attributes, or all.
pub(super) fn get(client: &Client, model: usize, key: &str, attributes: Option<&[usize]>) -> String {
    let mut body = Body::new(client, model);
    body.raw("Key", key);
    project(client, model, &mut body, attributes);
    entry("Get", &body.end())
}

/// A strongly consistent read of one item by itself: these attributes, or all.
pub(super) fn get_item(client: &Client, model: usize, key: &str, attributes: Option<&[usize]>) -> String {
    let mut body = Body::new(client, model);
    body.raw("Key", key);
    body.raw("ConsistentRead", "true");
    project(client, model, &mut body, attributes);
    body.finish(client)
}

fn project(client: &Client, model: usize, body: &mut Body, attributes: Option<&[usize]>) {
    let Some(attributes) = attributes else { return };
    let mut placeholders = Placeholders::default();
    let mut text = String::new();
    for attribute in attributes {
        if !text.is_empty() {
            text.push_str(", ");
        }
        placeholders.name(&client.model_at(model).attributes[*attribute].name, &mut text);
    }
    body.text("ProjectionExpression", &text);
    body.placeholders(&placeholders);
}

/// A whole request: entries, and the token of a write.
pub(in crate::operation) fn request(client: &Client, entries: &[String], token: Option<&str>) -> String {
    let mut body = String::with_capacity(64 + entries.iter().map(|entry| entry.len() + 1).sum::<usize>());
    body.push_str("{\"TransactItems\":[");
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        body.push_str(entry);
    }
    body.push(']');
    if let Some(token) = token {
        body.push_str(",\"ClientRequestToken\":");
        push_quoted(&mut body, token);
    }
    let capacity = client.settings().capacity;
    if capacity != Capacity::None {
        body.push_str(",\"ReturnConsumedCapacity\":\"");
        body.push_str(capacity.as_str());
        body.push('"');
    }
    body.push('}');
    body
}

/// Randomness as the text of a UUID, version 4.
pub(super) fn uuid(seed: u128) -> String {
    let bits = seed & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn entry(member: &str, content: &str) -> String {
    let mut entry = String::with_capacity(member.len() + content.len() + 5);
    entry.extend(["{\"", member, "\":", content, "}"]);
    entry
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn tokens_are_uuids() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), "01234567-89ab-4def-8123-456789abcdef");
    }
}
