/** Gives pages of two items. The cursor is text: it can be handed to a client and comes back with the next request. */
export default async function pagingCursor(db) {
  // region
  const notes = db.model("Note");
  await notes.batchPut([0, 1, 2, 3, 4].map((n) => ({ pk: "u#1", sk: `n#${n}` })));

  let cursor;
  do {
    const page = await notes.query("u#1").limit(2).page({ cursor });
    console.log(page.items.map((note) => note.sk).join(" "));
    cursor = page.cursor;
  } while (cursor !== undefined);
  // endregion
}

// Output:
// n#0 n#1
// n#2 n#3
// n#4
