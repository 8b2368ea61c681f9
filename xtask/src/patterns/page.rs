//! The sections of a page.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};

use super::explained::Model;
use super::source::LANGUAGES;
use crate::workspace::Workspace;

/// The page with its generated sections filled in.
pub fn fill(workspace: &Workspace, page: &str, names: &BTreeSet<String>, text: &str) -> Result<String> {
    let mut filled = String::new();
    let mut model = None;
    let mut code = false;
    let mut rest = text;
    while let Some((before, section)) = rest.split_once("<!-- pattern:") {
        let (marker, after) = section.split_once("-->").context("a marker has no end")?;
        let (kind, arguments) = marker.trim().split_once(' ').unwrap_or((marker.trim(), ""));
        let end = format!("<!-- /pattern:{kind} -->");
        let (_, after) = after.split_once(&end).with_context(|| format!("there is no `{end}`"))?;
        filled.push_str(before);
        let content = match kind {
            "model" => {
                let (file, name) = arguments.split_once(' ').context("`model` needs a file and a model")?;
                let opened = Model::open(file, name, &workspace.read(&format!("examples/{file}"))?)?;
                let content = opened.described()?;
                model = Some(opened);
                content
            }
            "code" => {
                code = true;
                programs(workspace, page)?
            }
            "explain" => {
                let model = model.as_ref().context("`explain` before `model`")?;
                let call = last_block(before).context("no code block with the call document before `explain`")?;
                model.explained(call).with_context(|| format!("explaining {call}"))?
            }
            "index" => index(workspace, names, arguments)?,
            other => bail!("no section is called `{other}`"),
        };
        let _ = write!(filled, "<!-- pattern:{}-->\n{content}\n{end}", marker);
        rest = after;
    }
    ensure!(page == "README" || (code && model.is_some()), "it needs the sections `model` and `code`");
    filled.push_str(rest);
    Ok(filled)
}

/// The program of each language that has one.
fn programs(workspace: &Workspace, page: &str) -> Result<String> {
    let mut sections = Vec::new();
    for language in &LANGUAGES {
        let path = language.path(page);
        if workspace.path(&path).is_file() {
            let shown = language.shown(&workspace.read(&path)?).with_context(|| format!("`{path}`"))?;
            sections.push(format!(
                "### {}\n\n[{path}](../../{path})\n\n```{}\n{shown}\n```",
                language.name, language.fence
            ));
        }
    }
    Ok(sections.join("\n\n"))
}

/// The last JSON code block of a text.
fn last_block(text: &str) -> Option<&str> {
    let (_, block) = text.rsplit_once("```json\n")?;
    block.split_once("\n```").map(|(call, _)| call)
}

/// A table of all pages, in the order of `order`.
fn index(workspace: &Workspace, names: &BTreeSet<String>, order: &str) -> Result<String> {
    let order: Vec<&str> = order.split_whitespace().collect();
    let listed: BTreeSet<String> = order.iter().map(|name| (*name).to_owned()).collect();
    ensure!(listed == *names && listed.len() == order.len(), "the index names {listed:?}, the pages are {names:?}");
    let mut table = String::from("| Pattern | What for | Programs |\n|---|---|---|");
    for name in order {
        let page = workspace.read(&format!("{}/{name}.md", super::FOLDER))?;
        let (title, about) =
            head(&page).with_context(|| format!("`{name}.md` does not begin with a title and a sentence"))?;
        let there = LANGUAGES.iter().filter(|language| workspace.path(&language.path(name)).is_file());
        let links: Vec<_> =
            there.map(|language| format!("[{}](../../{})", language.name, language.path(name))).collect();
        let _ = write!(table, "\n| [{title}]({name}.md) | {about} | {} |", links.join(" "));
    }
    Ok(table)
}

/// The title of a page, and its first sentence.
fn head(page: &str) -> Option<(&str, String)> {
    let (title, rest) = page.strip_prefix("# ")?.split_once("\n\n")?;
    let paragraph = rest.split("\n\n").next()?.replace('\n', " ");
    let sentence = paragraph.split_once(". ").map_or(paragraph.trim_end_matches('.'), |(sentence, _)| sentence);
    (!sentence.is_empty()).then(|| (title, sentence.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_json_block_is_the_call() {
        assert_eq!(last_block("```json\n{\"a\": 1}\n```\n```json\n{}\n```\n"), Some("{}"));
        assert_eq!(last_block("```js\n1\n```"), None);
    }

    #[test]
    fn a_page_begins_with_its_title_and_what_it_is_for() {
        let page = "# Put and get\n\nStores an item and\nreads it. More.\n\nText.\n";
        assert_eq!(head(page), Some(("Put and get", "Stores an item and reads it".into())));
        assert_eq!(head("text"), None);
    }
}
