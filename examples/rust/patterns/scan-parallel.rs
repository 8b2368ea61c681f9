use std::sync::{Arc, Mutex};

use tabletheory::{Error, Progress, TableTheory};

use crate::Note;

/// Reads a whole table in four segments, two of them at a time, and says how far it has come.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    notes.put_many((0..100).map(|n| Note::new(format!("u#{n}"), "n#1"))).await?;

    let last = Arc::new(Mutex::new(Progress::default()));
    let seen = last.clone();
    let tell = move |now: &Progress| *seen.lock().unwrap() = now.clone();
    let found = notes.scan().segments(4).parallel(2).on_progress(tell).all().await?;

    let last = last.lock().unwrap();
    println!("{} notes, {} of {} segments", found.len(), last.segments_done, last.segments);
    // endregion
    Ok(())
}

// Output:
// 100 notes, 4 of 4 segments
