import { contains, or } from "tabletheory";

/** Gives only the items that meet a condition. DynamoDB reads, and charges for, the others as well. */
export default async function filter(db) {
  // region
  const notes = db.model("Note");
  await notes.batchPut([
    { pk: "u#1", sk: "n#1", views: 1, status: "open" },
    { pk: "u#1", sk: "n#2", views: 5, status: "open" },
    { pk: "u#1", sk: "n#3", views: 9, status: "closed" },
    { pk: "u#1", sk: "n#4", views: 9, tags: new Set(["pinned"]) },
  ]);

  const query = notes
    .query("u#1")
    .filter({ views: { gte: 5 } })
    .filter(or({ status: "open" }, { tags: contains("pinned") }));
  for await (const note of query) console.log(note.sk, note.views);
  // endregion
}

// Output:
// n#2 5
// n#4 9
