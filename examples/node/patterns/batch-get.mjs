/** Reads items by their keys, in the order of the keys, undefined where there is none. */
export default async function batchGet(db) {
  // region
  const notes = db.model("Note");
  await notes.batchPut([
    { pk: "u#1", sk: "n#1", title: "one" },
    { pk: "u#2", sk: "n#1", title: "two" },
  ]);

  const keys = [["u#2", "n#1"], ["u#9", "n#9"], { pk: "u#1", sk: "n#1" }];
  const found = await notes.batchGet(keys, { consistent: true });
  for (const note of found) console.log(note?.title ?? "none");
  // endregion
}

// Output:
// two
// none
// one
