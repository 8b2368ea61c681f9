//! Member names of one object.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Misfit;
use crate::Text;

/// Member names seen, to refuse a second one: what most parsers drop silently.
#[derive(Default)]
pub(super) struct Names<'a> {
    few: Vec<Text<'a>>,
    many: BTreeSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    const FEW: usize = 16;

    /// Takes in the next name.
    pub(super) fn add(&mut self, name: Text<'a>) -> Result<(), Misfit> {
        if name.is_empty() {
            return Err(Misfit::new("map member with an empty name"));
        }
        let seen = if self.few.len() < Self::FEW {
            self.few.iter().any(|seen| seen.is_same(name))
        } else {
            if self.many.is_empty() {
                self.many.extend(self.few.iter().map(|name| name.decode()));
            }
            !self.many.insert(name.decode())
        };
        if seen {
            return Err(Misfit::new(format!("member `{}` is given twice", name.decode())));
        }
        if self.few.len() < Self::FEW {
            self.few.push(name);
        }
        Ok(())
    }
}
