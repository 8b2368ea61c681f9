use tabletheory::{Error, TableTheory};

use crate::Note;

/// Reads a global secondary index: the notes of an author, the oldest first.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    for (pk, author, title) in [("u#1", "ada", "first"), ("u#2", "bob", "other"), ("u#3", "ada", "second")] {
        let note = Note { author: Some(author.into()), title: title.into(), ..Note::new(pk, "n#1") };
        notes.put(&note).await?;
    }

    let found = notes.query("ada").index("by-author").all().await?;
    for note in found {
        println!("{} {}", note.author.unwrap_or_default(), note.title);
    }
    // endregion
    Ok(())
}

// Output:
// ada first
// ada second
