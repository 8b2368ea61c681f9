//! Numbers by name.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A number (mostly a position in a list) for each of some names. The one kind of map in the core: each kind is some
/// kilobytes of code in the module.
pub type Names<'t> = BTreeMap<Cow<'t, str>, usize>;
