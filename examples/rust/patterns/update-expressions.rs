use tabletheory::{Error, Set, TableTheory, attr};

use crate::Note;

/// Changes attributes in place, without reading the item first.
pub async fn run(db: &TableTheory) -> Result<(), Error> {
    // region
    let notes = db.model::<Note>("Note")?;
    let tags = Set::from(["a".to_owned(), "b".to_owned()]);
    notes.put(&Note { title: "hi".into(), status: Some("open".into()), tags, ..Note::new("u#1", "n#1") }).await?;

    let note = notes
        .update(("u#1", "n#1"))
        .set("body", attr("title")) // what another attribute holds
        .set("author", attr("author").if_not_exists("ada")) // unless there is one
        .add("views", 2) // absent counts as 0
        .delete("tags", Set::from(["a"])) // elements of a set
        .remove("status") // the attribute
        .condition(attr("status").eq("open")) // else ErrConditionFailed
        .await?;
    let (body, author) = (note.body.unwrap_or_default(), note.author.unwrap_or_default());
    println!("{body} {author} {} {} {} {}", note.views, note.tags.len(), note.status.is_none(), note.version);
    // endregion
    Ok(())
}

// Output:
// hi ada 2 1 true 1
