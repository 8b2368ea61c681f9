// TableTheory without a network: each operation is answered at once with the bytes that came back the first time.

import { open as openWith } from "./tabletheory.mjs";

export async function open() {
  const answers = new Map();
  let current;
  const transport = {
    protocol: "http",
    async send({ url, head, body }) {
      const known = answers.get(current);
      if (known) return known;
      const headers = head.trim().split("\r\n").map((line) => line.split(": "));
      const response = await fetch(url, { method: "POST", headers, body });
      const answer = { status: response.status, head: "", body: new Uint8Array(await response.arrayBuffer()) };
      answers.set(current, answer);
      return answer;
    },
  };
  const { operations, close } = await openWith({ transport });
  for (const [name, operation] of Object.entries(operations)) {
    operations[name] = () => {
      current = name;
      return operation();
    };
  }
  return { operations, close };
}
