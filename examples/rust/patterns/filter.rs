use futures_util::TryStreamExt;
use tabletheory::{Error, Set, TableTheory, attr};

use crate::Note;

/// Gives only the items that meet a condition. DynamoDB reads, and charges for, the others as well.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    let note = |sk: &str, views| Note { views, ..Note::new("u#1", sk) };
    notes
        .put_many([
            Note { status: Some("open".into()), ..note("n#1", 1) },
            Note { status: Some("open".into()), ..note("n#2", 5) },
            Note { status: Some("closed".into()), ..note("n#3", 9) },
            Note { tags: Set::from(["pinned".to_owned()]), ..note("n#4", 9) },
        ])
        .await?;

    let open_or_pinned = attr("status").eq("open") | attr("tags").contains("pinned");
    let mut found = notes.query("u#1").filter(attr("views").gte(5)).filter(open_or_pinned).items();
    while let Some(note) = found.try_next().await? {
        println!("{} {}", note.sk, note.views);
    }
    // endregion
    Ok(())
}

// Output:
// n#2 5
// n#4 9
