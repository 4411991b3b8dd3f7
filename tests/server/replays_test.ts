/** Tests of bringing a peer up to date: no faster than it reads, in order, and without a hole. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { SessionPeer } from "./tools/session_peer.ts";

/** How long a slow peer is left alone, and a slot of the scheduler. */
const LOOK_MS = 100;

function rigWith(config: WebSocketConfig, ...rooms: string[]): Rig {
  const rig = new Rig(config);
  for (const room of rooms) rig.server.room(room);
  return rig;
}

function datas(peer: SessionPeer): unknown[] {
  void peer.heard;
  return peer.got.map(({ data }) => data);
}

/** Comes back to a socket that takes nothing for now. */
function slowly(peer: SessionPeer): SessionPeer {
  return peer.again({ bufferedAmount: 2_000_000 });
}

/** Lets a slow peer read. */
async function reads(peer: SessionPeer): Promise<void> {
  peer.socket.bufferedAmount = 0;
  await peer.rig.clock.advance(LOOK_MS);
}

Deno.test("Replays waits while the socket has more than highWaterBytes, and ends nobody by its own limit (X14)", async (t) => {
  for (const [highWaterBytes, maxBufferedBytes] of [[1_000, 10_000], [1_000, 1_000]] as const) {
    await t.step(`${highWaterBytes} of ${maxBufferedBytes} bytes`, async () => {
      const rig = rigWith({ highWaterBytes, maxBufferedBytes, history: { maxMessages: 1_000 } }, "tea");
      const first = new SessionPeer(rig).join("tea").cut();
      for (let n = 0; n < 500; n++) rig.server.broadcast({ type: "n", data: n }, { room: "tea" });

      const second = first.again();
      const { socket } = second;
      let most = 0;
      const send = socket.send.bind(socket);
      socket.send = (frame) => {
        send(frame);
        socket.bufferedAmount += frame.length;
        most = Math.max(most, socket.bufferedAmount);
      };
      socket.bufferedAmount = highWaterBytes;
      for (let turns = 0; turns < 200; turns++) {
        await rig.clock.advance(LOOK_MS);
        socket.bufferedAmount = Math.max(0, socket.bufferedAmount - 700);
      }

      assertEquals([datas(second).length, second.got.at(-1)?.data, socket.closes], [500, 499, []]);
      assert(most < maxBufferedBytes + 200 || most === highWaterBytes, `${most} bytes`);
    });
  }
});

Deno.test("Replays keeps the order of what is sent while it lasts (X15)", async () => {
  const rig = rigWith({}, "tea", "attic");
  const first = new SessionPeer(rig).join("tea").join("attic").cut();
  rig.server.broadcast({ type: "n", data: 1 }, { room: "tea" });

  const second = slowly(first);
  rig.server.broadcast({ type: "n", data: 2 }, { room: "attic" }); // nothing was missed there
  rig.server.broadcast({ type: "n", data: 3 });
  second.connection.send({ type: "n", data: 4 });
  rig.server.broadcast({ type: "n", data: 5 }, { room: ["tea", "attic"] });
  rig.server.broadcast({ type: "n", data: "volatile" }, { room: "tea", volatile: true });
  const before = datas(second);
  await reads(second);
  rig.server.broadcast({ type: "n", data: 6 }, { room: "tea" });

  assertEquals([before, datas(second)], [[], [1, 2, 3, 4, 5, 6]]);
});

Deno.test("Replays loses nothing of other rooms where only what is for the peer alone was missed", async () => {
  const rig = rigWith({}, "tea");
  const first = new SessionPeer(rig).join("tea").cut();
  rig.server.send(first.welcome.id, { type: "n", data: 1 });

  const second = slowly(first);
  rig.server.broadcast({ type: "n", data: 2 }, { room: "tea" });
  rig.server.broadcast({ type: "n", data: 3 });
  await reads(second);

  assertEquals(datas(second), [1, 2, 3]);
});

Deno.test("Replays of a room that is joined hold back nothing of other rooms", async () => {
  const rig = rigWith({ history: { rooms: { tea: { keep: "newest" } } } }, "tea", "attic");
  rig.server.broadcast({ type: "state", data: 0 }, { room: "tea" });
  const managed = rig.peer({ isManaged: true });
  managed.socket.receives({ type: "$join", id: 1, room: "attic" });
  managed.socket.bufferedAmount = 2_000_000;

  managed.socket.receives({ type: "$join", id: 2, room: "tea" });
  rig.server.broadcast({ type: "n", data: 1 }, { room: "attic" });
  rig.server.broadcast({ type: "n", data: 2 });
  rig.server.broadcast({ type: "state", data: 3 }, { room: "tea" });
  managed.socket.bufferedAmount = 0;
  await rig.clock.advance(LOOK_MS);

  const seen = managed.socket.messages.flat() as { type: string; data: unknown }[];
  assertEquals(seen.filter(({ type }) => !type.startsWith("$")).map(({ data }) => data), [1, 2, 0, 3]);
});

Deno.test("Replays sends nothing of a room that was left meanwhile, and goes on where it is joined", async () => {
  const rig = rigWith({}, "tea", "attic", "hall");
  const first = new SessionPeer(rig).join("tea").join("attic").cut();
  for (const room of ["tea", "attic"]) rig.server.broadcast({ type: "n", data: room }, { room });

  const second = slowly(first);
  second.say({ type: "$leave", id: 1, room: "tea" });
  rig.server.broadcast({ type: "n", data: "both" }, { room: ["tea", "attic"] });
  second.join("hall");
  rig.server.broadcast({ type: "n", data: "hall" }, { room: "hall" });
  await reads(second);

  assertEquals(datas(second), ["attic", "both", "hall"]);
});

Deno.test("Replays sends what was missed in a room that is joined behind the answer, also while other rooms are read", async () => {
  const rig = rigWith({}, "tea", "attic");
  const first = new SessionPeer(rig).join("tea").join("attic");
  first.say({ type: "$leave", id: 1, room: "attic" });
  rig.server.broadcast({ type: "n", data: 1 }, { room: "attic" });
  const position = { ...first.positions.get("attic")! };
  first.cut();
  rig.server.broadcast({ type: "n", data: 2 }, { room: "tea" });

  const second = slowly(first);
  second.say({ type: "$join", id: "join attic", room: "attic", since: position });
  await reads(second);

  assertEquals(second.heard.map(({ type, data }) => type === "n" ? data : type), [2, "$reply", 1]);
});

Deno.test("Replays lets nothing of a room overtake a message to it and to another that is being read", async () => {
  const rig = rigWith({}, "tea", "attic");
  const first = new SessionPeer(rig).join("tea").join("attic");
  first.say({ type: "$leave", id: 1, room: "attic" });
  rig.server.broadcast({ type: "n", data: 1 }, { room: "attic" });

  first.socket.bufferedAmount = 2_000_000;
  first.join("attic");
  rig.server.broadcast({ type: "n", data: 2 }, { room: ["tea", "attic"] });
  rig.server.broadcast({ type: "n", data: 3 }, { room: "tea" });
  await reads(first);

  assertEquals(datas(first), [1, 2, 3]);
});

Deno.test("Replays sends nothing of a room without a log before the answer to the join, and everything behind it", async () => {
  const rig = rigWith({ history: { rooms: { street: false } } }, "tea", "street");
  const first = new SessionPeer(rig).join("tea").cut();
  rig.server.broadcast({ type: "n", data: 1 }, { room: "tea" });

  const second = slowly(first);
  second.join("street");
  rig.server.broadcast({ type: "n", data: "too early" }, { room: "street" });
  await reads(second);
  rig.server.broadcast({ type: "n", data: 2 }, { room: "street" });

  assertEquals(second.heard.map(({ type, data }) => type === "n" ? data : type), [1, "$reply", 2]);
});

Deno.test("Replays says that messages were skipped where the log does not hold them long enough", async () => {
  const rig = rigWith({ history: { maxMessages: 2 } }, "tea");
  const first = new SessionPeer(rig).join("tea").cut();
  rig.server.broadcast({ type: "n", data: 0 }, { room: "tea" });

  const second = slowly(first);
  for (let n = 1; n <= 5; n++) rig.server.broadcast({ type: "n", data: n }, { room: "tea" });
  // What was read before the socket was full is there; the log has gone on since.
  await reads(second);
  rig.server.broadcast({ type: "n", data: 6 }, { room: "tea" });

  const skipped = second.heard.find(({ type }) => type === "$skipped")!;
  assertEquals([skipped.room, skipped.reason, skipped.offset], ["tea", "too_old", 6]);
  assertEquals(datas(second), [0, 6]);
});

Deno.test("Replays ends who reads so slowly that counted messages are lost, so that the next welcome says so", async () => {
  const rig = rigWith({ resume: { maxMessages: 3 } });
  const first = new SessionPeer(rig).cut();
  rig.server.send(first.welcome.id, { type: "n", data: 0 });

  const second = slowly(first);
  for (let n = 1; n <= 5; n++) second.connection.send({ type: "n", data: n });
  await reads(second);
  const third = second.cut().again();

  assertEquals([datas(second), second.socket.closes[0]?.[0]], [[0], 4413]);
  assertEquals([third.welcome.resumed, third.lost, datas(third)], [true, 2, [3, 4, 5]]);
});

Deno.test("Replays leaves no timer behind where the peer goes in the middle", async () => {
  const rig = rigWith({ resume: { windowMs: 1_000 }, history: false });
  const first = new SessionPeer(rig).cut();
  rig.server.send(first.welcome.id, { type: "n", data: 1 });

  slowly(first).cut();
  await rig.clock.advance(1_200);

  assertEquals(rig.left, NOTHING);
});

Deno.test("Replays stops where what changes a message ends the connection", () => {
  const rig = new Rig();
  let isWelcome = true;
  rig.server.room("tea", {
    outgoing: (connection, message) => {
      if (!isWelcome) connection.close(4000);
      return message;
    },
  });
  const first = new SessionPeer(rig).join("tea").cut();
  for (let n = 0; n < 3; n++) rig.server.broadcast({ type: "n", data: n }, { room: "tea" });
  isWelcome = false;

  const second = first.again();

  assertEquals([second.socket.closes, datas(second)], [[[4000, ""]], []]);
});

Deno.test("Replays brings every client all that is for it, in order, whatever happens in whichever order", async () => {
  const ROOMS = ["tea", "attic"];
  type Step = readonly [keyof typeof STEPS, number];
  const STEPS = {
    all: (world: World) => world.send((n) => world.rig.server.broadcast(n)),
    room: (world: World, which: number) =>
      world.send((n) => world.rig.server.broadcast(n, { room: ROOMS[which % 2]! }), [ROOMS[which % 2]!]),
    rooms: (world: World) => world.send((n) => world.rig.server.broadcast(n, { room: ROOMS }), ROOMS),
    alone: (world: World, which: number) =>
      world.send((n) => world.rig.server.send(world.peers[which % 2]!.welcome.id, n), undefined, which % 2),
    join: (world: World, which: number) => world.join(which % 2, ROOMS[(which >> 1) % 2]!),
    cut: (world: World, which: number) => world.cut(which % 2),
    // What was on the way is lost, and the peer does not know.
    lose: (world: World, which: number) => world.lose(which % 2),
    come: (world: World, which: number) => world.come(which % 2),
    acknowledge: (world: World, which: number) => void world.peers[which % 2]!.acknowledge(),
    full: (world: World, which: number) => world.fill(which % 2, 2_000_000),
    empty: (world: World, which: number) => world.fill(which % 2, 0),
    look: (world: World) => world.rig.clock.advance(LOOK_MS),
  };
  class World {
    readonly rig = rigWith({ maxGatheredMessages: 2, resume: { maxMessages: 1_000 } }, ...ROOMS);
    peers = [new SessionPeer(this.rig), new SessionPeer(this.rig)];
    readonly isIn = [new Set<string>(), new Set<string>()];
    readonly isAway = [false, false];
    readonly had: unknown[][] = [[], []];
    readonly expected: number[][] = [[], []];
    n = 0;

    send(
      action: (message: { type: string; data: number }) => unknown,
      rooms?: readonly string[],
      alone?: number,
    ): void {
      const data = this.n++;
      action({ type: "n", data });
      for (const who of [0, 1]) {
        if (alone !== undefined && alone !== who) continue;
        if (rooms !== undefined && !rooms.some((room) => this.isIn[who]!.has(room))) continue;
        this.expected[who]!.push(data);
      }
    }
    join(who: number, room: string): void {
      // Once: whoever joins again without a position says that it has nothing.
      if (this.isAway[who] || this.isIn[who]!.has(room) || this.peers[who]!.socket.bufferedAmount > 0) return;
      this.peers[who]!.join(room);
      this.isIn[who]!.add(room);
    }
    cut(who: number): void {
      if (this.isAway[who]) return;
      this.isAway[who] = true;
      this.peers[who]!.cut();
    }
    lose(who: number): void {
      const { sent } = this.peers[who]!.socket;
      void this.peers[who]!.heard;
      if (this.isAway[who]) return;
      const seen = sent.length;
      this.send((n) => this.rig.server.send(this.peers[who]!.welcome.id, n), undefined, who);
      this.send((n) => this.rig.server.broadcast(n));
      sent.length = seen;
      this.cut(who);
    }
    come(who: number): void {
      const before = this.peers[who]!;
      this.had[who]!.push(...datas(before));
      this.peers[who] = before.again(); // half-open, where it is not away
      this.isAway[who] = false;
      assertEquals([this.peers[who]!.welcome.resumed, this.peers[who]!.lost], [true, 0]);
    }
    fill(who: number, bytes: number): void {
      this.peers[who]!.socket.bufferedAmount = bytes;
    }
    async end(): Promise<void> {
      for (const who of [0, 1]) {
        this.come(who);
        this.fill(who, 0);
      }
      await this.rig.clock.advance(LOOK_MS);
      for (const who of [0, 1]) this.had[who]!.push(...datas(this.peers[who]!));
    }
  }
  const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...Object.keys(STEPS) as Step[0][]), fc.nat(7));

  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
    const world = new World();

    for (const [what, which] of steps) await STEPS[what](world, which);
    await world.end();

    assertEquals(world.had, world.expected);
    assertEquals(world.rig.errors, []);
  }));
});
