/** Tests of the server's own code that listens to rooms. */

import { assertEquals, assertThrows } from "@std/assert";
import { RoomListeners } from "../../src/server/room_listeners.ts";
import type { RoomListener } from "../../src/server/room_types.ts";

function listening() {
  const failed: unknown[] = [];
  const heard: string[] = [];
  const listeners = new RoomListeners((error) => void failed.push(error));
  const hear = (name: string): RoomListener => (message, { room }) => void heard.push(`${name} ${room} ${message}`);
  return { listeners, failed, heard, hear };
}

Deno.test("RoomListeners.tell() calls the listeners of the rooms in the order in which they were added", () => {
  const { listeners, heard, hear } = listening();
  listeners.add("a", hear("first"));
  listeners.add("b", hear("other"));
  listeners.add("a", hear("second"));
  listeners.add("__proto__", hear("odd"));

  listeners.tell(["a"], 1);
  listeners.tell(["nowhere", "constructor"], 2);
  listeners.tell(["b", "a", "b", "__proto__"], 3);

  assertEquals(heard, ["first a 1", "second a 1", "other b 3", "first a 3", "second a 3", "odd __proto__ 3"]);
});

Deno.test("RoomListeners.add() returns what takes just this listener off, and nothing is left of the last", () => {
  const { listeners, heard, hear } = listening();
  const same = hear("same");
  const offs = [listeners.add("a", same), listeners.add("a", same)];

  offs[0]!();
  offs[0]!();
  listeners.tell(["a"], 1);
  const size = listeners.size;
  offs[1]!();
  listeners.tell(["a"], 2);

  assertEquals([heard, size, listeners.size], [["same a 1"], 1, 0]);
});

Deno.test("RoomListeners.tell() goes on when a listener throws or rejects, and reports it", async () => {
  const { listeners, failed, heard, hear } = listening();
  listeners.add("a", () => {
    throw new Error("sync");
  });
  listeners.add("a", () => Promise.reject(new Error("async")));
  listeners.add("a", hear("last"));

  listeners.tell(["a"], 1);
  await Promise.resolve();
  await Promise.resolve();

  assertEquals([heard, failed.map((error) => (error as Error).message)], [["last a 1"], ["sync", "async"]]);
});

Deno.test("RoomListeners.tell() lets listeners come and go while they are called, from the next message on", () => {
  const { listeners, heard, hear } = listening();
  const off = listeners.add("a", () => {
    off();
    listeners.add("a", hear("new"));
    heard.push("old");
  });

  listeners.tell(["a"], 1);
  listeners.tell(["a"], 2);

  assertEquals(heard, ["old", "new a 2"]);
});

Deno.test("RoomListeners.tell() can be called from a listener, a thousand deep", () => {
  const { listeners } = listening();
  let deepest = 0;
  listeners.add("a", (message) => {
    deepest = Math.max(deepest, message as number);
    if ((message as number) < 1000) listeners.tell(["a"], (message as number) + 1);
  });

  listeners.tell(["a"], 1);

  assertEquals(deepest, 1000);
});

Deno.test("RoomListeners.add() refuses what is not a function", () => {
  const { listeners } = listening();

  assertThrows(() => listeners.add("a", 5 as unknown as RoomListener), TypeError, "the listener must be a function");
  assertEquals(listeners.size, 0);
});

Deno.test("RoomListeners.tell() tells every listener in the order of the messages, also of those sent by a listener", () => {
  const { listeners, heard, hear } = listening();
  listeners.add("a", (message) => {
    if (message === 1) listeners.tell(["a"], 2);
    heard.push(`first ${message}`);
  });
  listeners.add("a", hear("second"));

  listeners.tell(["a"], 1);

  assertEquals(heard, ["first 1", "second a 1", "first 2", "second a 2"]);
});

Deno.test("RoomListeners.tell() goes on with the next message when even the report of an error fails", () => {
  const heard: unknown[] = [];
  const listeners = new RoomListeners((error) => {
    throw error;
  });
  listeners.add("a", (message) => {
    heard.push(message);
    throw new Error("report");
  });

  for (const message of [1, 2]) assertThrows(() => listeners.tell(["a"], message), Error, "report");

  assertEquals(heard, [1, 2]);
});
