//! Projections: which attributes to read.

use super::path::Path;
use super::placeholders::Placeholders;
use super::{refused, within_limits};
use crate::dms::Model;
use crate::error::Error;

/// The paths to read, checked against the model; none leads into another.
#[derive(Clone, Debug)]
pub struct Projection<'m> {
    model: &'m Model,
    paths: Vec<Path<'m>>,
}

impl<'m> Projection<'m> {
    /// Reads the `projection` of a call.
    ///
    /// # Errors
    /// None at all, unknown attributes, paths into what has no inside, paths that overlap; with the position in the array.
    pub fn read(model: &'m Model, paths: &[impl AsRef<str>]) -> Result<Self, Error> {
        if paths.is_empty() {
            return Err(refused("projection is empty").hint("leave `projection` out to read all attributes"));
        }
        let mut projection = Projection { model, paths: Vec::with_capacity(paths.len()) };
        for (at, path) in paths.iter().enumerate() {
            let place = at.to_string();
            let parsed = Path::parse(model, path.as_ref()).map_err(|error| error.within(&place))?;
            if projection.paths.iter().any(|other| other.overlaps(&parsed)) {
                return Err(refused(format!("path `{}` overlaps another one", path.as_ref())).within(&place));
            }
            projection.paths.push(parsed);
        }
        Ok(projection)
    }

    /// Positions of the attributes that the paths begin with, in the order of the call.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.paths.iter().map(|path| path.at)
    }

    /// Adds those of these attributes that are not read yet, and says which they were.
    pub fn complete(&mut self, attributes: &[usize]) -> Vec<usize> {
        let missing = |at: &usize| self.roots().all(|root| root != *at);
        let added: Vec<usize> = attributes.iter().copied().filter(missing).collect();
        self.paths.extend(added.iter().map(|at| Path::whole(self.model, *at)));
        added
    }

    /// Renders the projection expression.
    ///
    /// # Errors
    /// It is longer than DynamoDB takes.
    pub fn render(&self, placeholders: &mut Placeholders) -> Result<String, Error> {
        let mut text = String::new();
        for (at, path) in self.paths.iter().enumerate() {
            if at > 0 {
                text.push_str(", ");
            }
            path.write(placeholders, &mut text);
        }
        within_limits(&text, 0, "projection")?;
        Ok(text)
    }
}

/// Renders the `projection` of a call.
///
/// # Errors
/// As [`Projection::read`] and [`Projection::render`].
pub fn projection(model: &Model, paths: &[impl AsRef<str>], placeholders: &mut Placeholders) -> Result<String, Error> {
    Projection::read(model, paths)?.render(placeholders)
}
