//! Values behind `u32` handles. A handle is never 0 and is not given out again soon after its value is gone.

const INDEX_BITS: u32 = 20;
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;
const GENERATION_MASK: u32 = (1 << (32 - INDEX_BITS)) - 1;

/// A table of values: up to 2²⁰ at once, twelve bits of generation against stale handles.
#[derive(Debug)]
pub struct Handles<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Default for Handles<T> {
    fn default() -> Self {
        Handles { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Handles<T> {
    /// Stores a value and names it.
    ///
    /// # Panics
    /// With 2²⁰ values at once.
    pub fn insert(&mut self, value: T) -> u32 {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, value: None });
            self.slots.len() as u32 - 1
        });
        assert!(index < INDEX_MASK, "too many handles in use");
        let slot = &mut self.slots[index as usize];
        slot.value = Some(value);
        (slot.generation << INDEX_BITS) | (index + 1)
    }

    /// The value behind a handle.
    pub fn get(&self, handle: u32) -> Option<&T> {
        let slot = self.slots.get((handle & INDEX_MASK).checked_sub(1)? as usize)?;
        if slot.generation == handle >> INDEX_BITS { slot.value.as_ref() } else { None }
    }

    /// Takes the value out but keeps its handle reserved for [`Handles::put_back`].
    pub fn take(&mut self, handle: u32) -> Option<T> {
        self.slot(handle)?.value.take()
    }

    /// Returns a value that was taken out.
    pub fn put_back(&mut self, handle: u32, value: T) {
        if let Some(slot) = self.slot(handle) {
            slot.value = Some(value);
        }
    }

    /// Forgets a handle and drops its value. Unknown handles are ignored.
    pub fn remove(&mut self, handle: u32) {
        if let Some(slot) = self.slot(handle) {
            slot.value = None;
            slot.generation = (slot.generation + 1) & GENERATION_MASK;
            self.free.push((handle & INDEX_MASK) - 1);
        }
    }

    fn slot(&mut self, handle: u32) -> Option<&mut Slot<T>> {
        let slot = self.slots.get_mut((handle & INDEX_MASK).checked_sub(1)? as usize)?;
        (slot.generation == handle >> INDEX_BITS).then_some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_handle_stays_unknown_when_its_place_is_taken() {
        let mut handles = Handles::default();
        let first = handles.insert('a');
        handles.remove(first);
        let second = handles.insert('b');
        assert_ne!(first, second);
        assert_eq!(handles.get(first), None);
        assert_eq!(handles.get(second), Some(&'b'));
        handles.remove(first);
        assert_eq!(handles.get(second), Some(&'b'));
    }

    #[test]
    fn odd_handles_are_unknown() {
        let mut handles: Handles<u8> = Handles::default();
        handles.insert(1);
        for handle in [0, 2, u32::MAX, INDEX_MASK, 1 << INDEX_BITS] {
            assert_eq!(handles.get(handle), None);
            assert_eq!(handles.take(handle), None);
            handles.remove(handle);
        }
    }

    #[test]
    fn a_taken_value_comes_back_under_its_handle() {
        let mut handles = Handles::default();
        let handle = handles.insert('a');
        assert_eq!(handles.take(handle), Some('a'));
        assert_eq!(handles.get(handle), None);
        handles.put_back(handle, 'b');
        assert_eq!(handles.get(handle), Some(&'b'));
    }
}
