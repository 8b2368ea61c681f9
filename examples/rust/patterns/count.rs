use tabletheory::{Error, TableTheory, attr};

use crate::Note;

/// Counts items without sending them. DynamoDB charges for reading them all the same.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    notes
        .put_many([
            Note { views: 1, ..Note::new("u#1", "n#1") },
            Note { views: 3, ..Note::new("u#1", "n#2") },
            Note::new("u#2", "n#1"),
        ])
        .await?;

    let all = notes.query("u#1").count().await?;
    let popular = notes.query("u#1").filter(attr("views").gt(2)).count().await?;
    println!("{} {}", all.count, popular.count);
    // endregion
    Ok(())
}

// Output:
// 2 1
