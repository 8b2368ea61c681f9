//! Projections: which attributes to read.

use super::path::Path;
use super::placeholders::Placeholders;
use super::{refused, within_limits};
use crate::dms::Model;
use crate::error::Error;

/// Renders a projection expression.
pub fn projection(model: &Model, paths: &[impl AsRef<str>], placeholders: &mut Placeholders) -> Result<String, Error> {
    if paths.is_empty() {
        return Err(refused("projection is empty").hint("leave `projection` out to read all attributes"));
    }
    let mut seen: Vec<Path<'_>> = Vec::with_capacity(paths.len());
    let mut text = String::new();
    for (at, path) in paths.iter().enumerate() {
        let place = at.to_string();
        let parsed = Path::parse(model, path.as_ref()).map_err(|error| error.within(&place))?;
        if seen.iter().any(|other| other.overlaps(&parsed)) {
            return Err(refused(format!("path `{}` overlaps another one", path.as_ref())).within(&place));
        }
        if at > 0 {
            text.push_str(", ");
        }
        parsed.write(placeholders, &mut text);
        seen.push(parsed);
    }
    within_limits(&text, 0, "projection")?;
    Ok(text)
}
