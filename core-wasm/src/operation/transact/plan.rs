//! What a transaction sends: its actions, and the sentinels that they gain and lose.

use super::MAX_ACTIONS;
use super::action::Ready;
use super::body;
use crate::client::Client;
use crate::dms::Model;
use crate::error::{Code, Error};
use crate::operation::prepared::Unchanged;
use crate::operation::unique::{Sentinel, stored_value};

/// What is known of the stored items, by action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Nothing, and nothing needs to be.
    Unread,
    /// There is none.
    Absent,
    /// These attributes, DynamoDB JSON.
    Item(String),
}

impl Stored {
    pub(super) fn item(&self) -> Option<&str> {
        match self {
            Stored::Item(item) => Some(item),
            _ => None,
        }
    }
}

/// What an entry of `TransactItems` is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// An action of the call, by its position.
    Action(usize),
    /// A sentinel.
    Sentinel(Sentineled),
}

/// A sentinel that changes hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentineled {
    /// Position of the model.
    model: usize,
    sentinel: Sentinel,
    /// The action that gives the value to its item, and the position of that change.
    pub(super) claim: Option<(usize, usize)>,
    /// The action that takes it away from its item.
    pub(super) release: Option<usize>,
}

impl Sentineled {
    /// Names the sentinel among those of all tables.
    pub(super) fn name(&self) -> String {
        format!("{}{}", self.model, self.sentinel.key)
    }

    fn entry(&self, client: &Client, actions: &[Ready]) -> String {
        let model = client.model_at(self.model);
        let owner = |action: usize| actions[action].prepared.key(model);
        match (self.claim, self.release) {
            (Some((claim, _)), release) => {
                let former = release.map(owner);
                body::claim(client, self.model, &self.sentinel, &owner(claim), former.as_deref())
            }
            (None, release) => {
                let owner = owner(release.unwrap_or_default());
                body::release(client, self.model, &self.sentinel, &owner)
            }
        }
    }
}

/// Rows, as many as entries.
pub(super) struct Plan {
    pub(super) rows: Vec<Row>,
    pub(super) entries: Vec<String>,
}

/// Plans a transaction on items that are stored so. `foreign` names sentinels that belong to other items: they stay.
pub(super) fn plan(
    client: &Client,
    actions: &[Ready],
    stored: &[Stored],
    foreign: &[String],
    with_version: bool,
) -> Result<Plan, Error> {
    let mut plan = Plan { rows: Vec::with_capacity(actions.len()), entries: Vec::with_capacity(actions.len()) };
    for (at, (action, stored)) in actions.iter().zip(stored).enumerate() {
        let model = client.model_at(action.prepared.model);
        let unchanged = unchanged(model, action, stored, with_version);
        let entry = body::action(client, &action.prepared, &unchanged);
        plan.entries.push(entry.map_err(|error| super::action::beneath(error, &action.members))?);
        plan.rows.push(Row::Action(at));
    }
    for held in sentinels(client, actions, stored, foreign)? {
        plan.entries.push(held.entry(client, actions));
        plan.rows.push(Row::Sentinel(held));
    }
    let count = plan.rows.len();
    if count > MAX_ACTIONS {
        return Err(Error::new(
            Code::InvalidOperator,
            format!(
                "the transaction has {count} actions with those for unique attributes, DynamoDB takes {MAX_ACTIONS}"
            ),
        )
        .at("/actions"));
    }
    Ok(plan)
}

/// What must not have changed since the item was read: the attributes that sentinels depend on, and the version if it is wanted.
pub(super) fn unchanged<'a>(
    model: &Model,
    action: &Ready,
    stored: &'a Stored,
    with_version: bool,
) -> Vec<Unchanged<'a>> {
    if *stored == Stored::Unread {
        return Vec::new();
    }
    let version = model.version.filter(|_| with_version);
    let attributes = action.prepared.changes.iter().map(|change| change.attribute).chain(version);
    attributes
        .map(|attribute| Unchanged {
            attribute,
            value: stored.item().and_then(|item| stored_value(item, &model.attributes[attribute].name)),
        })
        .collect()
}

/// The sentinels that change hands, in the order of the actions.
fn sentinels(
    client: &Client,
    actions: &[Ready],
    stored: &[Stored],
    foreign: &[String],
) -> Result<Vec<Sentineled>, Error> {
    let mut all: Vec<Sentineled> = Vec::new();
    for (at, (action, stored)) in actions.iter().zip(stored).enumerate() {
        let prepared = &action.prepared;
        let model = client.model_at(prepared.model);
        for (number, change) in prepared.changes.iter().enumerate() {
            let name = &model.attributes[change.attribute].name;
            let before = stored.item().and_then(|item| stored_value(item, name));
            let of = |value| Sentinel::of(model, change.attribute, value);
            let (mut old, new) = (before.and_then(of), change.result(before).and_then(of));
            if old == new {
                if !change.claims_again {
                    continue;
                }
                old = None;
            }
            for (sentinel, claims) in [(old, false), (new, true)] {
                let Some(sentinel) = sentinel else { continue };
                let held = find(client, &mut all, prepared.model, sentinel);
                if !claims {
                    held.release = Some(at);
                } else if held.claim.replace((at, number)).is_some() {
                    return Err(taken(model, name).at(format!("{}{}", action.members, change.path)));
                }
            }
        }
    }
    all.retain(|held| held.claim.is_some() || !foreign.contains(&held.name()));
    Ok(all)
}

/// The entry for a sentinel, made if it is not there. Models of one table may claim one and the same attribute name, but never
/// the same sentinel: its key names the model.
fn find<'a>(client: &Client, all: &'a mut Vec<Sentineled>, model: usize, sentinel: Sentinel) -> &'a mut Sentineled {
    let same = |held: &Sentineled| held.sentinel.key == sentinel.key && client.table(held.model) == client.table(model);
    let at = all.iter().position(same).unwrap_or_else(|| {
        all.push(Sentineled { model, sentinel, claim: None, release: None });
        all.len() - 1
    });
    &mut all[at]
}

/// The error for a value that another item has.
pub(super) fn taken(model: &Model, attribute: &str) -> Error {
    Error::new(
        Code::UniqueConstraint,
        format!("another item of model `{}` has this value of unique attribute `{attribute}`", model.name),
    )
}
