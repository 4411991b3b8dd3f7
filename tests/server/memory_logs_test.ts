/** Tests of the logs of all rooms: positions that mean something, and what is forgotten. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LogBudget } from "../../src/server/log_budget.ts";
import { LOG_DEFAULTS, type ResolvedLogRule } from "../../src/server/log_rules.ts";
import type { LogReading } from "../../src/server/logs.ts";
import { MemoryLogs } from "../../src/server/memory_logs.ts";
import { Rig } from "./tools/rig.ts";
import { loggedMessage } from "./tools/logs.ts";
import { SessionPeer } from "./tools/session_peer.ts";

const WINDOW_MS = 120_000;

function logsWith(
  rules: Readonly<Record<string, Partial<ResolvedLogRule> | false>> = {},
  { maxTotalBytes = 1_000_000, epoch = "e" } = {},
) {
  const state = { now: 0, members: new Set<string>() };
  const budget = new LogBudget(maxTotalBytes);
  const logs = new MemoryLogs(budget, {
    epoch,
    windowMs: WINDOW_MS,
    ruleOf: (room) => rules[room] === false ? undefined : { ...LOG_DEFAULTS, ...rules[room] },
    hasMembers: (room) => state.members.has(room),
    now: () => state.now,
  });
  const append = (room: string, text: string, key?: string) => logs.append(room, loggedMessage(text, { key }));
  return { logs, budget, state, append };
}

function seen({ recovery, records }: LogReading): unknown[] {
  return [recovery, records.map(({ message }) => message.payload).join()];
}

Deno.test("MemoryLogs.begin() is the end of a log of events, and the beginning of one of states", () => {
  const { logs, append } = logsWith({ states: { keep: "newest-per-key" } });
  for (const room of ["tea", "states"]) for (const [n, key] of [..."aba"].entries()) append(room, `${key}${n}`, key);

  assertEquals(seen(logs.begin("tea")), [{ epoch: "e", offset: 3 }, ""]);
  assertEquals(seen(logs.begin("states")), [{ epoch: "e", offset: 1 }, "b1,a2"]);
  assertEquals(seen(logs.begin("new")), [{ epoch: "e", offset: 0 }, ""]);
});

Deno.test("MemoryLogs.missed() gives what stands behind a position, or says why not", () => {
  const { logs, append } = logsWith({ tea: { maxMessages: 3 }, nothing: false, states: { keep: "newest" } });
  for (let n = 1; n <= 5; n++) for (const room of ["tea", "states"]) append(room, `${n}`);
  const missed = (room: string, offset: number, epoch = "e") => seen(logs.missed(room, { epoch, offset }));

  assertEquals(missed("tea", 5), [{ epoch: "e", offset: 5, recovered: true }, ""]);
  assertEquals(missed("tea", 2), [{ epoch: "e", offset: 2, recovered: true }, "3,4,5"]);
  const lost = (reason: string) => [{ epoch: "e", offset: 5, recovered: false, reason }, ""];
  assertEquals(missed("tea", 1), lost("too_old"));
  assertEquals(missed("tea", 6), lost("ahead"));
  assertEquals(missed("tea", 5, "f"), lost("new_epoch"));
  assertEquals(missed("nothing", 0), [{ recovered: false, reason: "no_log" }, ""]);
  assertEquals(missed("states", 3), [{ epoch: "e", offset: 3, recovered: true }, "5"]);
  assertEquals(missed("states", 9), [{ epoch: "e", offset: 4, recovered: false, reason: "ahead" }, "5"]);
});

Deno.test("MemoryLogs.newest() opens no log", () => {
  const { logs, append } = logsWith({ nothing: false });
  for (const text of ["a", "b", "c"]) append("tea", text);

  assertEquals(seen(logs.newest("tea", 2)), [{ epoch: "e", offset: 3 }, "b,c"]);
  assertEquals(seen(logs.newest("new", 2)), [{ epoch: "e", offset: 0 }, ""]);
  assertEquals(seen(logs.newest("nothing", 2)), [{}, ""]);
  assertEquals([logs.size, logs.keeps("new"), logs.keeps("nothing")], [1, true, false]);
});

Deno.test("MemoryLogs.keepsStates() tells where who comes in gets something", () => {
  const { logs } = logsWith({ nothing: false, newest: { keep: "newest" }, keys: { keep: "newest-per-key" } });

  assertEquals(["tea", "nothing", "newest", "keys"].map((room) => logs.keepsStates(room)), [false, false, true, true]);
});

Deno.test("MemoryLogs.forget() forgets messages, and positions stay what they are", () => {
  const { logs, append } = logsWith();
  append("tea", "a");

  logs.forget("tea");
  logs.forget("new");
  append("tea", "b");

  assertEquals(seen(logs.missed("tea", { epoch: "e", offset: 1 })), [{ epoch: "e", offset: 1, recovered: true }, "b"]);
  assertEquals(logs.missed("tea", { epoch: "e", offset: 0 }).recovery.reason, "too_old");
});

Deno.test("MemoryLogs.sweep() forgets logs that nobody can have a use for, and no number of theirs comes again", () => {
  const { logs, state, append } = logsWith();
  state.members.add("members");
  for (const room of ["left", "members", "touched"]) append(room, "x");
  append("left", "y");
  state.now = 100_000;
  logs.touch("touched");
  logs.touch("new");

  state.now = 122_000;
  logs.sweep();
  assertEquals([logs.size, append("left", "z"), append("fresh", "z"), append("members", "z")], [2, 3, 3, 2]);

  assertEquals(logs.missed("left", { epoch: "e", offset: 1 }).recovery.reason, "too_old");
  assertEquals(seen(logs.missed("left", { epoch: "e", offset: 2 })), [{ epoch: "e", offset: 2, recovered: true }, "z"]);
});

Deno.test("MemoryLogs.sweepSoon() sweeps once in ten seconds", () => {
  const { logs, state, append } = logsWith();
  logs.sweepSoon();
  append("tea", "x");
  state.now = 9_999;

  logs.sweepSoon();
  append("tea", "y");
  state.now = 9_999 + WINDOW_MS * 2;
  logs.sweepSoon();

  assertEquals(logs.size, 0);
});

Deno.test("MemoryLogs looks for logs without use where there are many", () => {
  const { logs, state } = logsWith();
  for (let n = 0; n < 1_024; n++) logs.begin(`room ${n}`);
  state.now = WINDOW_MS + 1;

  logs.begin("one more");

  assertEquals(logs.size, 1);
});

Deno.test("MemoryLogs forgets what was quiet for longest where all logs together are too large", () => {
  const { logs, state, budget, append } = logsWith({}, { maxTotalBytes: 10 });
  append("quiet", "12345");
  append("busy", "12");
  state.now = 2_000;
  append("busy", "345");

  append("new", "1");

  assertEquals([logs.missed("quiet", { epoch: "e", offset: 0 }).recovery.reason, budget.bytes], ["too_old", 6]);
  assertEquals(seen(logs.missed("busy", { epoch: "e", offset: 0 }))[1], "12,345");
});

Deno.test("MemoryLogs never gives one number to two messages of a room, and never says that all is there when it is not", () => {
  const ROOMS = ["a", "b", "c"];
  const step = fc.tuple(
    fc.constantFrom("append", "append", "append", "read", "wait", "sweep", "forget", "member"),
    fc.nat(2),
    fc.nat(60),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
    const { logs, state, budget } = logsWith({ a: { maxMessages: 4 }, b: { maxAgeMs: 50_000 } }, { maxTotalBytes: 80 });
    const sent = new Map<string, Map<number, string>>(ROOMS.map((room) => [room, new Map()]));
    let n = 0;

    for (const [what, which, amount] of steps) {
      const room = ROOMS[which]!;
      const all = sent.get(room)!;
      if (what === "append") {
        const text = `${n++} `.padEnd(amount % 12, "x");
        const offset = logs.append(room, loggedMessage(text));
        assertEquals(all.has(offset), false, "a number came again");
        assertEquals([...all.keys()].every((each) => each < offset), true, "a number went back");
        all.set(offset, text);
      } else if (what === "read") {
        const offset = Math.max(0, Math.max(0, ...all.keys()) - amount % 6);
        const { recovery, records } = logs.missed(room, { epoch: "e", offset });
        if (recovery.recovered !== true) continue;
        const expected = [...all].filter(([each]) => each > offset);
        assertEquals(records.map((each) => [each.offset, each.message.payload]), expected);
      } else if (what === "wait") state.now += amount * 5_000;
      else if (what === "sweep") logs.sweep();
      else if (what === "forget") logs.forget(room);
      else if (!state.members.delete(room)) state.members.add(room);
      assertEquals(budget.bytes >= 0 && budget.bytes <= 80, true);
    }
    state.members.clear();
    state.now += 10 * WINDOW_MS;
    logs.sweep();
    assertEquals([logs.size, budget.bytes, budget.hoards], [0, 0, 0]);
  }));
});

Deno.test("MemoryLogs keeps the log of everybody: positions in it stay good, whatever becomes of rooms", async () => {
  const rig = new Rig({ heartbeatInterval: 0 });
  rig.server.broadcast({ type: "n", data: 1 });
  const [peer, other] = [new SessionPeer(rig), new SessionPeer(rig)];
  for (let n = 0; n < 5; n++) rig.server.broadcast({ type: "n" }, { room: "busy" });
  await rig.clock.advance(200_000);
  other.socket.isClosed(1000); // lets logs without use be looked for
  rig.server.broadcast({ type: "n" }, { room: "another" });

  const { welcome } = peer.cut().again();

  assertEquals([welcome.resumed, welcome.rooms!.$all!.recovered], [true, true]);
});
