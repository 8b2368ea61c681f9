import { begins } from "tabletheory";

/** Reads the items of one partition whose sort key begins so, the last first. */
export default async function querySortKeyPrefix(db) {
  // region
  const notes = db.model("Note");
  await notes.batchPut([
    { pk: "u#1", sk: "n#1" },
    { pk: "u#1", sk: "n#2" },
    { pk: "u#1", sk: "draft#1" },
    { pk: "u#2", sk: "n#1" },
  ]);

  const query = notes.query("u#1").where({ sk: begins("n#") }).order("desc");
  for await (const note of query) console.log(note.pk, note.sk);
  // endregion
}

// Output:
// u#1 n#2
// u#1 n#1
