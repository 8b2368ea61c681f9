import { ConditionFailed } from "tabletheory";

/** Carries out several writes, or none of them. */
export default async function transaction(db) {
  // region
  const notes = db.model("Note");
  const counter = await notes.put({ pk: "u#1", sk: "counter" });

  const add = (sk) =>
    db.transact([
      notes.op.create({ pk: "u#1", sk }),
      notes.op.update(counter, { add: { views: 1 } }),
      notes.op.check(["u#1", "lock"], { condition: { pk: { exists: false } } }),
    ]);
  await add("n#1");
  const error = await add("n#1").catch((error) => error); // is there already, so nothing is counted
  console.log(error instanceof ConditionFailed, error.reasons[0].index);

  const read = await notes.get(counter, { consistent: true });
  console.log(read.views);
  // endregion
}

// Output:
// true 0
// 1
