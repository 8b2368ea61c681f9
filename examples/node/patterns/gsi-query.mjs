/** Reads a global secondary index: the notes of an author, the oldest first. */
export default async function gsiQuery(db) {
  // region
  const notes = db.model("Note");
  await notes.put({ pk: "u#1", sk: "n#1", author: "ada", title: "first" });
  await notes.put({ pk: "u#2", sk: "n#1", author: "bob", title: "other" });
  await notes.put({ pk: "u#3", sk: "n#1", author: "ada", title: "second" });

  const found = await notes.query("ada").index("by-author").all();
  for (const note of found) console.log(note.author, note.title);
  // endregion
}

// Output:
// ada first
// ada second
