//! Result files and the table made of them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// How a scenario ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All of it holds.
    Passed,
    /// Something does not, or the scenario was not understood.
    Failed,
    /// It needs a capability of a later issue.
    Later,
}

/// One scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Name of the scenario.
    pub name: String,
    /// `p0`, `p1`, …: the folder that it is in.
    pub tier: String,
    /// Its file, below the folder of scenarios.
    pub file: String,
    /// How it ended.
    pub status: Status,
    /// What it needs and no host has yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability: Option<String>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One result file: one host on one engine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Results {
    /// The host.
    pub host: String,
    /// The engine.
    pub engine: String,
    /// Why nothing was run, for instance `no Java`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_run: Option<String>,
    /// The scenarios.
    #[serde(default)]
    pub scenarios: Vec<Line>,
}

impl Results {
    /// How many scenarios ended so.
    pub fn count(&self, status: Status) -> usize {
        self.scenarios.iter().filter(|line| line.status == status).count()
    }

    /// Writes `<host>-<engine>.json` into a folder, which is made if absent.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let path = folder.join(format!("{}-{}.json", self.host, self.engine));
        let text = serde_json::to_string_pretty(self).expect("results are plain data");
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text + "\n"));
        written.map_err(|error| format!("cannot write `{}`: {error}", path.display()))
    }

    /// Reads all result files of a folder and its folders.
    pub fn read(folder: &Path) -> Result<Vec<Results>, String> {
        let mut all = Vec::new();
        for path in crate::files::find(folder)? {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            all.push(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?);
        }
        Ok(all)
    }
}

#[derive(Clone, Copy, Default)]
struct Cell {
    passed: usize,
    failed: usize,
    later: usize,
}

impl Cell {
    fn add(&mut self, status: Status) {
        match status {
            Status::Passed => self.passed += 1,
            Status::Failed => self.failed += 1,
            Status::Later => self.later += 1,
        }
    }

    fn text(self) -> String {
        let counted = format!("{}/{}", self.passed, self.passed + self.failed);
        match self {
            Cell { passed: 0, failed: 0, later: 0 } => "-".into(),
            Cell { later: 0, .. } => counted,
            Cell { later, .. } => format!("{counted} +{later} later"),
        }
    }
}

/// What one host did on one engine.
#[derive(Default)]
struct Row<'a> {
    cells: BTreeMap<&'a str, Cell>,
    all: Cell,
    not_run: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn add(&mut self, results: &'a Results) {
        self.not_run = results.not_run.as_deref().or(self.not_run);
        for line in &results.scenarios {
            self.cells.entry(&line.tier).or_default().add(line.status);
            self.all.add(line.status);
        }
    }

    fn text(&self, tiers: &[&str]) -> Vec<String> {
        match self.not_run {
            Some(why) if self.cells.is_empty() => vec![format!("not run: {why}")],
            _ => {
                let cells = tiers.iter().map(|tier| self.cells.get(tier).copied().unwrap_or_default());
                cells.chain([self.all]).map(Cell::text).collect()
            }
        }
    }
}

/// The table host × engine × tier, what failed, what is for later, and the totals. Second: whether nothing failed.
pub fn table(all: &[Results]) -> (String, bool) {
    let lines = all.iter().flat_map(|results| &results.scenarios);
    let mut tiers: Vec<&str> = lines.clone().map(|line| line.tier.as_str()).collect();
    tiers.sort_unstable();
    tiers.dedup();
    let mut rows: BTreeMap<(&str, &str), Row> = BTreeMap::new();
    for results in all {
        rows.entry((&results.host, &results.engine)).or_default().add(results);
    }
    let head = ["host", "engine"].into_iter().chain(tiers.iter().copied()).chain(["all"]);
    let mut shown = vec![head.map(str::to_owned).collect()];
    for ((host, engine), row) in &rows {
        let name = [(*host).to_owned(), (*engine).to_owned()];
        shown.push(name.into_iter().chain(row.text(&tiers)).collect());
    }
    let mut text = columns(&shown);
    write_failures(all, &mut text);
    write_later(all, &mut text);
    let count = |status| lines.clone().filter(|line| line.status == status).count();
    let (passed, failed) = (count(Status::Passed), count(Status::Failed));
    let _ = writeln!(text, "\n{passed} passed, {failed} failed");
    (text, failed == 0 && passed > 0)
}

fn write_failures(all: &[Results], text: &mut String) {
    for results in all {
        for line in results.scenarios.iter().filter(|line| line.status == Status::Failed) {
            let error = line.error.as_deref().unwrap_or_default();
            let _ = writeln!(
                text,
                "\nfailed: {} on {}: {} ({})\n  {error}",
                results.host, results.engine, line.name, line.file
            );
        }
    }
}

fn write_later(all: &[Results], text: &mut String) {
    let mut later: BTreeMap<&str, std::collections::BTreeSet<&str>> = BTreeMap::new();
    for line in all.iter().flat_map(|results| &results.scenarios).filter(|line| line.status == Status::Later) {
        later.entry(line.capability.as_deref().unwrap_or_default()).or_default().insert(&line.name);
    }
    if !later.is_empty() {
        let _ = writeln!(text, "\nfor later, by capability:");
    }
    for (capability, names) in later {
        let names: Vec<&str> = names.into_iter().collect();
        let _ = writeln!(text, "  {capability}: {}", names.join(", "));
    }
}

fn columns(lines: &[Vec<String>]) -> String {
    let width =
        |at: usize| lines.iter().filter(|line| line.len() > 3).filter_map(|line| line.get(at)).map(String::len).max();
    let mut text = String::new();
    for line in lines {
        let padded: Vec<String> =
            line.iter().enumerate().map(|(at, cell)| format!("{cell:<0$}", width(at).unwrap_or_default())).collect();
        let _ = writeln!(text, "{}", padded.join("  ").trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, tier: &str, status: Status) -> Line {
        let capability = (status == Status::Later).then(|| "query.basic".to_owned());
        Line {
            name: name.into(),
            tier: tier.into(),
            file: format!("{tier}/{name}.yml"),
            status,
            capability,
            error: Some("why".into()),
        }
    }

    #[test]
    fn the_table_counts_by_host_engine_and_tier() {
        let all = [
            Results {
                host: "node".into(),
                engine: "embedded".into(),
                not_run: None,
                scenarios: vec![
                    line("a", "p0", Status::Passed),
                    line("b", "p0", Status::Later),
                    line("c", "own", Status::Failed),
                ],
            },
            Results {
                host: "node".into(),
                engine: "dynamodb-local".into(),
                not_run: Some("no Java".into()),
                scenarios: vec![],
            },
        ];
        let (text, fine) = table(&all);
        assert!(!fine);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["host", "engine", "own", "p0", "all"]);
        assert!(lines[1].contains("not run: no Java"));
        assert!(
            lines[2].contains("0/1") && lines[2].contains("1/1 +1 later") && lines[2].contains("1/2 +1 later"),
            "{text}"
        );
        assert!(text.contains("failed: node on embedded: c (own/c.yml)\n  why"));
        assert!(text.contains("  query.basic: b\n"));
        assert!(text.ends_with("\n1 passed, 1 failed\n"));
    }

    #[test]
    fn nothing_at_all_is_no_success() {
        assert!(!table(&[]).1);
    }

    #[test]
    fn result_files_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results {
            host: "go".into(),
            engine: "embedded".into(),
            not_run: None,
            scenarios: vec![line("a", "p0", Status::Passed)],
        };
        results.write(&folder.path().join("deep")).unwrap();
        let read = Results::read(folder.path()).unwrap();
        assert_eq!((read.len(), read[0].count(Status::Passed), read[0].count(Status::Failed)), (1, 1, 0));
    }
}
