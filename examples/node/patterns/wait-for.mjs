import { TimeoutError } from "tabletheory";

/** Reads until a write can be seen: in an index, or one of another process. */
export default async function waitFor(db) {
  // region
  const notes = db.model("Note");
  const note = await notes.put({ pk: "u#1", sk: "n#1", author: "ada", status: "open" });

  const seen = await notes.waitFor(note, { index: "by-author", until: { status: "open" } });
  console.log(seen.sk, seen.status);

  const error = await notes.waitFor(["u#1", "n#2"], { timeoutMs: 50 }).catch((error) => error);
  console.log(error instanceof TimeoutError);
  // endregion
}

// Output:
// n#1 open
// true
