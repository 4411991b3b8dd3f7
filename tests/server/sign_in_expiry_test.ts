/** Tests of the end of a sign-in: when it comes, by which clock, and what it leaves behind. */

import { assert, assertEquals } from "@std/assert";
import { CONNECTING } from "../../src/internal/socket_like.ts";
import { connect } from "../../src/testing/mod.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { credentials, managed, upgraded } from "./tools/sign_in.ts";

const DAY_MS = 86_400_000;

/** A server that lets everybody in for as many milliseconds as their token says; `never` for ever. */
function rigOf(config: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig: Rig = new Rig({
    authenticate: ({ token }) => {
      const lifeMs = token === "never" ? Infinity : Number(token);
      return { expiresAt: lifeMs < DAY_MS ? new Date(rig.clock.date() + lifeMs) : rig.clock.date() + lifeMs };
    },
    heartbeatInterval: 0,
    openTimeoutMs: 0,
    helloTimeoutMs: 0,
    ...config,
  });
  return rig;
}

Deno.test("a connection is closed with 4401 when its sign-in ends, at most a slot later", async () => {
  const rig = rigOf();
  const { socket } = managed(rig, "5000");

  await rig.clock.advance(4_999);
  assertEquals(socket.closes, []);
  await rig.clock.advance(51);
  await rig.settle();

  assertEquals([socket.closes, rig.told], [[[4401, "the sign-in has expired"]], ["connect", "close 4401"]]);
  socket.isClosed(4401);
  assertEquals(rig.left, NOTHING);
});

Deno.test("a plain peer's sign-in ends as well, and one that came in by its handshake", async () => {
  const rig = rigOf();
  await using client = await connect(rig.server, { token: "2000" });

  await rig.clock.advance(2_050);

  assertEquals(await client.closed, { code: 4401, reason: "the sign-in has expired", wasClean: true });
});

Deno.test("the welcome tells how long the sign-in is good for, and nothing where it does not end", () => {
  const rig = rigOf();
  const lives = ["5000", "1234.9", "never", String(300 * DAY_MS), "1e20"].map((token) =>
    (managed(rig, token).socket.messages[0] as { expiresInMs?: number }).expiresInMs
  );

  assertEquals(lives, [5_000, 1_234, undefined, 300 * DAY_MS, undefined]);
});

Deno.test("a sign-in without an end, or with one far away, costs no timer that rings before", async () => {
  const rig = rigOf();
  managed(rig, "never");
  assertEquals(rig.clock.pending, 0);
  const { connection, socket } = managed(rig, String(40 * DAY_MS));

  assert(rig.clock.nextDueAt! <= rig.clock.now() + DAY_MS + 50, "no runtime's timer takes more than 24 days");
  await rig.clock.advance(40 * DAY_MS - 1_000);
  assertEquals(connection.isOpen, true);
  await rig.clock.advance(1_050);

  assertEquals(socket.closes[0]?.[0], 4401);
});

Deno.test("a date that is set forward or back neither ends nor prolongs a sign-in", async () => {
  for (const shiftMs of [DAY_MS, -DAY_MS]) {
    const rig = rigOf();
    const { socket, connection } = managed(rig, "10000");

    rig.clock.shiftDate(shiftMs);
    await rig.clock.advance(9_900);
    assertEquals(connection.isOpen, true);
    await rig.clock.advance(150);

    assertEquals(socket.closes[0]?.[0], 4401);
  }
});

Deno.test("a process that stood still prolongs no sign-in, although it forgives silence", async () => {
  const rig = rigOf({ heartbeatInterval: 30_000 });
  const [expired, living] = [managed(rig, "60000"), managed(rig, "120000")];

  await rig.clock.advance(1_000);
  await rig.clock.jump(70_000);
  await rig.clock.advance(1_050);

  assertEquals([expired.socket.closes, living.socket.closes], [[[4401, "the sign-in has expired"]], []]);
  await rig.clock.advance(10_000);
  living.socket.receives({ type: "$ping" });
  await rig.clock.advance(39_000);
  assertEquals(living.socket.closes, [[4401, "the sign-in has expired"]]);
});

Deno.test("who is let in by a sign-in that ends before the socket opens, or before the hello, never gets in", async () => {
  const rig = rigOf();
  const socket = upgraded(rig, "1000", CONNECTING);
  const raw = await connect(rig.server, { protocols: "switchboard.v1", managed: false, token: "1000" });
  await rig.clock.advance(1_500);

  socket.opens();
  raw.sendRaw('{"type":"$hello"}');
  await raw.closed;

  assertEquals([socket.closes, rig.told], [[[4401, "sign in to connect"]], []]);
  assertEquals(await raw.next(), { type: "$refused", code: "unauthorized" });
});

Deno.test("who leaves before the end leaves no timer behind", () => {
  const rig = rigOf();
  const { socket } = managed(rig, "5000");
  assertEquals(rig.clock.pending, 1);

  socket.isClosed(1000);

  assertEquals([rig.left, rig.told], [NOTHING, ["connect", "close 1000"]]);
});

Deno.test("a token of 5 s on a session of 60 s causes no reconnect while it is renewed in time", async () => {
  const rig = rigOf();
  const { socket, connection } = managed(rig, "5000");

  for (let i = 0; i < 15; i++) {
    await rig.clock.advance(4_000);
    socket.receives({ type: "$credentials", id: i, token: "5000" });
  }

  assertEquals([connection.isOpen, socket.closes, rig.told], [true, [], ["connect"]]);
  assertEquals(socket.messages.at(-1), { type: "$reply", id: 14, data: { expiresInMs: 5_000 } });
});

Deno.test("a peer that showed its first token in the handshake may show others on the connection", async () => {
  const rig = rigOf();
  await using client = await connect(rig.server, { managed: true, token: "1000" });
  assertEquals(client.welcome?.expiresInMs, 1_000);

  client.sendRaw(JSON.stringify(credentials(1, "9000")));

  assertEquals(await client.next(), { type: "$reply", id: 1, data: { expiresInMs: 9_000 } });
});
