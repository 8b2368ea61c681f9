use tabletheory::{Error, TableTheory};

use crate::Note;

/// Stores many items and deletes some. Batches are cut to the size that DynamoDB takes, and what it sends back unprocessed is sent again.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    let many: Vec<Note> = (0..60).map(|n| Note::new("u#1", format!("n#{n:02}"))).collect();

    let mut left: Vec<&Note> = many.iter().collect();
    while let Err(error) = db.batch_write().put(&notes, &left).parallel(2).send().await {
        let Some(batch) = error.batch() else { return Err(error) };
        left = batch.left_of(0, left); // those that were not written, or may not have been
    }

    let batch = db.batch_write().put(&notes, [Note::new("u#2", "n#1")]).delete(&notes, [("u#1", "n#00")]);
    let done = batch.delete(&notes, [&many[1]]).send().await?;
    println!("{} {}", done.written, notes.query("u#1").count().await?.count);
    // endregion
    Ok(())
}

// Output:
// 3 58
