//! The order of things.

use std::cmp::Ordering;

/// The positions from 0 up to `count` in the order of what stands there; equal things stay in their order.
///
/// One sort for all, since each is some kilobytes of code in the module. `compare` is given two positions.
pub fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..count).collect();
    positions.sort_by(|one, other| compare(*one, *other));
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_stay_in_their_order() {
        let things = ["b1", "a1", "b2", "a2"];
        assert_eq!(order(things.len(), &|one, other| things[one][..1].cmp(&things[other][..1])), [1, 3, 0, 2]);
        assert!(order(0, &|_, _| Ordering::Equal).is_empty());
    }
}
