/**
 * Shows that the harness of the hostile inputs notices what it is there to notice: every leg of its rule is broken once, by a
 * server that does wrong on demand.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { echoed, PROBE, refused } from "./harness/expectations.ts";
import { closeFrame, concat, decodeFrame, encodeFrame, OPCODE, textFrame, textOf } from "./harness/frames.ts";
import { decodeResponseHead, encodeHandshake } from "./harness/handshake.ts";
import type { FramesCase } from "./harness/hostile_case.ts";
import type { Fault } from "./harness/raw_main.ts";
import { inParallel, type Result, Suite } from "./harness/suite.ts";

const RAW_SERVER = new URL("./harness/raw_main.ts", import.meta.url);

/** A case that makes the server commit a fault and echo as ever. */
function faulty(fault: Fault): FramesCase {
  const text = `fault: ${fault}`;
  return { id: fault, title: fault, frames: [textFrame(text)], expect: echoed(text) };
}

/** A case in which nothing is wrong. */
function harmless(id: string): FramesCase {
  return { id, title: "harmless", frames: [textFrame("hello")], expect: echoed("hello") };
}

async function runOne(hostile: FramesCase): Promise<Result> {
  await using suite = new Suite(RAW_SERVER, "native");
  return (await suite.run([hostile]))[0]!;
}

/** Each fault, and what the harness must say of it. */
const FAULTS: Readonly<Partial<Record<Fault, RegExp>>> = {
  block: /^bystander: number \d+ took \d+ ms/m,
  deafen: /^new connection: Cannot connect/m,
  exit: /^the process ended \(3\)/m,
  keep_entry: /^registry still holds .*\/ws\?case=keep_entry/m,
  keep_file: /^open files went from \d+ to \d+/m,
  keep_room: /^1 rooms still have members/m,
  keep_slot: /^1 slots are still taken/m,
  keep_timer: /^2 timers run/m,
  log_unescaped: /^logged unescaped: .*\\u001b/m,
  print_unescaped: /^logged unescaped: .*\\u001b/m,
  pollute: /^global guard: .*polluted prototype: polluted/m,
  reject: /^global guard: .*Nobody catches this/m,
  skip: /^bystander: got "number \d+" where "number \d+" was due/m,
  throw: /^the process ended/m,
};

Deno.test("Suite.run() notices every fault", async (t) => {
  const results = await inParallel(Object.keys(FAULTS), 4, (fault) => runOne(faulty(fault as Fault)));

  for (const [index, [fault, expected]] of Object.entries(FAULTS).entries()) {
    await t.step(fault, () => assertMatch(results[index]!.breaches.join("\n"), expected));
  }
});

Deno.test("Suite.run() finds nothing wrong with a server that does nothing wrong", async () => {
  const { complaint, breaches, got } = await runOne(harmless("harmless"));

  assertEquals({ complaint, breaches }, { complaint: undefined, breaches: [] });
  assertEquals(got, `text "hello", text "${PROBE}"`);
});

Deno.test("Suite.run() blames the one of several cases that broke the rule", async () => {
  await using suite = new Suite(RAW_SERVER, "native");

  const results = await suite.run([harmless("a"), harmless("b"), faulty("exit"), harmless("c"), harmless("d")]);

  assertEquals(results.filter(({ breaches }) => breaches.length > 0).map(({ id }) => id), ["exit"]);
  assertMatch((await suite.endBreaches()).join("\n"), /the server had to be replaced/);
});

Deno.test("Suite.endBreaches() notices that a connection was announced to have ended twice", async () => {
  await using suite = new Suite(RAW_SERVER, "native");

  await suite.run([harmless("a"), faulty("announce_twice")]);

  assertMatch((await suite.endBreaches()).join("\n"), /^default: ".*announce_twice.*" ended 1 times too often$/);
});

Deno.test("Suite.run() says what was expected where an answer is another", async () => {
  const result = await runOne({ ...harmless("wrong"), expect: echoed("goodbye") });

  assertEquals(result.complaint, "other frames came back");
  assertEquals(result.expected, 'open, echoes "goodbye"');
});

Deno.test("refused() complains about another status, a missing header, and frames behind a refusal", () => {
  const { head } = decodeResponseHead(new TextEncoder().encode("HTTP/1.1 405 No\r\nAllow: POST\r\n\r\n"))!;
  const frame = decodeFrame(textFrame("x"))!.frame;
  const complaints = [
    refused(405, { allow: "POST" }).complaint({ head, frames: [], end: undefined }),
    refused(400).complaint({ head, frames: [], end: undefined }),
    refused(405, { allow: "GET" }).complaint({ head, frames: [], end: undefined }),
    refused(405).complaint({ head, frames: [frame], end: undefined }),
    refused(405).complaint({ frames: [], end: "fin" }),
  ];

  assertEquals(complaints, [
    undefined,
    "the status is another",
    '"allow" is "POST"',
    "frames follow a refusal",
    "the status is another",
  ]);
});

Deno.test("decodeFrame() reads what encodeFrame() writes, at every length form", () => {
  for (const size of [0, 1, 125, 126, 65_535, 65_536]) {
    const payload = new Uint8Array(size).fill(0xa5);
    const bytes = encodeFrame({ opcode: OPCODE.binary, payload, rsv: 5, isFinal: false });

    const decoded = decodeFrame(concat(bytes, new Uint8Array([1])));

    assertEquals(decoded, {
      frame: { opcode: OPCODE.binary, isFinal: false, rsv: 5, isMasked: true, payload },
      size: bytes.length,
    });
    assertEquals(decodeFrame(bytes.subarray(0, -1)), undefined);
  }
});

Deno.test("encodeFrame() writes the example of RFC 6455, section 5.7, and lengths that lie", () => {
  assertEquals(textFrame("Hello").toHex(), "818537fa213d7f9f4d5158");
  assertEquals(textFrame("Hello", { mask: null }).toHex(), "810548656c6c6f");
  assertEquals(
    textFrame("", { mask: null, lengthBits: 64, announcedLength: 2n ** 63n }).toHex(),
    "817f8000000000000000",
  );
  assertEquals(textOf(decodeFrame(textFrame("Hello"))!.frame), "Hello");
  assertEquals(closeFrame(1000).toHex(), "888237fa213d3412");
});

Deno.test("encodeHandshake() writes headers once, several times or not at all", () => {
  const bytes = encodeHandshake("a.example", { headers: { upgrade: ["x", "\xe9"], Connection: null }, body: "tail" });

  assertEquals(
    new TextDecoder("latin1").decode(bytes),
    "GET /ws HTTP/1.1\r\nHost: a.example\r\nupgrade: x\r\nupgrade: é\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\ntail",
  );
});
