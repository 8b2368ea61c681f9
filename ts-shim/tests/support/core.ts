/** A core made by hand, so small that it can be told to trap. */

const uleb = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...uleb(value >>> 7)]);
const list = (entries: number[][]): number[] => [...uleb(entries.length), ...entries.flat()];
const sized = (bytes: number[]): number[] => [...uleb(bytes.length), ...bytes];
const section = (id: number, bytes: number[]): number[] => [id, ...sized(bytes)];
const name = (text: string): number[] => sized([...Buffer.from(text)]);
const constant = (value: number): number[] => {
  // Signed LEB128 of small positive numbers.
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest < 0x40) return [0x41, ...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
};

const [I32, I64] = [0x7f, 0x7e];
const UNREACHABLE = [0x00];
const STOP = 7;
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** Calls longer than this many bytes make the core trap in `start`. */
export const TRAP_ABOVE = 100;

/**
 * A component whose `info` is this text. `open` answers client 7; `start` answers operation 1, which asks for credentials,
 * or traps for long calls; `resume` with anything but `stop`, and `describe`, trap.
 */
export function handmadeComponent(info: string): Uint8Array<ArrayBuffer> {
  const none: number[] = [];
  const functions: [string, number[], number[], number[]][] = [
    ["cabi_realloc", [I32, I32, I32, I32], [I32], constant(4096)],
    ["info", none, [I32], constant(8)],
    ["open", [I32, I32, I32, I32], [I32], constant(16)],
    ["describe", [I32], [I32], UNREACHABLE],
    ["close", [I32], none, none],
    [
      "start",
      [I32, I32, I32, I64, I64, I64],
      [I32],
      // if (length > TRAP_ABOVE) unreachable; return 32
      [0x20, 2, ...constant(TRAP_ABOVE), 0x4b, 0x04, 0x40, ...UNREACHABLE, 0x0b, ...constant(32)],
    ],
    [
      "resume",
      [...Array<number>(8).fill(I32), I64, I64, I64],
      [I32],
      // if (reply != stop) unreachable; return 64
      [0x20, 2, ...constant(STOP), 0x47, 0x04, 0x40, ...UNREACHABLE, 0x0b, ...constant(64)],
    ],
    ["abandon", [I32], none, none],
  ];
  const text = Buffer.from(info);
  const stopped = Buffer.from(
    '{"code":"ErrCanceled","codes":["ErrCanceled"],"message":"m","retryable":false,"outcome":"not_sent"}',
  );
  const data = Buffer.concat([
    word(128), // 8: info's string
    word(text.length),
    word(0), // 16: open's result: ok, client 7
    word(7),
    word(0),
    word(0),
    word(1), // 32: start's result: operation 1, step credentials
    word(1),
    Buffer.alloc(32),
    word(3), // 72: the step of resume's result: failed
    word(128 + text.length),
    word(stopped.length),
    Buffer.alloc(44),
    text, // 128
    stopped,
  ]);
  const module = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(functions.map(([, takes, gives]) => [0x60, ...sized(takes), ...sized(gives)]))),
    ...section(3, list(functions.map((_, index) => uleb(index)))),
    ...section(5, [1, 0, 2]),
    ...section(
      7,
      list([
        [...name("memory"), 2, 0],
        ...functions.map(([exported], index) => [...name(exported), 0, ...uleb(index)]),
      ]),
    ),
    ...section(10, list(functions.map(([, , , code]) => sized([0, ...code, 0x0b])))),
    ...section(11, [1, 0, ...constant(8), 0x0b, ...sized([...data])]),
  ];
  return new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, ...section(1, module)]);
}
