//! `xtask patterns`: the pages of docs/patterns, whose code is that of programs that are tested, and whose requests are what the core sends.
//!
//! A page is written by hand but for what stands between `<!-- pattern:NAME … -->` and `<!-- /pattern:NAME -->`:
//!
//! | section | in its first marker | what is put in |
//! |---|---|---|
//! | `model` | file in `examples`, model | table, keys and indexes |
//! | `code` | | the regions of the program in each language, by the name of the page |
//! | `explain` | | what becomes of the call document in the code block before it |
//! | `index` | names of pages | a table of all of them; in `README.md` |

mod explained;
mod page;
mod pretty;
mod source;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;
use source::LANGUAGES;

const FOLDER: &str = "docs/patterns";

/// Fills the generated sections of all pages, or checks that they are current.
pub fn run(workspace: &Workspace, check: bool) -> Result<()> {
    let names = names(workspace)?;
    let mut wrong = missing(workspace, &names);
    let mut stale = Vec::new();
    for page in names.iter().map(String::as_str).chain(["README"]) {
        let path = format!("{FOLDER}/{page}.md");
        let text = workspace.read(&path)?;
        let filled = page::fill(workspace, page, &names, &text).with_context(|| format!("`{path}`"))?;
        if filled == text {
            continue;
        }
        if check {
            stale.push(path);
        } else {
            fs::write(workspace.path(&path), filled)?;
        }
    }
    if !stale.is_empty() {
        wrong.push(format!("not what the programs and the core give: {}: run `make docs-patterns`", stale.join(", ")));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} patterns, each in {} languages", names.len(), LANGUAGES.len());
    Ok(())
}

/// All pages, by what there are files for.
fn names(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(workspace.path(FOLDER))? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        names.extend(file.strip_suffix(".md").filter(|name| *name != "README").map(str::to_owned));
    }
    Ok(names)
}

/// Pages without a program, and programs without a page.
fn missing(workspace: &Workspace, names: &BTreeSet<String>) -> Vec<String> {
    let mut missing = Vec::new();
    for language in &LANGUAGES {
        let programs = language.programs(workspace);
        let lacking = names.difference(&programs).map(|name| format!("there is no `{}`", language.path(name)));
        missing.extend(lacking);
        let pageless = programs.difference(names);
        missing.extend(pageless.map(|name| format!("`{}` has no page in `{FOLDER}`", language.path(name))));
    }
    missing
}
