/** The requests on the pages of docs/patterns are those that the programs send. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { connect, HttpTransport, type Request, type Response, type TableTheory, type Transport } from "tabletheory";
import { type Local, ScriptedClock } from "tabletheory/testkit";
import { inRepository, local, NOW } from "./support/index.ts";

interface Pattern {
  default(db: TableTheory): Promise<void>;
  schema?: string;
  model?: string;
}

const [, index = ""] = readFileSync(inRepository("docs/patterns/README.md"), "utf8").split("<!-- pattern:index ");
const names = (index.split(" -->")[0] as string).split(" ");

let engine: Local;
before(async () => {
  engine = await local();
});
after(() => engine.stop());

/** Sends, and keeps the bodies. */
class Keeping implements Transport {
  readonly protocol = "http";
  readonly bodies: string[] = [];
  readonly #inner = new HttpTransport();

  send(request: Request, signal?: AbortSignal): Promise<Response> {
    this.bodies.push(Buffer.from(request.body).toString());
    return this.#inner.send(request, signal);
  }

  close(): void {
    this.#inner.close();
  }
}

/** Tokens are random, and no transaction may have that of another. */
function untold(name: string, value: unknown): unknown {
  return name === "ClientRequestToken" ? "random" : value;
}

/** The requests that a page shows. */
function shown(name: string): unknown[] {
  const page = readFileSync(inRepository(`docs/patterns/${name}.md`), "utf8");
  const sections = page.matchAll(/<!-- pattern:explain -->(.*?)<!-- \/pattern:explain -->/gs);
  const texts = [...sections].flatMap(([, section]) => [...(section as string).matchAll(/```json\n(.*?)\n```/gs)]);
  return texts.map(([, text]) => JSON.parse(text as string, untold));
}

test("there are pages", () => {
  assert.ok(names.length >= 14, `${names}`);
});

for (const name of names) {
  test(`the program of ${name} sends what its page shows`, async (context) => {
    const program: Pattern = await import(pathToFileURL(inRepository(`examples/node/patterns/${name}.mjs`)).href);
    const schema = inRepository(`examples/${program.schema ?? "notes.dms.yml"}`);
    const transport = new Keeping();
    const clock = new ScriptedClock(NOW);
    const tablePrefix = `page-${name}-`;
    using db = await connect(schema, { ...engine.options, tablePrefix, transport, clock, capacity: "none" });
    await db.ensureTable(program.model ?? "Note");
    clock.now = NOW; // what was waited for the table does not count
    context.mock.method(console, "log", () => {});
    await program.default(db);
    transport.close();
    const sent = transport.bodies.map((body) => JSON.parse(body.replaceAll(tablePrefix, ""), untold));
    const requests = shown(name);
    assert.ok(requests.length > 0, "the page shows no request");
    for (const request of requests) {
      const found = sent.some((body) => isDeepStrictEqual(body, request));
      assert.ok(
        found,
        `${JSON.stringify(request)}\nis not among\n${sent.map((body) => JSON.stringify(body)).join("\n")}`,
      );
    }
  });
}
