//! The table of docs/parity.md: what every host passes on every engine, by feature.

use crate::results::{Line, Results, Status};
use crate::yaml;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the rows are described.
pub const FEATURES: &str = "contract-tests/features.yml";
/// Where the table is.
pub const PAGE: &str = "docs/parity.md";

const HOSTS: [(&str, &str); 5] =
    [("native", "Rust"), ("component", "Component"), ("node", "Node"), ("python", "Python"), ("go", "Go")];
const ENGINES: [(&str, &str); 2] = [("embedded", "embedded"), ("dynamodb-local", "DynamoDB Local")];
const HOSTILE: &str = "hostile";

/// The features, in the order of the table, and what belongs to them.
pub struct Features {
    rows: Vec<String>,
    /// Beginnings of paths, with the row.
    beginnings: Vec<(String, usize)>,
}

impl Features {
    /// Reads the document that describes the rows.
    ///
    /// # Errors
    /// It is not an object of arrays of texts, or names a beginning twice.
    pub fn parse(text: &str) -> Result<Features, String> {
        let document = yaml::parse(text)?;
        let members = document.members().ok_or("features are an object: name, beginnings")?;
        let mut features = Features { rows: Vec::new(), beginnings: Vec::new() };
        for (row, (name, beginnings)) in members.iter().enumerate() {
            features.rows.push(name.clone());
            for beginning in beginnings.elements().ok_or_else(|| format!("`{name}` needs an array of beginnings"))? {
                let beginning = beginning.as_str().ok_or_else(|| format!("a beginning of `{name}` is no text"))?;
                if features.beginnings.iter().any(|(known, _)| known == beginning) {
                    return Err(format!("`{beginning}` stands twice"));
                }
                features.beginnings.push((beginning.to_owned(), row));
            }
        }
        Ok(features)
    }

    /// The beginning that decides on a path: the longest.
    fn find(&self, path: &str) -> Option<&(String, usize)> {
        let fitting = self.beginnings.iter().filter(|(beginning, _)| path.starts_with(beginning.as_str()));
        fitting.max_by_key(|(beginning, _)| beginning.len())
    }
}

/// Passed and all.
#[derive(Clone, Copy, Default)]
struct Cell {
    passed: usize,
    all: usize,
}

/// Counts by row, host and engine.
type Counts<'a> = BTreeMap<(usize, &'a str, &'a str), Cell>;

fn path(line: &Line) -> String {
    if line.tier == HOSTILE { format!("{HOSTILE}/{}", line.file) } else { line.file.clone() }
}

fn count<'a>(all: &'a [Results], features: &Features) -> Result<Counts<'a>, String> {
    let mut counts = Counts::new();
    let mut used = BTreeSet::new();
    for results in all {
        for line in &results.scenarios {
            let path = path(line);
            let (beginning, row) =
                features.find(&path).ok_or_else(|| format!("no feature of `{FEATURES}` has `{path}`"))?;
            used.insert(beginning);
            let cell = counts.entry((*row, &results.host, &results.engine)).or_default();
            cell.all += 1;
            cell.passed += usize::from(line.status == Status::Passed);
        }
    }
    match features.beginnings.iter().find(|(beginning, _)| !used.contains(beginning)) {
        Some((beginning, _)) => Err(format!("no scenario begins with `{beginning}` (`{FEATURES}`)")),
        None => Ok(counts),
    }
}

/// The page: every feature, host and engine.
///
/// # Errors
/// A host has not run on an engine, or a scenario has no feature.
pub fn page(all: &[Results], features: &Features) -> Result<String, String> {
    for (host, _) in HOSTS {
        for engine in ENGINES.map(|(engine, _)| engine).into_iter().chain([HOSTILE]) {
            let ran =
                all.iter().any(|results| results.host == host && results.engine == engine && results.not_run.is_none());
            if !ran {
                return Err(format!("`{host}` has not run on `{engine}`: the table is that of a whole run"));
            }
        }
    }
    let counts = count(all, features)?;
    let scenarios: Vec<_> = HOSTS.iter().flat_map(|host| ENGINES.iter().map(move |engine| (*host, *engine))).collect();
    let columns: Vec<_> = scenarios.iter().map(|((host, _), (engine, _))| (*host, *engine)).collect();
    let heads: Vec<_> = scenarios.iter().map(|((_, host), (_, engine))| format!("{host}<br>{engine}")).collect();
    let lines = table(features, &counts, &heads, &columns);
    let heads: Vec<_> = HOSTS.iter().map(|(_, host)| (*host).to_owned()).collect();
    let columns: Vec<_> = HOSTS.iter().map(|(host, _)| (*host, HOSTILE)).collect();
    let hostile = table(features, &counts, &heads, &columns);
    let passed: usize = counts.values().map(|cell| cell.passed).sum();
    let ran: usize = counts.values().map(|cell| cell.all).sum();
    let mut text = String::from(HEAD);
    let _ = write!(text, "{TAKEN}{}: {passed} of {ran} passed.\n\n## Scenarios\n\n{lines}\n", today());
    let _ = write!(text, "## Sockets against a server that misbehaves\n\n{hostile}");
    Ok(text)
}

const HEAD: &str = "# Parity

What every library passes, by feature: passed/all of the scenarios in [contract-tests](../contract-tests/README.md). `make contract` runs them: the same files on all hosts, with one interpreter, on the
engine of `tabletheory local` (embedded) and on Amazon's DynamoDB Local. \"Component\" is the WebAssembly component under wasmtime, without a library around it. A scenario is counted once for each host
that seeds it.

Nothing here is typed by hand: `make parity` writes it from the results of the last `make contract`, which fails where the table is not what it gave. Which scenarios a row has:
[features.yml](../contract-tests/features.yml).

";
const TAKEN: &str = "Taken on ";

fn table(features: &Features, counts: &Counts, heads: &[String], columns: &[(&str, &str)]) -> String {
    let mut text = format!("| Feature | {} |\n|---|{}\n", heads.join(" | "), "--:|".repeat(heads.len()));
    let mut sums = vec![Cell::default(); columns.len()];
    for (row, name) in features.rows.iter().enumerate() {
        let cells: Vec<Cell> = columns
            .iter()
            .map(|(host, engine)| counts.get(&(row, *host, *engine)).copied().unwrap_or_default())
            .collect();
        if cells.iter().any(|cell| cell.all > 0) {
            let _ = writeln!(text, "| {name} | {} |", shown(&cells));
        }
        for (sum, cell) in sums.iter_mut().zip(cells) {
            sum.all += cell.all;
            sum.passed += cell.passed;
        }
    }
    let _ = writeln!(text, "| **All** | {} |", shown(&sums));
    text
}

fn shown(cells: &[Cell]) -> String {
    cells.iter().map(|cell| format!("{}/{}", cell.passed, cell.all)).collect::<Vec<_>>().join(" | ")
}

/// Whether two pages say the same, whenever they were written.
pub fn same(one: &str, other: &str) -> bool {
    let undated = |text: &str| {
        let line = |line: &str| match line.strip_prefix(TAKEN) {
            Some(rest) => rest.split_once(": ").map_or_else(String::new, |(_, totals)| totals.to_owned()),
            None => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>()
    };
    undated(one) == undated(other)
}

fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let now = time::OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).unwrap_or_default());
    now.map_or_else(|_| String::new(), |now| now.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(file: &str, status: Status) -> Line {
        let tier = if file.contains('/') { "own" } else { HOSTILE };
        Line { name: file.into(), tier: tier.into(), file: file.into(), status, capability: None, error: None }
    }

    fn run() -> Vec<Results> {
        let mut all = Vec::new();
        for (host, _) in HOSTS {
            for (engine, _) in ENGINES {
                let scenarios = vec![line("own/get.yml", Status::Passed), line("own/get-many.yml", Status::Passed)];
                all.push(Results { host: host.into(), engine: engine.into(), scenarios, ..Results::default() });
            }
            let scenarios = vec![line("closed.yml", Status::Passed)];
            all.push(Results { host: host.into(), engine: HOSTILE.into(), scenarios, ..Results::default() });
        }
        all
    }

    const ROWS: &str = "Get: [own/get]\nMany: [own/get-many]\nClosed: [hostile/closed]\n";

    #[test]
    fn cells_are_counted_by_the_longest_beginning() {
        let mut all = run();
        all[0].scenarios[1].status = Status::Failed;
        let text = page(&all, &Features::parse(ROWS).unwrap()).unwrap();
        assert!(text.contains("\n| Get | 1/1 | 1/1 | 1/1 | 1/1 | 1/1 | 1/1 | 1/1 | 1/1 | 1/1 | 1/1 |\n"), "{text}");
        assert!(text.contains("\n| Many | 0/1 | 1/1 | 1/1"), "{text}");
        assert!(text.contains("\n| **All** | 1/2 | 2/2"), "{text}");
        assert!(text.contains("\n| Closed | 1/1 | 1/1 | 1/1 | 1/1 | 1/1 |\n"), "{text}");
        assert!(text.contains(": 24 of 25 passed."), "{text}");
        assert_eq!(text.matches("Closed").count(), 1, "a row without scenarios stands in no table");
    }

    #[test]
    fn every_scenario_has_a_row_and_every_row_a_scenario() {
        let error = |rows: &str| page(&run(), &Features::parse(rows).unwrap()).unwrap_err();
        assert!(error("Get: [own/get]\n").contains("`hostile/closed.yml`"));
        assert!(error(&format!("{ROWS}Put: [own/put]\n")).contains("`own/put`"));
        assert!(Features::parse("A: [a]\nB: [a]\n").is_err_and(|error| error.contains("twice")));
    }

    #[test]
    fn a_partial_run_makes_no_table() {
        let mut all = run();
        all[1].not_run = Some("no Java".into());
        let error = page(&all, &Features::parse(ROWS).unwrap()).unwrap_err();
        assert!(error.contains("`native` has not run on `dynamodb-local`"), "{error}");
    }

    #[test]
    fn pages_of_two_days_are_the_same_unless_their_counts_differ() {
        let page = page(&run(), &Features::parse(ROWS).unwrap()).unwrap();
        let taken = format!("{TAKEN}{}", today());
        let dated = page.replace(&taken, "Taken on 1999-01-01");
        assert_ne!(dated, page);
        assert!(same(&page, &dated));
        assert!(!same(&page, &dated.replacen("1/1", "0/1", 1)));
        assert!(!same(&page, &dated.replace("25 of 25", "24 of 25")));
    }
}
