/**
 * Tests of the packets of Socket.IO.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { decodePacket, encodeEvent } from "./socketio_packets.ts";

for (
  const { text, packet } of [
    { text: '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}', packet: { kind: "open" } },
    { text: '40{"sid":"b"}', packet: { kind: "connected" } },
    { text: '44{"message":"no"}', packet: { kind: "refused" } },
    { text: "2", packet: { kind: "ping" } },
    { text: "1", packet: { kind: "closed" } },
    { text: "41", packet: { kind: "closed" } },
    { text: '42["message","hello"]', packet: { kind: "event", name: "message", data: "hello" } },
    { text: '42["message"]', packet: { kind: "event", name: "message", data: undefined } },
    { text: "6", packet: { kind: "unknown" } },
    { text: "", packet: { kind: "unknown" } },
  ]
) {
  Deno.test(`decodePacket() takes ${text || "nothing"} for ${packet.kind}`, () => {
    assertEquals(decodePacket(text), packet as ReturnType<typeof decodePacket>);
  });
}

Deno.test("encodeEvent() writes what decodePacket() reads", () => {
  const data = { text: 'a "quoted" word', list: [1, 2] };

  assertEquals(decodePacket(encodeEvent("news", data)), { kind: "event", name: "news", data });
});
