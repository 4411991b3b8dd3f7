/** Tests of gathering: what goes out at once, what waits for the end of the turn, and that nothing changes its place. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { CLOSED } from "../../src/internal/socket_like.ts";
import type { Payload } from "../../src/protocol/codec.ts";
import type { ServerConnection } from "../../src/server/connection.ts";
import { Gatherer } from "../../src/server/gatherer.ts";
import { NO_SEAT, Roster } from "../../src/server/roster.ts";
import { loneConnection } from "./tools/parts.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { testPlatform, VirtualClock } from "../../src/testing/mod.ts";
import { SUBPROTOCOL } from "../../src/protocol/messages.ts";
import { ScriptedSocket } from "./tools/scripted_socket.ts";

interface Seated {
  readonly connection: ServerConnection<undefined>;
  readonly socket: ScriptedSocket;
}

/** A gatherer, those to whom it sends, and the end of the turn in the hands of the test. */
class World {
  readonly roster = new Roster<undefined>();
  readonly failed: unknown[] = [];
  whenFailed: (() => void) | undefined;
  readonly all: Seated[];
  readonly gatherer: Gatherer<undefined>;
  #ends: (() => void)[] = [];

  constructor(
    count: number,
    { maxGatheredMessages = 256, maxGatheredBytes = 65_536, defers = true } = {},
  ) {
    const defer = (callback: () => void) => void this.#ends.push(callback);
    this.gatherer = new Gatherer<undefined>({ maxGatheredMessages, maxGatheredBytes }, this.roster, {
      defer: defers ? defer : undefined,
      failed: (_, error) => {
        this.failed.push(error);
        this.whenFailed?.();
      },
    });
    this.all = Array.from({ length: count }, () => loneConnection({}, { isManaged: true }));
    for (const { connection } of this.all) this.roster.add(connection);
  }

  /** How many turns wait for their end. */
  get armed(): number {
    return this.#ends.length;
  }

  send(who: number, payload: Payload): void {
    this.gatherer.send(this.all[who]!.connection, payload);
  }

  /** As it is done when a connection leaves. */
  remove(who: number): void {
    const { connection } = this.all[who]!;
    this.gatherer.flush(connection);
    this.roster.remove(connection);
  }

  endTurn(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

const BYTES = Uint8Array.of(0, 0, 1);

Deno.test("Gatherer sends the first message at once, and the rest of the turn in one frame at its end", () => {
  const world = new World(1);
  const { sent } = world.all[0]!.socket;

  for (const text of ['{"a":1}', '{"b":2}', '{"c":3}']) world.send(0, text);
  const before = [...sent];
  world.endTurn();

  assertEquals([before, sent], [['{"a":1}'], ['{"a":1}', '[{"b":2},{"c":3}]']]);
});

Deno.test("Gatherer sends a single message of a turn without an array around it", () => {
  const world = new World(1);

  for (const text of ["{}", '{"b":2}']) world.send(0, text);
  world.endTurn();

  assertEquals(world.all[0]!.socket.sent, ["{}", '{"b":2}']);
});

Deno.test("Gatherer goes on to gather for who was sent much, and stops when it is quiet", () => {
  const world = new World(1);
  const { sent } = world.all[0]!.socket;
  world.send(0, "1");
  world.send(0, "2");
  world.endTurn();
  assertEquals([sent.splice(0), world.armed], [["1", "2"], 1]);

  world.send(0, "3"); // in the turn after a frame
  world.send(0, "4");
  assertEquals(sent, []);
  world.endTurn();
  assertEquals([sent.splice(0), world.armed], [["[3,4]"], 1]);

  world.endTurn(); // nothing more came
  assertEquals([sent.length, world.armed], [0, 0]);
  world.send(0, "5");
  assertEquals([sent, world.armed], [["5"], 1]);
});

Deno.test("Gatherer arms once for a turn, whoever is sent what", () => {
  const world = new World(3);

  for (const who of [0, 1, 2, 0, 1, 2]) world.send(who, "1");

  assertEquals(world.armed, 1);
});

Deno.test("Gatherer begins another frame where one has as many messages or bytes as it may", () => {
  const byCount = new World(1, { maxGatheredMessages: 2 });
  const byBytes = new World(1, { maxGatheredBytes: 8 });
  for (const world of [byCount, byBytes]) {
    for (const text of ["100", "101", "102", "103", "104"]) world.send(0, text);
    world.endTurn();
  }
  const large = new World(1, { maxGatheredBytes: 8 });
  for (const text of ["1", "2", "1234567890", "3"]) large.send(0, text);
  large.endTurn();

  assertEquals(byCount.all[0]!.socket.sent, ["100", "[101,102]", "[103,104]"]);
  assertEquals(byBytes.all[0]!.socket.sent, ["100", "[101,102]", "[103,104]"]);
  assertEquals(large.all[0]!.socket.sent, ["1", "2", "1234567890", "3"]);
});

Deno.test("Gatherer sends bytes at once, behind what waits before them", () => {
  const world = new World(1);
  const { sent } = world.all[0]!.socket;

  for (const payload of ["1", "2", "3", BYTES, "4"]) world.send(0, payload);
  const before = [...sent];
  world.endTurn();

  assertEquals([before, sent.at(-1)], [["1", "[2,3]", BYTES], "4"]);
});

Deno.test("Gatherer counts bytes as something that was sent in this turn", () => {
  const world = new World(1);

  for (const payload of [BYTES, "1", "2"]) world.send(0, payload);

  assertEquals(world.all[0]!.socket.sent, [BYTES]);
});

Deno.test("Gatherer writes one frame for all to whom the same was sent", () => {
  const world = new World(3);
  for (const text of ["1", "2", "3"]) for (const who of [0, 1, 2]) world.send(who, text);

  world.endTurn();

  const frames = world.all.map(({ socket }) => socket.sent[1]);
  assertEquals(frames, ["[2,3]", "[2,3]", "[2,3]"]);
  assertStrictEquals(frames[0], frames[1]);
});

Deno.test("Gatherer.flush() sends what waits, once, and does nothing for who has no seat", () => {
  const world = new World(1);
  const { connection, socket } = world.all[0]!;
  for (const text of ["1", "2"]) world.send(0, text);

  world.gatherer.flush(connection);
  world.gatherer.flush(connection);
  world.roster.remove(connection);
  world.gatherer.flush(connection);
  world.endTurn();

  assertEquals([socket.sent, connection.seat], [["1", "2"], NO_SEAT]);
});

Deno.test("Gatherer finds those for whom something waits also when their seats have moved", () => {
  const world = new World(3);
  for (const text of ["1", "2"]) for (const who of [0, 1, 2]) world.send(who, `${who}${text}`);

  world.remove(0); // the last one takes this seat
  world.send(2, "23");
  world.endTurn();

  assertEquals(world.all.map(({ socket }) => socket.sent), [["01", "02"], ["11", "12"], ["21", "[22,23]"]]);
});

Deno.test("Gatherer lets one socket that throws harm nobody", () => {
  const world = new World(3);
  world.all[1]!.socket.sendError = new Error("broken");

  for (const text of ["1", "2"]) for (const who of [0, 1, 2]) world.send(who, text);
  world.send(1, BYTES);
  world.endTurn();

  assertEquals(world.all.map(({ socket }) => socket.sent), [["1", "2"], [], ["1", "2"]]);
  assertEquals(world.failed.map(String), ["Error: broken", "Error: broken", "Error: broken"]);
});

Deno.test("Gatherer sends to who takes the seat of a peer that is removed as its socket fails at the end of the turn", () => {
  const world = new World(3);
  const [broken] = world.all;
  world.whenFailed = () => world.roster.remove(broken!.connection);
  for (const text of ["1", "2"]) for (const who of [0, 1, 2]) world.send(who, `${who}${text}`);
  broken!.socket.sendError = new Error("broken");

  while (world.armed > 0) world.endTurn();

  assertEquals(world.all.map(({ socket }) => socket.sent), [["01"], ["11", "12"], ["21", "22"]]);
});

Deno.test("Gatherer says nothing of a socket that is closed, of which the runtime has not told yet", () => {
  const world = new World(1);
  const { socket } = world.all[0]!;
  world.send(0, "1");
  world.send(0, "2");
  socket.readyState = CLOSED;
  socket.sendError = new Error("not open");

  world.endTurn();
  world.endTurn();
  world.send(0, "3");

  assertEquals([socket.sent, world.failed], [["1"], []]);
});

Deno.test("Gatherer sends each message in a frame of its own where nothing tells of the end of a turn", () => {
  const world = new World(1, { defers: false });

  for (const payload of ["1", "2", BYTES, "3"]) world.send(0, payload);

  assertEquals(world.all[0]!.socket.sent, ["1", "2", BYTES, "3"]);
});

Deno.test("Gatherer sends everybody exactly what is for it, in order, whatever happens in whichever order", () => {
  const COUNT = 4;
  type Step = readonly ["text" | "all" | "bytes" | "turn" | "remove" | "add" | "flush", number];
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.constantFrom(...["text", "text", "text", "all", "bytes", "turn", "remove", "add", "flush"] as const),
    fc.nat(COUNT - 1),
  );
  fc.assert(fc.property(
    fc.array(step, { maxLength: 80, size: "max" }),
    fc.record({
      maxGatheredMessages: fc.integer({ min: 1, max: 4 }),
      maxGatheredBytes: fc.integer({ min: 1, max: 30 }),
    }),
    (steps, limits) => {
      const world = new World(COUNT, limits);
      const expected: unknown[][] = world.all.map(() => []);
      const isIn = (who: number) => world.all[who]!.connection.seat !== NO_SEAT;
      let n = 0;

      for (const [what, who] of steps) {
        if (what === "all") {
          n++;
          for (const [each] of world.all.entries()) {
            if (!isIn(each)) continue;
            world.send(each, `${n}`);
            expected[each]!.push(n);
          }
        } else if (what === "turn") world.endTurn();
        else if (what === "add" && !isIn(who)) world.roster.add(world.all[who]!.connection);
        else if (!isIn(who)) continue;
        else if (what === "text") {
          world.send(who, `${++n}`);
          expected[who]!.push(n);
        } else if (what === "bytes") {
          world.send(who, Uint8Array.of(++n));
          expected[who]!.push(n);
        } else if (what === "remove") world.remove(who);
        else if (what === "flush") world.gatherer.flush(world.all[who]!.connection);
      }
      world.endTurn();

      for (const [who, { socket }] of world.all.entries()) {
        const messages = socket.sent.flatMap((frame) =>
          typeof frame === "string" ? [JSON.parse(frame)].flat() : [...frame]
        );
        assertEquals(messages, expected[who]);
        for (const frame of socket.sent) {
          if (typeof frame !== "string" || !frame.startsWith("[")) continue;
          assertEquals(JSON.parse(frame).length <= limits.maxGatheredMessages, true);
          assertEquals(frame.length <= limits.maxGatheredBytes + 2, true);
        }
      }
      world.endTurn();
      world.endTurn();
      assertEquals([world.armed, world.failed], [0, []]);
    },
  ));
});

Deno.test("Gatherer.gather() lets the first message wait for the end of the turn, too", () => {
  const world = new World(2);

  for (const text of ["1", "2"]) for (const seat of [0, 1]) world.gatherer.gather(seat, text);
  const before = world.all.map(({ socket }) => socket.sent.length);
  world.endTurn();

  const [one, two] = world.all.map(({ socket }) => socket.sent);
  assertEquals([before, one, two], [[0, 0], ["[1,2]"], ["[1,2]"]]);
});

Deno.test("Gatherer hands over so much in one turn, and the rest, with what came meanwhile, in the next ones", () => {
  const world = new World(5);
  const much = `"${"x".repeat(60_000)}"`;
  const sizes = () => world.all.map(({ socket }) => socket.sent.map(({ length }) => length));
  for (let seat = 0; seat < 5; seat++) world.gatherer.gather(seat, much);

  world.endTurn();
  assertEquals([sizes(), world.armed], [[[60_002], [60_002], [60_002], [], []], 1]);
  for (let seat = 0; seat < 5; seat++) world.gatherer.gather(seat, "7");
  world.endTurn();

  assertEquals(sizes(), [[60_002, 1], [60_002, 1], [60_002, 1], [60_006], [60_006]]);
  assertStrictEquals(world.all[3]!.socket.sent[0], world.all[4]!.socket.sent[0]);
});

/** A server that gathers, on a clock that stands still; its turns end when the test says so. */
function gatheringServer() {
  const ends: (() => void)[] = [];
  const platform = { ...testPlatform(new VirtualClock()), defer: (callback: () => void) => void ends.push(callback) };
  const server = new WebSocketServer({ platform, handlers: {} });
  const socket = new ScriptedSocket();
  const connection = server.adopt(socket, { protocol: SUBPROTOCOL });
  socket.receives({ type: "$hello" });
  for (const data of [1, 2]) connection.send({ type: "n", data });
  const endTurn = () => ends.splice(0).forEach((end) => end());
  return { server, socket, connection, endTurn };
}

Deno.test("Gatherer of a server sends what waits before the connection is closed, by whom ever", async (t) => {
  type Server = ReturnType<typeof gatheringServer>;
  const ways: readonly (readonly [what: string, close: (all: Server) => void])[] = [
    ["by the application", ({ connection }) => connection.close(4000)],
    ["by all", ({ server }) => server.closeAll(4000)],
    ["as the peer breaks a rule", ({ socket }) => socket.receives("no json")],
  ];
  for (const [what, close] of ways) {
    await t.step(what, () => {
      const all = gatheringServer();
      const before = all.socket.sent.length;

      close(all);
      const after = all.socket.messages.slice(before).flat() as { type: string }[];
      all.endTurn();

      assertEquals([before, after.map(({ type }) => type)], [1, ["n", "n"]]);
      assertEquals(all.socket.closes.length, 1);
    });
  }
});

Deno.test("Gatherer of a server gathers answers, broadcasts and the protocol's own messages in one row", () => {
  const { server, socket, connection, endTurn } = gatheringServer();
  endTurn();
  const before = socket.sent.length;

  socket.receives({ type: "$ping" });
  server.broadcast({ type: "all" }, { volatile: true });
  connection.send({ type: "one" });
  connection.reply(7, "answer");
  endTurn();

  assertEquals(socket.sent.length, before + 1);
  assertEquals((socket.messages.at(-1) as { type: string }[]).map(({ type }) => type), [
    "$pong",
    "all",
    "one",
    "$reply",
  ]);
});
