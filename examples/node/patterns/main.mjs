// Patterns of access, one to a file. `node patterns/main.mjs put-get`, in the folder examples/node, runs one of them.
//
// Region, endpoint and credentials come from the environment, as AWS users expect: AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB,
// AWS_ACCESS_KEY_ID, …
import { connect } from "tabletheory";

const name = process.argv[2] ?? "";
if (!/^[a-z-]+$/.test(name)) {
  console.error("name one of the files, for instance `put-get`");
  process.exit(1);
}
const { schema = "notes.dms.yml", model = "Note", default: pattern } = await import(`./${name}.mjs`);

const db = await connect(new URL(`../../${schema}`, import.meta.url), { tablePrefix: `${name}-` });
try {
  await db.ensureTable(model);
  await pattern(db);
} finally {
  db.close();
}
