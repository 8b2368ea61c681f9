// Updates the note that the demo passes around, under the version that it read: nobody else's update gets lost.
//
// Region, endpoint and credentials come from the environment, as AWS users expect: AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …
import { connect, VersionConflict } from "tabletheory";

const key = { pk: "u#1", sk: "n#1" };

const db = await connect(new URL("../notes.dms.yml", import.meta.url));
try {
  const notes = db.model("Note");
  const { value: note, stats } = await notes.get(key, { consistent: true }).withStats();
  const units = stats.capacity?.total ?? "unknown";
  console.log(`node: read the note, title "${note.title}", version ${note.version} (${units} capacity units)`);

  const updated = await notes.update(note, {
    set: { title: `${note.title}, updated by Node` },
    add: { views: 1, tags: new Set(["updated-by-node"]) },
    expectVersion: note.version,
  });
  console.log(`node: updated it under version ${note.version}; views ${updated.views}, version is now ${updated.version}`);
} catch (error) {
  if (!(error instanceof VersionConflict)) throw error;
  console.log("node: someone else was faster; read the note again and decide anew");
  process.exitCode = 1;
} finally {
  db.close();
}
