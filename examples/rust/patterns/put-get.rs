use tabletheory::{Code, Error, Set, TableTheory};

use crate::Note;

/// Stores an item and reads it by its key.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;

    let tags = Set::from(["a".to_owned(), "b".to_owned()]);
    let note = Note { title: "hi".into(), tags, ..Note::new("u#1", "n#1") };
    let note = notes.put(&note).await?.stamp(&note)?; // with created_at and version

    let read = notes.get(("u#1", "n#1")).consistent().await?;
    println!("{} {} {}", read.title, read.tags.len(), read.created_at == note.created_at);

    let error = notes.get(("u#1", "n#2")).await.unwrap_err(); // `find` gives None instead
    println!("{}", error.code() == Code::ItemNotFound);
    // endregion
    Ok(())
}

// Output:
// hi 2 true
// true
