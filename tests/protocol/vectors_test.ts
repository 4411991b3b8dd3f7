/**
 * Holds the codec, the shapes and the close codes to the test vectors.
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/errors.ts";
import { CLOSE_CODES, closeAction, cutReason, maySend } from "../../src/protocol/close_codes.ts";
import {
  binaryMessage,
  decodeBinary,
  decodeManaged,
  decodePlain,
  encodeManaged,
  encodePlain,
} from "../../src/protocol/codec.ts";
import type { Sendable } from "../../src/protocol/messages.ts";
import { controlTypes } from "../../src/protocol/shapes.ts";
import { besides, toPayload, toUnderstood, toValue, VECTORS } from "./vectors.ts";

for (const { name, frame, understood } of VECTORS.plainFrames) {
  Deno.test(`decodePlain() of a plain frame: ${name}`, () => {
    const payload = toPayload(frame);

    const message = typeof payload === "string" ? decodePlain(payload) : binaryMessage(payload);

    assertEquals([toUnderstood(message)], understood);
  });
}

for (const { name, frame, understood, close } of VECTORS.managedFrames) {
  Deno.test(`decodeManaged() of a frame of switchboard.v1: ${name}`, () => {
    const text = toPayload(frame) as string;

    if (close === undefined) {
      assertEquals(decodeManaged(text).map(toUnderstood), understood);
    } else {
      assertStrictEquals(assertThrows(() => decodeManaged(text), ProtocolError).closeCode, close);
    }
  });
}

for (const { name, hex, header, payload, isWritten, close } of VECTORS.binaryFrames) {
  Deno.test(`decodeBinary() of a binary frame: ${name}`, () => {
    const frame = Uint8Array.fromHex(hex);

    if (close === undefined) {
      const decoded = decodeBinary(frame);
      assertEquals({ header: decoded.header, payload: decoded.payload.toHex() }, { header, payload });
      assertEquals((encodeManaged(decoded.payload) as Uint8Array).toHex() === hex, isWritten);
    } else {
      assertStrictEquals(assertThrows(() => decodeBinary(frame), ProtocolError).closeCode, close);
    }
  });
}

for (const { name, value, plain, managed, refused } of VECTORS.values) {
  for (const [encode, expected] of [[encodePlain, plain], [encodeManaged, managed]] as const) {
    Deno.test(`${encode.name}() of ${name}`, () => {
      const sendable = toValue(value) as Sendable;

      if (refused === undefined) {
        assert(expected !== undefined, "the vector has no frame");
        const frame = besides(encode(sendable), expected);
        assertEquals(frame.actual, frame.expected);
      } else {
        assertThrows(() => encode(sendable), TypeError);
      }
    });
  }
}

for (const { code, maySend: expected, action } of VECTORS.closeCodes) {
  Deno.test(`close code ${code}: whether it may be sent, and what a client does`, () => {
    assertEquals({ maySend: maySend(code), action: closeAction(code) }, { maySend: expected, action });
  });
}

Deno.test("CLOSE_CODES has the rows of the vectors and no others", () => {
  const named = VECTORS.closeCodes.filter(({ name }) => name !== null);

  assertEquals(named, [...CLOSE_CODES]);
});

for (const { name, given, sent } of VECTORS.reasons) {
  Deno.test(`cutReason() of ${name}`, () => {
    assertStrictEquals(cutReason(given), sent);
  });
}

Deno.test("the vectors have every message of the protocol, right and, where it has a shape, wrong", () => {
  const textOf = (frames: typeof VECTORS.managedFrames) => frames.map(({ frame }) => toPayload(frame)).join("\n");
  const right = textOf(VECTORS.managedFrames.filter(({ close }) => close === undefined));
  const wrong = textOf(VECTORS.managedFrames.filter(({ close }) => close !== undefined));
  const unshaped = ["$ping", "$pong"];

  assertEquals(controlTypes().filter((type) => !right.includes(`"${type}"`)), []);
  assertEquals(controlTypes().filter((type) => !wrong.includes(`"${type}"`) && !unshaped.includes(type)), []);
});
