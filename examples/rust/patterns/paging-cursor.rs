use tabletheory::{Error, TableTheory};

use crate::Note;

/// Gives pages of two items. The cursor is text: it can be handed to a client and comes back with the next request.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    notes.put_many((0..5).map(|n| Note::new("u#1", format!("n#{n}")))).await?;

    let mut cursor = None;
    loop {
        let page = notes.query("u#1").limit(2).cursor(cursor).page().await?;
        let keys: Vec<_> = page.items.iter().map(|note| note.sk.as_str()).collect();
        println!("{}", keys.join(" "));
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    // endregion
    Ok(())
}

// Output:
// n#0 n#1
// n#2 n#3
// n#4
