use tabletheory::{Error, TableTheory};

use crate::Note;

/// Reads items by their keys, in the order of the keys, `None` where there is none.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    notes
        .put_many([
            Note { title: "one".into(), ..Note::new("u#1", "n#1") },
            Note { title: "two".into(), ..Note::new("u#2", "n#1") },
        ])
        .await?;

    let keys = [("u#2", "n#1"), ("u#9", "n#9"), ("u#1", "n#1")];
    let found = db.batch_get().gets(notes.gets(keys).consistent()).send().await?;
    for note in found.group::<Note>(0)? {
        println!("{}", note.map_or("none".to_owned(), |note| note.title));
    }
    // endregion
    Ok(())
}

// Output:
// two
// none
// one
