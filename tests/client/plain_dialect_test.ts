import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Link, LinkSetup } from "../../src/client/dialect.ts";
import { PLAIN } from "../../src/client/plain_dialect.ts";
import type { Payload } from "../../src/protocol/codec.ts";
import type { Sendable, WebSocketMessage } from "../../src/protocol/messages.ts";
import { besides, toPayload, toUnderstood, toValue, VECTORS } from "../protocol/vectors.ts";

/** An open socket that remembers what the dialect does with it. */
function begin(heartbeatInterval?: number, heartbeatTimeoutMs?: number, isOwnPong = false) {
  const messages: WebSocketMessage[] = [];
  const setups: LinkSetup[] = [];
  const unexpected = () => {
    throw new Error("This is not for the plain dialect");
  };
  const link: Link = {
    protocol: "",
    options: { heartbeatInterval, heartbeatTimeoutMs, platform: { now: () => 0 } },
    close: unexpected,
    send: unexpected,
    ready: (setup) => setups.push(setup),
    message: (message) => messages.push(message),
    pong: () => isOwnPong,
    advise: unexpected,
    fail: unexpected,
    failLate: unexpected,
  };
  return { take: PLAIN.begin(link), messages, setups };
}

function decode(frame: Payload): WebSocketMessage | undefined {
  const { take, messages } = begin();
  take(frame);
  return messages[0];
}

// Types that begin with "$" are nothing special to a client that talks to any server.
const isOrdinary = ({ understood }: { understood?: readonly unknown[] }, text: string) =>
  understood !== undefined && !text.includes('"type":"$');

for (const vector of VECTORS.plainFrames) {
  const frame = toPayload(vector.frame);
  if (!isOrdinary(vector, String(frame))) continue;
  Deno.test(`PLAIN takes a frame as the codec does: ${vector.name}`, () => {
    assertEquals([toUnderstood(decode(frame)!)], vector.understood);
  });
}

for (const { name, value, plain, refused } of VECTORS.values) {
  const sendable = toValue(value) as Sendable;
  if (plain === undefined || refused !== undefined) continue;
  Deno.test(`PLAIN.encode() makes the frame that the codec makes: ${name}`, () => {
    const frame = besides(PLAIN.encode(sendable), plain);
    assertEquals(frame.actual, frame.expected);
  });
}

Deno.test("PLAIN.encode() and taking the frame again gives back any message", () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (type, data) => {
      // JSON writes -0 as 0.
      const message = JSON.parse(JSON.stringify({ type, data }));
      assertEquals(decode(PLAIN.encode(message)), message);
    }),
  );
});

Deno.test("PLAIN takes any text that is no message as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assertEquals(decode(text), { type: "text", data: text });
    }),
  );
});

Deno.test("PLAIN.encode() makes bytes of what is a view on them, and of no more", () => {
  const bytes = new Uint8Array([1, 2, 3, 4]);

  const frames = [
    bytes,
    bytes.buffer,
    bytes.subarray(1, 3),
    new DataView(bytes.buffer, 2),
    new Uint16Array(bytes.buffer),
  ]
    .map((value) => [...PLAIN.encode(value) as Uint8Array]);

  assertEquals(frames, [[1, 2, 3, 4], [1, 2, 3, 4], [2, 3], [3, 4], [1, 2, 3, 4]]);
});

for (const nonsense of [undefined, () => 1, Symbol("x"), new Blob(["x"]), 5n]) {
  Deno.test(`PLAIN.encode() throws for ${String(nonsense)}`, () => {
    assertThrows(() => PLAIN.encode(nonsense as unknown as string), TypeError);
  });
}

for (
  const [given, expected] of [
    [[], [0, 10_000]],
    [[5_000], [5_000, 10_000]],
    [[5_000, 100], [5_000, 100]],
    [[0, 100], [0, 100]],
  ] as const
) {
  Deno.test(`PLAIN is ready at once, with the liveness rule ${expected} for the options ${given}`, () => {
    const { setups } = begin(...given);

    assertEquals(setups, [{ liveness: { intervalMs: expected[0], timeoutMs: expected[1] } }]);
  });
}

Deno.test("PLAIN pings with JSON that carries a number", () => {
  assertEquals(PLAIN.encodePing(7), '{"type":"ping","data":7}');
});

Deno.test("PLAIN keeps a pong to its own ping from the application, and no other", () => {
  const seen = [true, false].map((isOwnPong) => {
    const { take, messages } = begin(1_000, 1_000, isOwnPong);
    take('{"type":"pong","data":1}');
    return messages.length;
  });

  assertEquals(seen, [0, 1]);
});
