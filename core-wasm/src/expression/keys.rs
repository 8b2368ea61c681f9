//! The key that a read goes by: the table's, or that of one of its indexes.

use crate::dms::{Index, Model, Projection};
use crate::error::{Code, Error};
use crate::suggest::did_you_mean;

/// The key attributes of a table or index.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'m> {
    /// The model.
    pub model: &'m Model,
    /// The index; the table itself where there is none.
    pub index: Option<&'m Index>,
}

impl<'m> Keys<'m> {
    /// The key of the table, or of the index of this name.
    ///
    /// # Errors
    /// [`Code::IndexNotFound`], which is also [`Code::InvalidOperator`].
    pub fn of(model: &'m Model, index: Option<&str>) -> Result<Self, Error> {
        let Some(name) = index else { return Ok(Keys { model, index: None }) };
        let found = model.indexes.iter().find(|index| index.name == name);
        let index = found.ok_or_else(|| unknown_index(model, name))?;
        Ok(Keys { model, index: Some(index) })
    }

    /// Positions of the partition attributes: one, or several of a global index.
    pub fn partition(&self) -> &'m [usize] {
        self.index.map_or(std::slice::from_ref(&self.model.partition), |index| &index.partition)
    }

    /// Positions of the sort attributes, in the order in which they sort.
    pub fn sort(&self) -> &'m [usize] {
        self.index.map_or(self.model.sort.as_slice(), |index| &index.sort)
    }

    /// Whether the attribute is part of this key.
    pub fn has(&self, at: usize) -> bool {
        self.partition().contains(&at) || self.sort().contains(&at)
    }

    /// Positions of everything that names a place in the table or index: its own key, and the table's.
    pub fn place(&self) -> Vec<usize> {
        let mut all: Vec<usize> = [self.model.partition].into_iter().chain(self.model.sort).collect();
        for at in self.partition().iter().chain(self.sort()) {
            if !all.contains(at) {
                all.push(*at);
            }
        }
        all
    }

    /// Whether what is read here can hold the attribute. A local index fetches from the table what it does not hold.
    pub fn holds(&self, at: usize) -> bool {
        let Some(index) = self.index.filter(|index| !index.local) else { return true };
        self.model.is_key(at)
            || self.has(at)
            || match &index.projection {
                Projection::All => true,
                Projection::KeysOnly => false,
                Projection::Include(names) => names.contains(&self.model.attributes[at].name),
            }
    }

    /// "index `by-author`", or "the table of model `Note`".
    pub fn shown(&self) -> String {
        match self.index {
            Some(index) => format!("index `{}`", index.name),
            None => format!("the table of model `{}`", self.model.name),
        }
    }
}

fn unknown_index(model: &Model, name: &str) -> Error {
    let shown: String = name.chars().take(255).collect();
    let mut error = Error::new(Code::IndexNotFound, format!("unknown index `{shown}` of model `{}`", model.name));
    error.details_mut().codes.insert(0, Code::InvalidOperator);
    let names = model.indexes.iter().map(|index| index.name.as_str());
    let hint = did_you_mean(name, names.clone()).unwrap_or_else(|| {
        let all: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        if all.is_empty() { "the model has no indexes".to_owned() } else { format!("the model has {}", all.join(", ")) }
    });
    error.at("/index").hint(hint)
}
