import { ConditionFailed, VersionConflict } from "tabletheory";

/** Lets an update through only if nobody else has changed the item since it was read. */
export default async function optimisticLocking(db) {
  // region
  const notes = db.model("Note");
  await notes.put({ pk: "u#1", sk: "n#1", title: "hi" });
  const mine = await notes.get(["u#1", "n#1"]);
  const yours = { ...mine };

  await notes.update(mine, { set: { title: "mine" }, expectVersion: mine.version });
  const stale = notes.update(yours, { set: { title: "yours" }, expectVersion: yours.version, returnOldOnFailure: true });
  const error = await stale.catch((error) => error);
  console.log(error instanceof VersionConflict, error instanceof ConditionFailed);

  const stored = error.item; // what is there: no need to read it again
  console.log(stored.title, stored.version);
  // endregion
}

// Output:
// true true
// mine 1
