//! What a page shows of a program.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Result, ensure};

use crate::workspace::Workspace;

/// A language, and where its programs are.
pub struct Language {
    /// Its name, for people.
    pub name: &'static str,
    /// What Markdown calls it.
    pub fence: &'static str,
    folder: &'static str,
    extension: &'static str,
    comment: &'static str,
    /// How a line begins that imports something of the library, and how the statement ends.
    import: (&'static str, &'static str),
    /// Files that are no pattern.
    others: &'static [&'static str],
}

/// All languages, in the order of the pages.
pub const LANGUAGES: [Language; 4] = [
    Language {
        name: "Node",
        fence: "js",
        folder: "examples/node/patterns",
        extension: ".mjs",
        comment: "//",
        import: ("import {", "from \"tabletheory\";"),
        others: &["main"],
    },
    Language {
        name: "Python",
        fence: "python",
        folder: "examples/python/patterns",
        extension: ".py",
        comment: "#",
        import: ("from tabletheory import ", ""),
        others: &["main"],
    },
    Language {
        name: "Go",
        fence: "go",
        folder: "examples/go/patterns",
        extension: ".go",
        comment: "//",
        // What Go imports is the library itself, in every program.
        import: ("\0", ""),
        others: &["main", "patterns_test"],
    },
    Language {
        name: "Rust",
        fence: "rust",
        folder: "examples/rust/patterns",
        extension: ".rs",
        comment: "//",
        import: ("use tabletheory::", ";"),
        others: &["main"],
    },
];

impl Language {
    /// The file of a pattern.
    pub fn path(&self, pattern: &str) -> String {
        format!("{}/{pattern}{}", self.folder, self.extension)
    }

    /// The patterns that there are.
    pub fn programs(&self, workspace: &Workspace) -> BTreeSet<String> {
        let files = std::fs::read_dir(workspace.path(self.folder)).into_iter().flatten().flatten();
        let stems = files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(self.extension)?.to_owned()));
        stems.filter(|stem| !self.others.contains(&stem.as_str())).collect()
    }

    /// What is shown of a program: what it imports of the library, its regions, and what it prints.
    pub fn shown(&self, text: &str) -> Result<String> {
        let shown = regions(text, self.comment)?.join("\n\n");
        let mut parts = Vec::new();
        parts.extend(self.imports(text, &shown));
        parts.push(shown);
        if let Some(output) = text.split_once(&format!("\n{} Output:\n", self.comment)) {
            parts.push(format!("{} Output:\n{}", self.comment, output.1.trim_end()));
        }
        Ok(parts.join("\n\n"))
    }

    /// The statement that imports from the library, less what the shown part does not use.
    fn imports(&self, text: &str, shown: &str) -> Option<String> {
        let (begins, ends) = self.import;
        let statements = text.lines().filter(|line| line.starts_with(begins) && line.ends_with(ends));
        let mut found = String::new();
        for statement in statements {
            let names = statement.strip_prefix(begins)?.strip_suffix(ends)?;
            let bare = names.trim_matches(|letter: char| letter == '{' || letter == '}' || letter == ' ');
            let used: Vec<&str> = bare.split(", ").filter(|name| mentions(shown, name)).collect();
            if !used.is_empty() {
                let kept = names.replace(bare, &used.join(", "));
                let _ = write!(found, "{}{begins}{kept}{ends}", if found.is_empty() { "" } else { "\n" });
            }
        }
        (!found.is_empty()).then_some(found)
    }
}

fn mentions(text: &str, name: &str) -> bool {
    // `testing::local` and `Name as Other` are used by their last part.
    let name = name.rsplit([':', ' ']).next().unwrap_or(name);
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).any(|word| word == name)
}

/// The lines between `region` and `endregion`, each region moved to the left margin.
fn regions(text: &str, comment: &str) -> Result<Vec<String>> {
    let (begin, end) = (format!("{comment} region"), format!("{comment} endregion"));
    let mut regions = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in text.lines() {
        match (line.trim(), &mut open) {
            (marker, None) if marker == begin => open = Some(Vec::new()),
            (marker, Some(lines)) if marker == end => {
                regions.push(dedented(lines));
                open = None;
            }
            (marker, _) => {
                ensure!(marker != begin && marker != end, "`{marker}` in the wrong place");
                if let Some(lines) = &mut open {
                    lines.push(line);
                }
            }
        }
    }
    ensure!(open.is_none(), "a region has no end");
    ensure!(!regions.is_empty(), "no region to be shown: put `{begin}` and `{end}` around it");
    Ok(regions)
}

fn dedented(lines: &[&str]) -> String {
    let indents = lines.iter().filter(|line| !line.trim().is_empty());
    let margin = indents.map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    let moved: Vec<&str> = lines.iter().map(|line| line.get(margin..).unwrap_or_default()).collect();
    moved.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: &str = "from tabletheory import S, TableTheory\nfrom os import path\n\n\ndef run(db: TableTheory) -> None:\n    \"\"\"Does.\"\"\"\n    # region\n    if S.a:\n        print(1)\n\n    print(2)\n    # endregion\n\n\n# Output:\n# 1\n# 2\n";

    #[test]
    fn the_region_is_shown_with_what_it_imports_and_prints() {
        let shown = LANGUAGES[1].shown(PYTHON).unwrap();
        assert_eq!(shown, "from tabletheory import S\n\nif S.a:\n    print(1)\n\nprint(2)\n\n# Output:\n# 1\n# 2");
    }

    #[test]
    fn nothing_is_imported_that_is_not_used() {
        let shown = LANGUAGES[0]
            .shown("import { a, b } from \"tabletheory\";\n\nfunction f() {\n  // region\n  g(b);\n  // endregion\n}\n")
            .unwrap();
        assert_eq!(shown, "import { b } from \"tabletheory\";\n\ng(b);");
        assert_eq!(LANGUAGES[1].shown(&PYTHON.replace("S.a", "True")).unwrap().lines().next(), Some("if True:"));
    }

    #[test]
    fn several_regions_stand_one_after_the_other() {
        let text = "// region\ntype A struct{}\n// endregion\nfunc f() {\n\t// region\n\tg()\n\t// endregion\n}\n";
        assert_eq!(LANGUAGES[2].shown(text).unwrap(), "type A struct{}\n\ng()");
    }

    #[test]
    fn regions_that_do_not_match_are_refused() {
        for text in ["// region\na\n", "// endregion\n", "// region\n// region\n// endregion\n", "a\n"] {
            assert!(LANGUAGES[0].shown(text).is_err(), "{text}");
        }
    }
}
