/** Counts items without sending them. DynamoDB charges for reading them all the same. */
export default async function count(db) {
  // region
  const notes = db.model("Note");
  await notes.batchPut([
    { pk: "u#1", sk: "n#1", views: 1 },
    { pk: "u#1", sk: "n#2", views: 3 },
    { pk: "u#2", sk: "n#1" },
  ]);

  const all = await notes.query("u#1").count();
  const popular = await notes.query("u#1").filter({ views: { gt: 2 } }).count();
  console.log(all, popular);
  // endregion
}

// Output:
// 2 1
