use futures_util::TryStreamExt;
use tabletheory::{Error, TableTheory, attr};

use crate::Note;

/// Reads the items of one partition whose sort key begins so, the last first.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    let given = [("u#1", "n#1"), ("u#1", "n#2"), ("u#1", "draft#1"), ("u#2", "n#1")];
    notes.put_many(given.map(|(pk, sk)| Note::new(pk, sk))).await?;

    let mut found = notes.query("u#1").where_(attr("sk").begins_with("n#")).descending().items();
    while let Some(note) = found.try_next().await? {
        println!("{} {}", note.pk, note.sk);
    }
    // endregion
    Ok(())
}

// Output:
// u#1 n#2
// u#1 n#1
