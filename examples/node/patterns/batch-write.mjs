import { BatchOperationFailed } from "tabletheory";

/** Stores many items and deletes some. Batches are cut to the size that DynamoDB takes, and what it sends back unprocessed is sent again. */
export default async function batchWrite(db) {
  // region
  const notes = db.model("Note");
  const many = Array.from({ length: 60 }, (_, n) => ({ pk: "u#1", sk: `n#${String(n).padStart(2, "0")}` }));

  let left = [notes.op.puts(many)];
  while (left.length > 0) {
    try {
      await db.batchWrite(left, { parallel: 2 });
      left = [];
    } catch (error) {
      if (!(error instanceof BatchOperationFailed)) throw error;
      left = error.remaining; // those that were not written, or may not have been
    }
  }

  const written = await db.batchWrite([
    notes.op.puts([{ pk: "u#2", sk: "n#1" }]),
    notes.op.deletes([["u#1", "n#00"], many[1]]),
  ]);
  console.log(written, await notes.query("u#1").count());
  // endregion
}

// Output:
// 3 58
