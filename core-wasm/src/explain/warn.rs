//! What is doubtful about a call, in the order of `wit/README.md`.

use super::advice::missing;
use super::call::{Call, Touched, positions};
use super::readable::Request;
use super::{Advice, Cost, Shape, Warning};
use crate::dms::{Attribute, Format, Index, Model};
use crate::operation::Outgoing;
use crate::wire::Repeat;

/// All warnings of a call.
pub(super) fn of(
    call: &Call<'_>,
    requests: &[Outgoing],
    request: &Request<'_>,
    cost: &Cost<'_>,
    advice: Option<&Advice>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut add = |code, message: String, path: &str| warnings.push(Warning { code, message, path: path.to_owned() });
    if matches!(cost.shape, Shape::Table | Shape::Index) {
        let what = if cost.shape == Shape::Index { "index" } else { "table" };
        let advised = if advice.is_some() { "; a query would do, see the advice" } else { "" };
        add("full_scan", format!("the whole {what} is read, and paid for{advised}"), "");
    }
    if let Some(place) = filter_place(call, request) {
        let message = match cost.shape {
            Shape::Table | Shape::Index => "the filter drops items after they were read: it saves no capacity",
            _ => "the filter drops items after they were read: a page may be paid for and hold nothing",
        };
        add("filter_after_read", message.to_owned(), place);
    }
    if cost.shape == Shape::Partition && !call.limited && !call.key_positions().1.is_empty() {
        let message = "without a condition on the sort key or a `limit`, the whole partition is read";
        add("whole_partition", message.to_owned(), "/key");
    }
    for (attributes, path, what) in partitions(call, cost) {
        if let Some((code, message)) = hot(&attributes, call, &what) {
            add(code, message, &path);
        }
    }
    if call.consistent && cost.read.is_some() && !call.op.starts_with("transact") {
        add("consistent_read", "a consistent read costs twice as much".to_owned(), "/consistent");
    }
    if let Some((index, model)) = call.index.zip(call.model)
        && let Some(missing) = missing(call, model, index)
    {
        if index.local {
            let message = format!("{missing}: the service fetches each item from the table, at the cost of a read");
            add("fetches", message.replacen("it does", "the index does", 1), "/index");
        } else {
            let message = format!("{missing}: items come without what is missing");
            add("not_projected", message.replacen("it does", "the index does", 1), "/index");
        }
    }
    if requests.iter().any(|request| request.repeat == Repeat::OnlyIfNotApplied) {
        let message = "done twice it gives another result, so it is not sent again when an answer is lost";
        add("not_repeated", format!("{message}; `expect_version` would guard it"), "");
    }
    warnings
}

/// Where the filter of a read comes from.
fn filter_place(call: &Call<'_>, request: &Request<'_>) -> Option<&'static str> {
    request.filter.as_ref()?;
    let of = |member: &str| call.constraints.iter().any(|constraint| constraint.path.starts_with(member));
    Some(if of("/filter") || !of("/where") { "/filter" } else { "/where" })
}

/// The partition keys that carry the call: that of what is read, or of the table and the global indexes that are written.
fn partitions<'c>(call: &'c Call<'_>, cost: &Cost<'_>) -> Vec<(Vec<&'c Attribute>, String, String)> {
    let of = |model: &'c Model, index: Option<&'c Index>, path: String, what: String| {
        let (partition, _) = positions(Some(model), index);
        (partition.into_iter().map(|at| &model.attributes[at]).collect(), path, what)
    };
    let mut found = Vec::new();
    for Touched { model, path, written } in &call.touched {
        if matches!(cost.shape, Shape::None | Shape::Table | Shape::Index) {
            break;
        }
        if cost.write.is_none() {
            let place = if call.index.is_some() { "/index" } else { path };
            let what = call.index.map_or("the table".to_owned(), |index| format!("index `{}`", index.name));
            found.push(of(model, call.index, place.to_owned(), what));
            continue;
        }
        found.push(of(model, None, path.clone(), "the table".to_owned()));
        for index in model.indexes.iter().filter(|index| *written && !index.local) {
            if call.model.is_none() || cost.indexes.contains(&index.name.as_str()) {
                found.push(of(model, Some(index), path.clone(), format!("index `{}`", index.name)));
            }
        }
    }
    found
}

/// Why a partition key is likely to put much on few partitions. With several attributes, all of them must be such.
fn hot(attributes: &[&Attribute], call: &Call<'_>, what: &str) -> Option<(&'static str, String)> {
    let patterns: Option<Vec<Pattern>> = attributes.iter().map(|attribute| pattern(attribute, call)).collect();
    let patterns = patterns.filter(|patterns| !patterns.is_empty())?;
    let names: Vec<String> = attributes.iter().map(|attribute| format!("`{}`", attribute.name)).collect();
    let names = names.join(", ");
    Some(if patterns.contains(&Pattern::Time) {
        (
            "time_partition",
            format!("the partition key of {what}, {names}, is a time: what is new is all in one partition"),
        )
    } else {
        (
            "few_partitions",
            format!(
                "the partition key of {what}, {names}, seems to have few values: each is one partition that carries them all"
            ),
        )
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern {
    Few,
    Time,
}

/// Words for attributes with few values.
const FEW: &[&str] = &[
    "active", "archived", "category", "country", "deleted", "enabled", "flag", "gender", "has", "is", "kind", "level",
    "phase", "priority", "stage", "state", "status", "tier", "type", "version", "visible",
];
/// Words for times.
const TIMES: &[&str] = &["at", "date", "day", "hour", "minute", "month", "time", "timestamp", "week", "year"];

fn pattern(attribute: &Attribute, call: &Call<'_>) -> Option<Pattern> {
    let role = |name: &str| attribute.roles.iter().any(|role| role == name);
    let words = words(&attribute.name);
    let (first, last) = (words.first()?.as_str(), words.last()?.as_str());
    let dated = call
        .model
        .and_then(|model| model.attribute(&attribute.name))
        .is_some_and(|(at, _)| call.constraints.iter().any(|c| c.at == at && c.text.as_deref().is_some_and(is_date)));
    let timed = matches!(attribute.format, Some(Format::Rfc3339Nano | Format::UnixSeconds));
    if timed || dated || TIMES.contains(&last) {
        return Some(Pattern::Time);
    }
    let few = role("version") || FEW.contains(&last) || matches!(first, "is" | "has");
    few.then_some(Pattern::Few)
}

/// `orderStatus`, `order_status` and `ORDER-STATUS` are `order`, `status`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for character in name.chars() {
        let starts = !is_letter(before) || (before.is_ascii_lowercase() && character.is_ascii_uppercase());
        if is_letter(character) {
            match words.last_mut().filter(|_| !starts) {
                Some(word) => word.push(character.to_ascii_lowercase()),
                None => words.push(character.to_ascii_lowercase().into()),
            }
        }
        before = character;
    }
    words
}

/// Whether a character belongs to a word. Those looked for are ASCII: Unicode's tables would tell nothing more.
fn is_letter(character: char) -> bool {
    character.is_ascii_alphanumeric() || !character.is_ascii()
}

/// A day, month or hour: `2026-01`, `2026-01-02`, `2026-01-02T03`.
fn is_date(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.splitn(3, '-');
    let (year, month) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let day = parts.next().map(|day| day.split('T').next().unwrap_or(day));
    digits(year, 4) && digits(month, 2) && day.is_none_or(|day| digits(day, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        let of = |name: &str| words(name).join(" ");
        assert_eq!(of("orderStatus"), "order status");
        assert_eq!(of("ORDER_STATUS"), "order status");
        assert_eq!(of("isDone"), "is done");
        assert_eq!(of("GSI1PK"), "gsi1pk");
        assert_eq!(of("größe_Änderung-État"), "größe Änderung État");
        assert_eq!(of("#"), "");
    }

    #[test]
    fn dates_are_told_from_other_text() {
        for date in ["2026-01", "2026-01-02", "2026-01-02T03", "2026-01-02T03:04:05Z"] {
            assert!(is_date(date), "{date}");
        }
        for other in ["", "2026", "u#2026-01-02", "20260102", "2026-1", "2026-01-x"] {
            assert!(!is_date(other), "{other}");
        }
    }
}
