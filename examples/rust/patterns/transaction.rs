use tabletheory::{Code, Error, TableTheory, attr};

use crate::Note;

/// Carries out several writes, or none of them.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    let counter = Note::new("u#1", "counter");
    notes.put(&counter).await?;

    let add = |sk| {
        db.transact()
            .create(notes.create(&Note::new("u#1", sk)))
            .update(notes.update(&counter).add("views", 1))
            .check(notes.check(("u#1", "lock"), attr("pk").not_exists()))
            .send()
    };
    add("n#1").await?;
    let error = add("n#1").await.unwrap_err(); // is there already, so nothing is counted
    println!("{} {}", error.is(Code::ConditionFailed), error.reasons()[0].index);

    let read = notes.get(&counter).consistent().await?;
    println!("{}", read.views);
    // endregion
    Ok(())
}

// Output:
// true 0
// 1
