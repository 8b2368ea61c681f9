//! Whether a cursor belongs to the read that it is given to.

use super::{Cursor, Key, Place, Segments, invalid};
use crate::error::Error;
use crate::expression::{KeyCondition, Keys, Test};

/// What a read goes by, as far as a cursor can tell it from another.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'m> {
    /// The table or index.
    pub keys: Keys<'m>,
    /// Of queries: the key condition.
    pub condition: Option<&'m KeyCondition>,
    /// Of queries: whether the order is descending.
    pub descending: Option<bool>,
    /// Of scans of all segments: how many there are.
    pub segments: Option<u32>,
}

impl Scope<'_> {
    /// The key behind which to go on.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidCursor`]: the cursor is of another kind of read, index, order, key or partition.
    pub fn key(&self, cursor: Cursor) -> Result<Key, Error> {
        self.index(&cursor)?;
        if let (Some(order), Some(other)) = (self.descending, cursor.descending)
            && order != other
        {
            return Err(invalid("cursor belongs to a query in the other order"));
        }
        match cursor.place {
            Place::After(key) => {
                self.fits(&key)?;
                Ok(key)
            }
            Place::Segments(_) => Err(invalid("cursor belongs to a scan of all segments")),
        }
    }

    /// Where to go on in a scan of all segments.
    ///
    /// # Errors
    /// [`crate::error::Code::InvalidCursor`]: the cursor is of another kind of read, or of another number of segments.
    pub fn segments(&self, cursor: Cursor) -> Result<Segments, Error> {
        self.index(&cursor)?;
        let Place::Segments(segments) = cursor.place else {
            return Err(invalid("cursor does not belong to a scan of all segments"));
        };
        if self.segments.is_some_and(|total| total != segments.total) {
            return Err(invalid(format!("cursor belongs to a scan of {} segments", segments.total))
                .hint("go on with the same `segments`"));
        }
        segments.open.iter().filter_map(|(_, key)| key.as_ref()).try_for_each(|key| self.fits(key))?;
        Ok(segments)
    }

    fn index(&self, cursor: &Cursor) -> Result<(), Error> {
        match (cursor.index.as_deref(), self.keys.index.map(|index| index.name.as_str())) {
            (ours, theirs) if ours == theirs => Ok(()),
            (Some(other), _) => {
                Err(invalid(format!("cursor belongs to index `{other}`, not to {}", self.keys.shown())))
            }
            (None, _) => Err(invalid(format!("cursor belongs to the table, not to {}", self.keys.shown()))),
        }
    }

    /// Names, types and, of queries, values of the key.
    fn fits(&self, key: &Key) -> Result<(), Error> {
        let model = self.keys.model;
        let wanted = self.keys.place();
        let known = wanted.iter().all(|at| {
            let attribute = &model.attributes[*at];
            key.part(&attribute.name).is_some_and(|part| part.kind == attribute.kind)
        });
        if !known || key.parts().len() != wanted.len() {
            return Err(invalid(format!("the key in the cursor is not one of {}", self.keys.shown())));
        }
        let Some(condition) = self.condition else { return Ok(()) };
        let value = |at: usize| key.part(&model.attributes[at].name).map(super::key::Part::value).unwrap_or_default();
        let equal = |at: &usize, wanted: &String| Test::Compare("=", wanted.clone()).holds(&value(*at));
        if !self.keys.partition().iter().zip(&condition.partition).all(|(at, wanted)| equal(at, wanted)) {
            return Err(invalid("cursor belongs to another partition"));
        }
        if !self.keys.sort().iter().zip(&condition.sort).all(|(at, test)| test.holds(&value(*at))) {
            return Err(invalid("cursor belongs to another condition on the sort key"));
        }
        Ok(())
    }
}
