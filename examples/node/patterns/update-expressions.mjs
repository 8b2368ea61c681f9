import { ifNotExists, path } from "tabletheory";

/** Changes attributes in place, without reading the item first. */
export default async function updateExpressions(db) {
  // region
  const notes = db.model("Note");
  await notes.put({ pk: "u#1", sk: "n#1", title: "hi", status: "open", tags: new Set(["a", "b"]) });

  const note = await notes.update(["u#1", "n#1"], {
    set: {
      body: path("title"), // what another attribute holds
      author: ifNotExists("author", "ada"), // unless there is one
    },
    add: { views: 2 }, // absent counts as 0
    delete: { tags: new Set(["a"]) }, // elements of a set
    remove: ["status"], // the attribute
    condition: { status: "open" }, // else ConditionFailed
  });
  console.log(note.body, note.author, note.views, note.tags.size, note.status === undefined, note.version);
  // endregion
}

// Output:
// hi ada 2 1 true 1
