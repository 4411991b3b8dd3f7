import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../src/errors.ts";
import {
  binaryMessage,
  decodeBinary,
  decodeManaged,
  decodePlain,
  encodeBinary,
  encodeManaged,
  encodePlain,
  isControlType,
  reservedOf,
} from "../../src/protocol/codec.ts";
import type { Sendable } from "../../src/protocol/messages.ts";

/** Messages of an application: any JSON, as JSON gives it back, with a type that is not ours. */
const messages = fc.record({ type: fc.string().filter((type) => !type.startsWith("$")), data: fc.jsonValue() })
  .map((message) => JSON.parse(JSON.stringify(message)));

const blob = new Blob(["x"]);
const cycle: { self?: unknown } = {};
cycle.self = cycle;

Deno.test("encodePlain() and decodePlain() give back any message", () => {
  fc.assert(
    fc.property(messages, (message) => assertEquals(decodePlain(encodePlain(message) as string), message)),
  );
});

Deno.test("encodeManaged() and decodeManaged() give back any message", () => {
  fc.assert(
    fc.property(messages, (message) => assertEquals(decodeManaged(encodeManaged(message) as string), [message])),
  );
});

Deno.test("encodeManaged() and decodeManaged() give back any message whatever the names of its members", () => {
  const names = fc.oneof(
    fc.string(),
    fc.string().map((name) => `$${name}`),
    fc.constantFrom("__proto__", "$room", "data"),
  );
  const anyMembers = fc.array(fc.tuple(names, fc.jsonValue())).map((members) =>
    JSON.parse(JSON.stringify(Object.fromEntries([...members, ["type", "a"]])))
  );
  fc.assert(
    fc.property(anyMembers, (message) => {
      const [decoded] = decodeManaged(encodeManaged(message) as string);

      assertEquals([decoded, reservedOf(decoded!)], [message, undefined]);
    }),
  );
});

for (
  const [what, frame, message, reserved] of [
    ["a message", '{"type":"a","$room":"r","data":1,"$timeoutMs":5}', { type: "a", data: 1 }, {
      $room: "r",
      $timeoutMs: 5,
    }],
    ["a text", '{"type":"$value","data":"hi","$room":"r"}', { type: "text", data: "hi" }, { $room: "r" }],
    ["a value", '{"type":"$value","data":[1],"$room":"r"}', { type: "text", data: "[1]" }, { $room: "r" }],
    [
      "a message with such a member of its own",
      '{"type":"$value","data":{"type":"a","$room":"own"},"$room":"r"}',
      { type: "a", $room: "own" },
      { $room: "r" },
    ],
    ["a message without any", '{"type":"a","data":{"$room":"r"}}', { type: "a", data: { $room: "r" } }, undefined],
    ["a message of the protocol", '{"type":"$ping","$later":1}', { type: "$ping", $later: 1 }, undefined],
  ] as const
) {
  Deno.test(`decodeManaged() sets the protocol's members apart from ${what}`, () => {
    const [decoded] = decodeManaged(frame);

    assertEquals([decoded, reservedOf(decoded!)], [message, reserved]);
    assertEquals(reservedOf({ ...decoded! }), undefined);
  });
}

Deno.test("binaryMessage() sets apart what stood in the header", () => {
  const { header, payload } = decodeBinary(encodeBinary(new Uint8Array([1]), { $room: ["a", "b"], later: 1 }));

  const message = binaryMessage(payload, header);

  assertEquals([message, reservedOf(message), header], [
    { type: "binary", data: new Uint8Array([1]) },
    { $room: ["a", "b"] },
    { $room: ["a", "b"], later: 1 },
  ]);
});

Deno.test("decodeManaged() gives back any array of messages in its order", () => {
  fc.assert(
    fc.property(fc.array(messages), (list) => assertEquals(decodeManaged(JSON.stringify(list)), list)),
  );
});

Deno.test("encodeManaged() and decodeManaged() make of any value what a plain peer's frame with it becomes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.string()), (value) => {
      const sendable = JSON.parse(JSON.stringify(value)) as Sendable;
      // A plain peer writes a string as it is; inside of a $value it stays text, also where it could be read as a message.
      const expected = typeof sendable === "string"
        ? { type: "text", data: sendable }
        : decodePlain(encodePlain(sendable) as string);
      assertEquals(decodeManaged(encodeManaged(sendable) as string), [expected]);
    }),
  );
});

Deno.test("encodeManaged() and decodeBinary() give back any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const { header, payload } = decodeBinary(encodeManaged(bytes) as Uint8Array<ArrayBuffer>);
      assertEquals([header, payload], [{}, new Uint8Array(bytes)]);
    }),
  );
});

Deno.test("encodeBinary() and decodeBinary() give back any header", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.uint8Array(), (header, bytes) => {
      const expected = JSON.parse(JSON.stringify(header));
      const decoded = decodeBinary(encodeBinary(bytes, header));
      assertEquals([decoded.header, decoded.payload], [expected, new Uint8Array(bytes)]);
    }),
  );
});

Deno.test("encodeBinary() takes a header of 65535 bytes, and no longer one", () => {
  const headerOf = (bytes: number) => ({ a: "x".repeat(bytes - '{"a":""}'.length) });

  assertEquals(encodeBinary(new Uint8Array(1), headerOf(65_535)).length, 2 + 65_535 + 1);
  assertThrows(() => encodeBinary(new Uint8Array(1), headerOf(65_536)), RangeError, "65536");
});

Deno.test("decodeBinary() gives a view on the frame, not a copy", () => {
  const frame = encodeBinary(new Uint8Array([1, 2]));

  assertStrictEquals(decodeBinary(frame).payload.buffer, frame.buffer);
});

for (const decode of [decodePlain, decodeManaged]) {
  Deno.test(`${decode.name}() survives what is nested 100,000 deep`, () => {
    for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
      const deep = open.repeat(100_000) + "1" + close.repeat(100_000);
      for (
        const text of [deep, open.repeat(100_000), `{"type":"$value","data":${deep}}`, `{"type":"a","data":${deep}}`]
      ) {
        try {
          decode(text);
        } catch (error) {
          assertInstanceOf(error, ProtocolError);
        }
      }
    }
  });
}

Deno.test("decodePlain() never throws, and decodeManaged() nothing but a ProtocolError, whatever the text", () => {
  const pieces = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    '"type"',
    '"$value"',
    '"data"',
    "1",
    "null",
    "\\u",
    " ",
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(pieces).map((list) => list.join(""))), (text) => {
      assertEquals(typeof decodePlain(text).type, "string");
      try {
        decodeManaged(text);
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
        assertEquals(error.closeCode, 4400);
      }
    }),
  );
});

Deno.test("decodePlain() and decodeManaged() change no prototype", () => {
  const text = '{"type":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';

  decodePlain(text);
  decodeManaged(text);

  assert(!("polluted" in {}));
});

Deno.test("decodeManaged() says why a frame is refused, with what JSON said", () => {
  const error = assertThrows(() => decodeManaged("{"), ProtocolError, "a frame is JSON in UTF-8");

  assertInstanceOf(error.cause, SyntaxError);
});

for (const encode of [encodePlain, encodeManaged]) {
  for (const nonsense of [undefined, () => 1, Symbol("x"), 5n, cycle, blob, { type: "$ping" }, { type: "$" }]) {
    Deno.test(`${encode.name}() throws for ${typeof nonsense} ${nonsense === blob ? "Blob" : ""}`, () => {
      assertThrows(() => encode(nonsense as unknown as string), TypeError);
    });
  }

  Deno.test(`${encode.name}() takes bytes of every kind, and of a view no more than it shows`, () => {
    const { buffer } = new Uint8Array([1, 2, 3, 4]);
    const payloads = [buffer, new Uint8Array(buffer, 1, 2), new DataView(buffer, 2), new Uint16Array(buffer)].map(
      (value) => {
        const frame = encode(value) as Uint8Array<ArrayBuffer>;
        return [...(encode === encodePlain ? frame : decodeBinary(frame).payload)];
      },
    );

    assertEquals(payloads, [[1, 2, 3, 4], [2, 3], [3, 4], [1, 2, 3, 4]]);
  });
}

Deno.test("isControlType() tells our types by their first character", () => {
  assertEquals(["$ping", "$", "ping", "", "a$"].map(isControlType), [true, true, false, false, false]);
});

Deno.test("binaryMessage() gives bytes to an application", () => {
  const bytes = new Uint8Array([1]);

  assertEquals(binaryMessage(bytes), { type: "binary", data: bytes });
});
