/**
 * Tests of what a managed peer of the load generator remembers.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import type { Recovery, WelcomeMessage } from "../../../src/protocol/messages.ts";
import { Session } from "./session.ts";

function welcome(rooms: Readonly<Record<string, Recovery>>, more: Partial<WelcomeMessage> = {}): WelcomeMessage {
  return {
    type: "$welcome",
    id: "s1",
    resumed: false,
    features: ["resume"],
    heartbeat: { intervalMs: 0, timeoutMs: 0 },
    maxMessageBytes: 1,
    session: { secret: "secret", windowMs: 1_000 },
    rooms,
    ...more,
  };
}

const ALL = { $all: { epoch: "e", offset: 5 } };

Deno.test("Session.hello() begins a session, and later goes on with it from what was received", () => {
  const session = new Session("stream");
  const first = session.hello();
  session.welcome(welcome(ALL));
  session.sent += 2;
  session.received += 1;
  session.reply("room/1", { epoch: "f", offset: 3 });
  session.reach("room/1", 4);

  const second = session.hello();

  assertEquals(first, { type: "$hello", features: ["resume"], client: "bench", stream: "stream", next: 1 });
  assertEquals(second, {
    ...first,
    next: 3,
    received: 2,
    resume: { id: "s1", secret: "secret" },
    positions: { $all: { epoch: "e", offset: 5 }, "room/1": { epoch: "f", offset: 4 } },
  });
});

Deno.test("Session.reach() drops what was received before", () => {
  const session = new Session("stream");
  session.welcome(welcome(ALL));

  assertEquals([6, 6, 5, 8].map((offset) => session.reach(undefined, offset)), [true, false, false, true]);
});

Deno.test("Session owes an acknowledgement with the 32nd message, and none without the feature", () => {
  const session = new Session("stream");
  session.welcome(welcome(ALL));
  session.received = 31;
  const before = session.owes;
  session.received = 32;
  const due = session.owes;
  const text = session.acknowledgement();
  const plain = new Session("stream");
  plain.welcome(welcome({}, { features: [] }));
  plain.received = 100;

  assertEquals([before, due, session.owes, plain.owes], [false, true, false, false]);
  assertEquals(text, '{"type":"$ack","n":32}');
});

Deno.test("Session.welcome() refuses a resume that was none, or lost something", () => {
  const cases: Partial<WelcomeMessage>[] = [
    { resumed: false },
    { resumed: true, next: 2 },
    { resumed: true, rooms: { $all: { epoch: "g", offset: 0, recovered: false, reason: "new_epoch" } } },
    { resumed: true, rooms: {} },
  ];

  for (const more of cases) {
    const session = new Session("stream");
    session.welcome(welcome(ALL));
    assertThrows(() => session.welcome(welcome(ALL, more)), Error, "A server");
  }
});
