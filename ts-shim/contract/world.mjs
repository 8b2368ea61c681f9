// Time, randomness and transport of the driver's calls.
import { TransportFailure } from "tabletheory";

/** The clock and transport of one call; real unless the call scripts them. */
export class World {
  protocol = "http";
  requests = [];
  waits = [];
  script = [];
  inFlight = 0;
  now;
  seed;
  drawn = 0;

  begin({ moment, script = [] }) {
    this.requests = [];
    this.waits = [];
    this.script = [...script];
    this.now = moment === undefined ? undefined : BigInt(moment.nanos);
    this.seed =
      moment === undefined
        ? undefined
        : [moment.seed.slice(0, 16), moment.seed.slice(16)].map((half) => BigInt(`0x${half}`));
    this.drawn = 0;
  }

  nanos() {
    return this.now ?? BigInt(Date.now()) * 1_000_000n;
  }

  random() {
    if (this.seed !== undefined) return this.seed[this.drawn++ % 2];
    return crypto.getRandomValues(new BigUint64Array(1))[0];
  }

  sleep(milliseconds, done) {
    if (this.now === undefined) {
      const timer = setTimeout(done, milliseconds);
      return () => clearTimeout(timer);
    }
    let forgotten = false;
    const tick = () => {
      if (forgotten) return;
      // A reply comes before the timer, which is then forgotten.
      if (this.inFlight > 0) {
        setImmediate(tick);
        return;
      }
      this.now += BigInt(milliseconds) * 1_000_000n;
      this.waits.push(milliseconds);
      done();
    };
    setImmediate(tick);
    return () => {
      forgotten = true;
    };
  }

  async send({ action, url, head, body }) {
    this.requests.push({ action, url, head, body: Buffer.from(body).toString() });
    const entry = this.script.shift() ?? { failure: "refused", message: "script used up" };
    if (entry.delay_ms !== undefined && this.now !== undefined) this.now += BigInt(entry.delay_ms) * 1_000_000n;
    if (entry.failure !== undefined) throw new TransportFailure(entry.failure, entry.message ?? "");
    const bytes =
      entry.body_base64 === undefined ? Buffer.from(entry.body ?? "") : Buffer.from(entry.body_base64, "base64");
    return { status: entry.status, head: entry.head ?? "", body: bytes };
  }
}

/** Counts the requests in flight of a transport. */
export function counted(world, transport) {
  return {
    protocol: transport.protocol,
    async send(request, signal) {
      world.inFlight += 1;
      try {
        return await transport.send(request, signal);
      } finally {
        world.inFlight -= 1;
      }
    },
  };
}
