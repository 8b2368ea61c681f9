import { ItemNotFound } from "tabletheory";

/** Stores an item and reads it by its key. */
export default async function putGet(db) {
  // region
  const notes = db.model("Note");

  const note = await notes.put({ pk: "u#1", sk: "n#1", title: "hi", tags: new Set(["a", "b"]) }); // with createdAt, updatedAt, version

  const read = await notes.get({ pk: "u#1", sk: "n#1" }, { consistent: true });
  console.log(read.title, read.tags.size, read.createdAt === note.createdAt);

  const error = await notes.get(["u#1", "n#2"]).catch((error) => error); // `find` gives undefined instead
  console.log(error instanceof ItemNotFound);
  // endregion
}

// Output:
// hi 2 true
// true
