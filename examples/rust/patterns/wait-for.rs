use std::time::Duration;

use tabletheory::{Code, Error, TableTheory, attr};

use crate::Note;

/// Reads until a write can be seen: in an index, or one of another process.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    let note = Note { author: Some("ada".into()), status: Some("open".into()), ..Note::new("u#1", "n#1") };
    let note = notes.put(&note).await?.stamp(&note)?;

    let seen = notes.wait_for(&note).index("by-author").until(attr("status").eq("open")).await?;
    println!("{} {}", seen.sk, seen.status.unwrap_or_default());

    let error = notes.wait_for(("u#1", "n#2")).wait_at_most(Duration::from_millis(50)).await.unwrap_err();
    println!("{}", error.code() == Code::Timeout);
    // endregion
    Ok(())
}

// Output:
// n#1 open
// true
