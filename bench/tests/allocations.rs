//! How often the core allocates per call: a number that no clock disturbs. Nothing is allocated per item or attribute that is read.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bench::{client, rehearse, resume, run};
use bench_stub::calls;

/// The system's allocator, which counts what each thread asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    COUNT.with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is passed on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn calls_allocate_no_more_than_they_need() {
    let client = client();
    let allocated = |name: &str| {
        let call = calls::all().into_iter().find(|call| call.name == name).expect("a measured call");
        let body = rehearse(&client, &call);
        let before = COUNT.get();
        run(&client, &call, |request, operation| resume(operation, request.id, &body));
        COUNT.get() - before
    };
    // What they take, and a little room.
    for (name, at_most) in [
        ("put.twelve", 45),
        ("put.tiny", 38),
        ("put.large", 700),
        ("get.twelve", 45),
        ("get.large", 56),
        ("delete.twelve", 38),
        ("update.twelve", 68),
        ("query.1", 54),
        // For a thousand items as many as for one, and one for each attribute: what is read is copied as it stands.
        ("query.1000", 66),
        ("batch_write.25", 690),
        ("batch_get.100", 3900),
        ("transact.10", 430),
        ("transact.100", 4000),
    ] {
        let found = allocated(name);
        assert!(found <= at_most, "{name} takes {found} allocations, more than {at_most}");
    }
}
