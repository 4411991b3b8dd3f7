/** Tests of sessions: when they begin and end, why, how many may wait, and that nothing stays of them. */

import { assertEquals } from "@std/assert";
import type { HelloMessage } from "../../src/protocol/messages.ts";
import { closeInfo } from "../../src/server/close_info.ts";
import type { ServerConnection } from "../../src/server/connection.ts";
import { LogBudget } from "../../src/server/log_budget.ts";
import type { Session } from "../../src/server/session.ts";
import { type SessionLimits, Sessions } from "../../src/server/sessions.ts";
import { RESUME_DEFAULTS } from "../../src/server/resume_options.ts";
import { loneConnection, testScheduler } from "./tools/parts.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { SessionPeer } from "./tools/session_peer.ts";

const HELLO: HelloMessage = { type: "$hello", features: ["resume"] };

/** The part alone, and what it has told. */
function sessionsWith(limits: Partial<SessionLimits> = {}) {
  const { clock, scheduler } = testScheduler();
  const told: string[] = [];
  const budget = new LogBudget(1_000_000);
  const names = new Map<Session<undefined>, string>();
  const sessions = new Sessions<undefined>({ ...RESUME_DEFAULTS, ...limits }, {
    scheduler,
    budget,
    suspended: (session) => void (session.rooms = { names: [names.get(session)!], joins: undefined }),
    ended: (session, reason) =>
      void told.push(`${names.get(session)} ${reason} ${session.rooms?.names ?? "connected"}`),
  });
  const begin = (name: string, remoteAddr = "", userId?: string): Session<undefined> => {
    const { connection } = loneConnection({}, { isManaged: true, remoteAddr });
    connection.userId = userId;
    const session = sessions.begin(connection, HELLO);
    session.renew(`secret of ${name}`, undefined);
    names.set(session, name);
    sessions.attach(session, connection);
    return session;
  };
  /** Its connection ends with this code; tells whether it may come back. */
  const leaves = (session: Session<undefined>, code = 1006): boolean => {
    const { connection } = session;
    connection!.closeInfo = closeInfo(code, "", false, undefined);
    return sessions.left(connection!);
  };
  return { clock, sessions, told, budget, begin, leaves };
}

Deno.test("Sessions.find() gives a session to who knows its secret and is its user", () => {
  const { sessions, begin } = sessionsWith();
  const session = begin("a", "", "ada");
  const find = (id: string, secret: string, userId?: string) => sessions.find({ id, secret }, userId) === session;

  assertEquals(find(session.id, "secret of a", "ada"), true);
  assertEquals([
    find(session.id, "secret of b", "ada"),
    find(session.id, "", "ada"),
    find("another", "secret of a", "ada"),
    find(session.id, "secret of a", "bob"),
    find(session.id, "secret of a", undefined),
  ], [false, false, false, false, false]);
  sessions.end(session, "closed");
  assertEquals(find(session.id, "secret of a", "ada"), false);
});

Deno.test("Sessions keeps who left with a code after which clients come back, and ends the others", async (t) => {
  const codes: readonly (readonly [code: number, mayResume: boolean])[] = [
    ...[1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 4000, 4400, 4403, 4409, 4999].map((code) =>
      [code, false] as const
    ),
    ...[1001, 1005, 1006, 1011, 1012, 1013, 1014, 1015, 4401, 4408, 4413, 4429].map((code) => [code, true] as const),
  ];
  for (const [code, mayResume] of codes) {
    await t.step(String(code), () => {
      const { sessions, told, begin, leaves } = sessionsWith();
      const session = begin("a");

      assertEquals(leaves(session, code), mayResume);

      assertEquals([session.isOver, sessions.suspended], [!mayResume, mayResume ? 1 : 0]);
      assertEquals(told, mayResume ? [] : ["a closed connected"]);
      assertEquals(sessions.away(session.id) === session, mayResume);
    });
  }
});

Deno.test("Sessions ends who is away for windowMs, and nobody before (X04)", async () => {
  const { clock, sessions, told, begin, leaves } = sessionsWith({ windowMs: 60_000 });
  leaves(begin("a"));
  await clock.advance(30_000);
  leaves(begin("b"));

  await clock.advance(29_900);
  const before = [...told];
  await clock.advance(200);

  assertEquals([before, told, sessions.suspended], [[], ["a expired a"], 1]);
  await clock.advance(30_100);
  assertEquals([told.length, clock.pending], [2, 0]);
});

Deno.test("Sessions counts the time anew for who was back meanwhile", async () => {
  const { clock, sessions, told, begin, leaves } = sessionsWith({ windowMs: 60_000 });
  const session = begin("a");
  leaves(session);
  await clock.advance(50_000);

  sessions.attach(session, loneConnection().connection);
  assertEquals([sessions.suspended, clock.pending], [0, 0]);
  await clock.advance(50_000);
  leaves(session);
  await clock.advance(50_000);

  assertEquals([told, sessions.suspended], [[], 1]);
});

Deno.test("Sessions ends those that went first where too many are away", () => {
  const { sessions, told, begin, leaves } = sessionsWith({ maxSuspended: 2 });

  for (const name of ["a", "b", "c", "d"]) leaves(begin(name));

  assertEquals([told, sessions.suspended], [["a evicted a", "b evicted b"], 2]);
});

Deno.test("Sessions ends those that went first of one address, and of no other, where too many of it are away", () => {
  const { sessions, told, begin, leaves } = sessionsWith({ maxSuspendedPerAddress: 2 });

  leaves(begin("other", "192.0.2.9"));
  for (const name of ["a", "b", "c"]) leaves(begin(name, "192.0.2.1"));
  for (const name of ["x", "y", "z"]) leaves(begin(name, "")); // of no address: they have none in common

  assertEquals([told, sessions.suspended], [["a evicted a"], 6]);
});

Deno.test("Sessions evicts nobody who is just coming back", () => {
  const { told, begin, leaves } = sessionsWith({ maxSuspended: 1 });
  const coming = begin("coming");
  leaves(coming);
  coming.claimant = { phase: 1 } as ServerConnection<undefined>;

  leaves(begin("a"));
  leaves(begin("b"));

  assertEquals(told, ["a evicted a", "b evicted b"]);
});

Deno.test("Sessions.left() says no where the session was evicted at once", () => {
  const { begin, leaves } = sessionsWith({ maxSuspended: 1 });
  const coming = begin("coming");
  leaves(coming);
  coming.claimant = { phase: 1 } as ServerConnection<undefined>;

  assertEquals(leaves(begin("a")), false);
});

Deno.test("Sessions.left() does nothing for a connection that does not have the session any more", () => {
  const { sessions, begin } = sessionsWith();
  const session = begin("a");
  const former = session.connection!;
  sessions.attach(session, loneConnection().connection);
  former.closeInfo = closeInfo(1000, "", true, undefined);

  assertEquals([sessions.left(former), session.isOver, sessions.suspended], [false, false, 0]);
});

Deno.test("Sessions.endAway() ends those of one user, or all, that are away", () => {
  const { sessions, told, begin, leaves } = sessionsWith();
  for (const name of ["a", "b"]) leaves(begin(name, "", "ada"));
  leaves(begin("c", "", "bob"));
  begin("connected", "", "ada");

  sessions.endAway("revoked", "ada");
  sessions.endAway("revoked", "ada");
  assertEquals([told.splice(0), sessions.allAway("ada").length], [["a revoked a", "b revoked b"], 0]);
  sessions.endAway("stopped");

  assertEquals([told, sessions.suspended], [["c stopped c"], 0]);
});

Deno.test("Sessions.end() ends once, and gives back what was kept", () => {
  const { sessions, told, budget, begin } = sessionsWith();
  const session = begin("a");
  session.inbox.add("x".repeat(100), 1, 0);
  session.answers.ask({ type: "q", id: 1 });
  session.answers.answer(1, "y".repeat(50), 1, 0);
  const before = budget.bytes;

  sessions.end(session, "closed");
  sessions.end(session, "expired");

  assertEquals([before, budget.bytes, told], [150, 0, ["a closed connected"]]);
});

Deno.test("Sessions forgets ten thousand clients that never come back, and everything of them (X30)", async () => {
  const rig = new Rig({ maxConnectionsPerAddress: Infinity, resume: { maxSuspendedPerAddress: Infinity } });
  rig.server.room("tea");
  let ended = 0;
  rig.server.on("session:ended", ({ reason }) => void (reason === "expired" && ended++));
  for (let n = 0; n < 10_000; n++) {
    const peer = new SessionPeer(rig);
    peer.connection.send({ type: "n", data: n });
    peer.cut();
  }
  const { suspended, logBytes } = rig.server.getStats();

  await rig.clock.advance(121_000);

  assertEquals([suspended, logBytes > 200_000], [10_000, true]);
  const stats = rig.server.getStats();
  assertEquals([ended, stats.suspended, stats.logBytes, rig.left], [10_000, 0, 0, NOTHING]);
});

Deno.test("session:ended tells each end once, and why", async () => {
  const rig = new Rig({
    resume: { windowMs: 20_000, maxSuspended: 2 },
    authenticate: ({ token }) => ({ userId: token!, name: token }),
  });
  const ended: string[] = [];
  rig.server.on("session:ended", ({ id, userId, data, reason }) => {
    ended.push(`${userId} ${reason} ${data.name} ${typeof id}`);
  });
  const come = (token: string) => new SessionPeer(rig, { token });

  come("closed").socket.isClosed(1000);
  const replaced = come("back");
  const back = replaced.cut().again({ token: "back" });
  come("expired").cut();
  await rig.clock.advance(21_000);
  come("revoked");
  rig.server.revoke("revoked");
  for (const token of ["evicted", "revoked-away", "stopped-away"]) come(token).cut();
  rig.server.revoke("revoked-away");
  rig.peer({ isManaged: true, greets: false }).socket.isClosed(); // nobody knew it
  const stopping = rig.server.stop();
  back.socket.isClosed(1012);
  await rig.clock.advance(6_000);
  await stopping;

  assertEquals(ended, [
    "closed closed closed string",
    "expired expired expired string",
    "revoked revoked revoked string",
    "evicted evicted evicted string",
    "revoked-away revoked revoked-away string",
    "stopped-away stopped stopped-away string",
    "back stopped back string",
  ]);
});

Deno.test("session:ended tells of peers without a session when they go", () => {
  const rig = new Rig();
  const ended: unknown[] = [];
  rig.server.on("session:ended", ({ id, reason }) => ended.push([id, reason]));
  const plain = rig.peer();
  const managed = rig.peer({ isManaged: true });

  plain.socket.isClosed();
  managed.socket.isClosed(1001);

  assertEquals(ended, [[plain.connection.id, "closed"], [managed.connection.id, "closed"]]);
});

Deno.test("Sessions tells rooms that a client has left when its session is over, and not before", async () => {
  const left: string[] = [];
  const rig = new Rig({ resume: { windowMs: 5_000 } });
  rig.server.room("tea", { onLeave: ({ room }) => void left.push(room) });
  const peer = new SessionPeer(rig).join("tea").cut();
  assertEquals([rig.server.getStats().rooms, left], [0, []]);
  const again = peer.again();
  assertEquals([rig.server.getStats().rooms, left], [1, []]);

  again.cut();
  await rig.clock.advance(6_000);

  assertEquals(left, ["tea"]);
});
