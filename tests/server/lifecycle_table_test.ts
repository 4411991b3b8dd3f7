/** Every phase of a connection against every event: each step happens once, whatever the order. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CLOSED, CLOSING, CONNECTING } from "../../src/internal/socket_like.ts";
import { NOTHING, type Peer, Rig } from "./tools/rig.ts";

const HELLO = { type: "$hello" };

/** A phase, and how a connection gets there. */
const PHASES = {
  opening: (rig: Rig) => rig.peer({ readyState: CONNECTING }),
  hello: (rig: Rig) => rig.peer({ isManaged: true, greets: false }),
  open: (rig: Rig) => rig.peer(),
  closing: (rig: Rig) => {
    const peer = rig.peer();
    peer.connection.close(4000, "ours");
    return peer;
  },
  closed: (rig: Rig) => {
    const peer = rig.peer();
    peer.socket.isClosed(1000);
    return peer;
  },
  zombie: async (rig: Rig) => {
    const peer = rig.peer();
    peer.connection.close(4000, "ours");
    await rig.clock.advance(5_050);
    return peer;
  },
} as const;

/** What may happen to it. */
const EVENTS = {
  "opens": ({ socket }: Peer) => socket.opens(),
  "message": ({ socket }: Peer) => socket.receives({ type: "chat" }),
  "hello": ({ socket }: Peer) => socket.receives(HELLO),
  "close 1000": ({ socket }: Peer) => socket.isClosed(1000, "bye"),
  "close 4000": ({ socket }: Peer) => socket.isClosed(4000, "theirs"),
  "close 1001, unclean": ({ socket }: Peer) => socket.isClosed(1001, "", false),
  "close 1001, clean": ({ socket }: Peer) => socket.isClosed(1001),
  "close 1005": ({ socket }: Peer) => socket.isClosed(1005, "", true),
  "close without a code": ({ socket }: Peer) => socket.isClosed(0),
  "error, gone": ({ socket }: Peer) => socket.fails("reset", CLOSED),
  "error, not gone": ({ socket }: Peer) => socket.fails("bad frame", CLOSING),
  "we close": ({ connection }: Peer) => connection.close(4001, "again"),
  "a minute": (_: Peer, rig: Rig) => rig.clock.advance(60_100),
} as const;

type Row = readonly [state: string, told: string];

/** What then is the state, and what the application was told in all. */
const TABLE: { [Phase in keyof typeof PHASES]: { [Event in keyof typeof EVENTS]: Row } } = {
  opening: {
    "opens": ["open", "connect"],
    "message": ["connecting", ""],
    "hello": ["connecting", ""],
    "close 1000": ["closed", ""],
    "close 4000": ["closed", ""],
    "close 1001, unclean": ["closed", ""],
    "close 1001, clean": ["closed", ""],
    "close 1005": ["closed", ""],
    "close without a code": ["closed", ""],
    "error, gone": ["closed", ""],
    "error, not gone": ["closed", ""],
    "we close": ["closing", ""],
    "a minute": ["closed", ""],
  },
  hello: {
    "opens": ["connecting", ""],
    "message": ["closing", ""],
    "hello": ["open", "connect"],
    "close 1000": ["closed", ""],
    "close 4000": ["closed", ""],
    "close 1001, unclean": ["closed", ""],
    "close 1001, clean": ["closed", ""],
    "close 1005": ["closed", ""],
    "close without a code": ["closed", ""],
    "error, gone": ["closing", ""],
    "error, not gone": ["closing", ""],
    "we close": ["closing", ""],
    "a minute": ["closing", ""],
  },
  open: {
    "opens": ["open", "connect"],
    "message": ["open", "connect, message chat"],
    "hello": ["open", "connect, message text"],
    "close 1000": ["closed", "connect, close 1000"],
    "close 4000": ["closed", "connect, close 4000"],
    "close 1001, unclean": ["closed", "connect, close 4408"],
    "close 1001, clean": ["closed", "connect, close 1001"],
    "close 1005": ["closed", "connect, close 1005"],
    "close without a code": ["closed", "connect, close 1006"],
    "error, gone": ["closing", "connect"],
    "error, not gone": ["closing", "connect"],
    "we close": ["closing", "connect"],
    "a minute": ["open", "connect"],
  },
  closing: {
    "opens": ["closing", "connect"],
    "message": ["closing", "connect"],
    "hello": ["closing", "connect"],
    "close 1000": ["closed", "connect, close 4000"],
    "close 4000": ["closed", "connect, close 4000"],
    "close 1001, unclean": ["closed", "connect, close 4000"],
    "close 1001, clean": ["closed", "connect, close 4000"],
    "close 1005": ["closed", "connect, close 4000"],
    "close without a code": ["closed", "connect, close 4000"],
    "error, gone": ["closed", "connect, close 4000"],
    "error, not gone": ["closing", "connect"],
    "we close": ["closing", "connect"],
    "a minute": ["closed", "connect, close 4000"],
  },
  closed: allAre(["closed", "connect, close 1000"]),
  zombie: allAre(["closed", "connect, close 4000"]),
};

function allAre(row: Row): { [Event in keyof typeof EVENTS]: Row } {
  return Object.fromEntries(Object.keys(EVENTS).map((event) => [event, row])) as {
    [Event in keyof typeof EVENTS]: Row;
  };
}

for (const [phase, rows] of Object.entries(TABLE)) {
  Deno.test(`Lifecycle moves a connection that is ${phase} as the table says, and leaves nothing in the end`, async (t) => {
    for (const [event, [state, told]] of Object.entries(rows)) {
      await t.step(event, async () => {
        const rig = new Rig();
        const peer = await PHASES[phase as keyof typeof PHASES](rig);

        await EVENTS[event as keyof typeof EVENTS](peer, rig);
        await rig.settle();

        assertEquals([peer.connection.state, rig.told.join(", ")], [state, told]);
        peer.socket.isClosed(1000);
        await rig.settle();
        assertEquals(rig.left, NOTHING);
        assertEquals(rig.errors, []);
      });
    }
  });
}

Deno.test("Lifecycle tells of each connection at most once, and leaves nothing, whatever the order of events", async () => {
  const events = fc.array(fc.constantFrom(...Object.keys(EVENTS) as (keyof typeof EVENTS)[]), { maxLength: 8 });
  const start = fc.constantFrom(...Object.keys(PHASES) as (keyof typeof PHASES)[]);
  await fc.assert(
    fc.asyncProperty(start, events, async (start, events) => {
      const rig = new Rig();
      const peer = await PHASES[start](rig);

      for (const event of events) {
        await EVENTS[event](peer, rig);
        const { connections, connecting, closing } = rig.server.getStats();
        assert(connections >= 0 && connecting >= 0 && closing >= 0, JSON.stringify(rig.left));
        assertEquals(connections, [...rig.server.connections].length);
      }
      peer.socket.isClosed(0);
      await rig.clock.advance(70_000);

      const connects = rig.told.filter((each) => each === "connect").length;
      const closes = rig.told.filter((each) => each.startsWith("close")).length;
      assert(connects <= 1 && closes === connects, rig.told.join(", "));
      assert(closes === 0 || rig.told.at(-1)!.startsWith("close"), rig.told.join(", "));
      assertEquals(rig.left, NOTHING);
    }),
    { numRuns: 100 },
  );
});
