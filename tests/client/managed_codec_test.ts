import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeManaged, encodeManaged, type Reserved } from "../../src/client/managed_codec.ts";
import { ProtocolError } from "../../src/errors.ts";
import {
  decodeManaged as decodeText,
  encodeBinary,
  encodeManaged as encode,
  reservedOf,
} from "../../src/protocol/codec.ts";
import type { Sendable, WebSocketMessage } from "../../src/protocol/messages.ts";
import { toPayload, toUnderstood, toValue, VECTORS } from "../protocol/vectors.ts";

/** Decodes a frame, and what stood beside the messages. */
function decode(frame: string | Uint8Array<ArrayBuffer>): { messages: readonly WebSocketMessage[]; beside: unknown[] } {
  const reserved: Reserved = new WeakMap();
  const messages = decodeManaged(frame, reserved);
  return { messages, beside: messages.map((message) => reserved.get(message)) };
}

/** What only servers get: clients ignore it, whatever its members are. */
const FOR_SERVERS = /"\$(hello|join|leave|history|credentials)"/;

for (const { name, frame, understood, close } of VECTORS.managedFrames) {
  if (close !== undefined && FOR_SERVERS.test(JSON.stringify(frame).replaceAll("\\", ""))) continue;
  Deno.test(`decodeManaged() of the client, of a frame of switchboard.v1: ${name}`, () => {
    const text = toPayload(frame) as string;

    if (close === undefined) assertEquals(decode(text).messages.map(toUnderstood), understood);
    else assertStrictEquals(assertThrows(() => decode(text), ProtocolError).closeCode, close);
  });
}

for (const { name, hex, header, payload, isWritten, close } of VECTORS.binaryFrames) {
  Deno.test(`decodeManaged() of the client, of a binary frame: ${name}`, () => {
    const frame = Uint8Array.fromHex(hex);

    if (close === undefined) {
      const { messages: [message], beside: [members] } = decode(frame);
      const ours = Object.entries(header!).filter(([key]) => key.startsWith("$"));
      assertEquals([message?.type, message?.data.toHex()], ["binary", payload]);
      assertEquals(members ?? {}, Object.fromEntries(ours));
      assertEquals((encodeManaged(message?.data) as Uint8Array).toHex() === hex, isWritten);
    } else {
      assertStrictEquals(assertThrows(() => decode(frame), ProtocolError).closeCode, close);
    }
  });
}

for (const { name, value, managed, refused } of VECTORS.values) {
  Deno.test(`encodeManaged() of the client, of ${name}`, () => {
    const sendable = toValue(value) as Sendable;

    if (refused !== undefined) assertThrows(() => encodeManaged(sendable), TypeError);
    else if (managed !== undefined) assertEquals(read(encodeManaged(sendable)), read(toPayload(managed)));
  });
}

Deno.test("decodeManaged() of the client reads what the codec of servers reads, and nothing else", () => {
  const names = fc.oneof(fc.string(), fc.string().map((name) => `$${name}`), fc.constantFrom("type", "data", "$room"));
  const types = fc.constantFrom("a", "$value", "$welcome", "$left", "$error", "$reply", "$ping", "$later", "");
  const message = fc.tuple(types, fc.array(fc.tuple(names, fc.jsonValue())), fc.boolean()).map((
    [type, members, isOne],
  ) => isOne ? Object.fromEntries([...members, ["type", type]]) : members);
  fc.assert(
    fc.property(fc.oneof(message, fc.array(message), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value);
      let expected: readonly WebSocketMessage[] | undefined;
      try {
        expected = decodeText(text);
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
      }
      if (expected === undefined) assertThrows(() => decode(text), ProtocolError);
      else assertEquals(decode(text), { messages: expected, beside: expected.map(reservedOf) });
    }),
    { numRuns: 500 },
  );
});

Deno.test("encodeManaged() of the client writes what the codec of servers writes", () => {
  const sendables = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("type", "$room", "data")), fc.jsonValue()),
    fc.uint8Array(),
    fc.date({ noInvalidDate: true }),
  );
  fc.assert(
    fc.property(sendables, (value) => {
      let expected: ReturnType<typeof encode> | undefined;
      try {
        expected = encode(value as Sendable);
      } catch (error) {
        assertInstanceOf(error, TypeError);
      }
      if (expected === undefined) assertThrows(() => encodeManaged(value as Sendable), TypeError);
      else assertEquals(encodeManaged(value as Sendable), expected);
    }),
    { numRuns: 500 },
  );
});

Deno.test("encodeManaged() of the client sends the type that it has checked", () => {
  let calls = 0;
  const liar = { toJSON: () => ++calls === 1 ? { type: "honest" } : { type: "$ping" } };

  assertEquals([encodeManaged(liar), calls], ['{"type":"honest"}', 1]);
  assertThrows(() => encodeManaged({ toJSON: () => ({ type: "$ping" }) }), TypeError, '"$"');
});

Deno.test("encodeManaged() of the client takes bytes as bytes, whatever form they could have as JSON", () => {
  const buffer = Object.assign(new Uint8Array([1, 2]), { toJSON: () => ({ type: "Buffer", data: [1, 2] }) });
  const { buffer: raw } = new Uint8Array([1, 2, 3, 4]);

  const frames = [buffer, raw, new DataView(raw, 2)].map((bytes) => encodeManaged(bytes));

  assertEquals(frames, [[0, 0, 1, 2], [0, 0, 1, 2, 3, 4], [0, 0, 3, 4]].map((bytes) => new Uint8Array(bytes)));
});

Deno.test("decodeManaged() of the client takes what stands in the header of bytes", () => {
  const frame = encodeBinary(new Uint8Array([1]), { $room: ["a", "b"], later: 1 });

  assertEquals(decode(frame), {
    messages: [{ type: "binary", data: new Uint8Array([1]) }],
    beside: [{ $room: ["a", "b"] }],
  });
  assertStrictEquals((decode(frame).messages[0]?.data as Uint8Array).buffer, frame.buffer);
});

Deno.test("decodeManaged() of the client survives what is nested 100,000 deep", () => {
  const deep = "[".repeat(100_000) + "1" + "]".repeat(100_000);
  for (const text of [deep, "[".repeat(100_000), `{"type":"$value","data":${deep}}`, `{"type":"a","data":${deep}}`]) {
    try {
      decode(text);
    } catch (error) {
      assertInstanceOf(error, ProtocolError);
    }
  }
});

Deno.test("decodeManaged() of the client changes no prototype, and hands on what is called like one", () => {
  const { messages } = decode('{"type":"a","__proto__":{"polluted":1},"$__proto__":2}');

  assertEquals("polluted" in {}, false);
  assertEquals(Object.keys(messages[0]!), ["type", "__proto__"]);
});

Deno.test("decodeManaged() of the client says what JSON said", () => {
  const error = assertThrows(() => decode("{"), ProtocolError, "switchboard.v1");

  assertInstanceOf(error.cause, SyntaxError);
});

/** A frame in a form that can be compared: the order of keys does not matter. */
function read(frame: string | Uint8Array): unknown {
  return typeof frame === "string" ? JSON.parse(frame) : frame.toHex();
}
