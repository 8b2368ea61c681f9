//! What was asked of the server and what arrived, by case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// What a key value that asks for behaviours begins with.
pub const MARK: &str = "hostile|";

/// What arrived for a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Whole requests.
    pub requests: usize,
    /// Connections that brought at least one of them.
    pub connections: usize,
    /// Requests on a connection that was not to be used again.
    pub misused: usize,
    /// Requests that came by way of the server's proxy.
    pub proxied: usize,
    /// Requests that are not as they should be: two `host`s, none, a wrong length, ….
    pub malformed: usize,
}

/// The state of a connection, as far as counting needs it.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Its number.
    pub id: usize,
    /// It was said, or shown, that it serves no more.
    pub spoiled: bool,
    /// The client took this server for a proxy.
    pub proxied: bool,
}

#[derive(Debug, Default)]
struct Case {
    counts: Counts,
    connections: BTreeSet<usize>,
    /// How many requests came with each key value.
    seen: BTreeMap<String, usize>,
}

/// The counts of all cases.
#[derive(Debug, Default)]
pub struct Board(Mutex<BTreeMap<String, Case>>);

impl Board {
    /// Counts a whole request and says what to do with it. `None`: its key value names no behaviour.
    pub fn begin(&self, key: &str, connection: &Connection, malformed: bool) -> Option<String> {
        let mut parts = key.strip_prefix(MARK)?.split('|');
        let case = parts.next()?.split('.').next()?;
        let behaviours: Vec<&str> = parts.collect();
        let mut cases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let case = cases.entry(case.to_owned()).or_default();
        case.counts.requests += 1;
        case.connections.insert(connection.id);
        case.counts.connections = case.connections.len();
        case.counts.misused += usize::from(connection.spoiled);
        case.counts.proxied += usize::from(connection.proxied);
        case.counts.malformed += usize::from(malformed);
        let seen = case.seen.entry(key.to_owned()).or_default();
        *seen += 1;
        behaviours.get(*seen - 1).or(behaviours.last()).map(|name| (*name).to_owned())
    }

    /// What arrived for a case so far.
    pub fn counts(&self, case: &str) -> Counts {
        let cases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cases.get(case).map(|case| case.counts.clone()).unwrap_or_default()
    }

    /// The counts of all cases, JSON.
    pub fn document(&self) -> String {
        let cases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts: BTreeMap<_, _> = cases.iter().map(|(name, case)| (name, &case.counts)).collect();
        serde_json::to_string(&counts).expect("counts are plain data")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behaviours_come_in_turn_and_the_last_one_stays() {
        let board = Board::default();
        let connection = Connection { id: 1, ..Connection::default() };
        let begin = |key| board.begin(key, &connection, false);
        assert_eq!(begin("hostile|a|x|y").as_deref(), Some("x"));
        assert_eq!(begin("hostile|a|x|y").as_deref(), Some("y"));
        assert_eq!(begin("hostile|a|x|y").as_deref(), Some("y"));
        assert_eq!(begin("hostile|a.2|x|y").as_deref(), Some("x"));
        assert_eq!(begin("hostile|a"), None);
        assert_eq!(begin("a|x"), None);
        let connection = Connection { id: 2, spoiled: true, proxied: true };
        board.begin("hostile|a.2|x|y", &connection, true);
        let expected = Counts { requests: 6, connections: 2, misused: 1, proxied: 1, malformed: 1 };
        assert_eq!(board.counts("a"), expected);
        assert_eq!(board.counts("b"), Counts::default());
        let document = r#"{"a":{"requests":6,"connections":2,"misused":1,"proxied":1,"malformed":1}}"#;
        assert_eq!(board.document(), document);
    }
}
