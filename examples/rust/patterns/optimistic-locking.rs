use tabletheory::{Code, Error, TableTheory};

use crate::Note;

/// Lets an update through only if nobody else has changed the item since it was read.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    notes.put(&Note { title: "hi".into(), ..Note::new("u#1", "n#1") }).await?;
    let mine = notes.get(("u#1", "n#1")).await?;
    let yours = mine.clone();

    notes.update(&mine).set("title", "mine").expect_version(mine.version).await?;
    let stale = notes.update(&yours).set("title", "yours").expect_version(yours.version).return_old_on_failure();
    let error = stale.await.unwrap_err();
    println!("{} {}", error.code() == Code::VersionConflict, error.is(Code::ConditionFailed));

    if let Some(stored) = error.old_item::<Note>()? {
        println!("{} {}", stored.title, stored.version); // what is there: no need to read it again
    }
    // endregion
    Ok(())
}

// Output:
// true true
// mine 1
