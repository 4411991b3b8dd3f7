/** Tests of how often a peer may wish to be in a room. */

import { assertEquals } from "@std/assert";
import type { Bucket } from "../../src/internal/token_bucket.ts";
import { takeWish } from "../../src/server/join_limit.ts";
import { Rig } from "./tools/rig.ts";

const LIMITS = { maxJoinsPerSecond: 2, maxRoomsPerConnection: 3 };

Deno.test("takeWish() gives twice as many at once as there may be rooms, then so many a second, and says when", () => {
  const peer: { bucket: Bucket | undefined } = { bucket: undefined };
  const data = (now: number) => takeWish(peer, LIMITS, () => now)?.data;

  assertEquals(Array.from({ length: 7 }, () => data(0)), [...Array(6).fill(undefined), { retryAfterMs: 500 }]);
  assertEquals([data(499), data(500), data(500)], [{ retryAfterMs: 1 }, undefined, { retryAfterMs: 500 }]);
});

Deno.test("takeWish() gives any number where one of the limits is lifted", () => {
  for (const limits of [{ ...LIMITS, maxJoinsPerSecond: Infinity }, { ...LIMITS, maxRoomsPerConnection: Infinity }]) {
    const peer: { bucket: Bucket | undefined } = { bucket: undefined };

    assertEquals(Array.from({ length: 100 }, () => takeWish(peer, limits, () => 0)), Array(100).fill(undefined));
  }
});

Deno.test("a peer that floods a room with joins is answered with rate_limited, and its rule is not asked", async () => {
  let asked = 0;
  const rig = new Rig({ maxRoomsPerConnection: 3, maxJoinsPerSecond: 2 });
  rig.server.room("*", { join: () => void asked++ });
  const { socket } = rig.peer({ isManaged: true });

  for (let id = 0; id < 20; id++) {
    socket.receives({ type: "$join", id, room: "a" });
    socket.receives({ type: "$leave", id, room: "a" });
  }
  const codes = socket.messages.slice(1).map((message) => (message as { error?: { code: string } }).error?.code);
  assertEquals([asked, codes.filter((code) => code === "rate_limited").length], [6, 14]);
  await rig.clock.advance(1_000);
  socket.receives({ type: "$join", id: 99, room: "a" });

  assertEquals(socket.messages.at(-1), { type: "$reply", id: 99, data: null });
});
