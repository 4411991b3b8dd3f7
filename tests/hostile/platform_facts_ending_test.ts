/**
 * Facts 4 to 7 about the platform, which would leave a server with something for ever, or with a wrong account of it: each is
 * shown not to happen with `WebSocketServer`, in a server process of its own, beside a bystander that notices nothing.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { ServerEvent } from "./harness/control.ts";
import { echoed } from "./harness/expectations.ts";
import { isMeasuredVersion, isServed, RAW_SERVER, SERVER, watched } from "./harness/fact.ts";
import { CLOSE_ME, FLOOD_ME } from "./harness/faulty_parts.ts";
import { closeCodeOf, concat, encodeFrame, OPCODE, textFrame } from "./harness/frames.ts";
import { collect, exchange, Target } from "./harness/hostile_case.ts";
import type { RawPeer } from "./harness/raw_peer.ts";
import { ServerProcess } from "./harness/server_process.ts";
import { WatchedServer } from "./harness/watched_server.ts";

function closesOf(target: Target): readonly ServerEvent["detail"][] {
  return target.events().filter(({ kind }) => kind === "close").map(({ detail }) => detail);
}

Deno.test("Fact 4: a message over the limit is refused with 1009 when it has arrived, and never handled", async (t) => {
  const half = "x".repeat(512);
  const inputs: Record<string, Uint8Array[]> = {
    "one frame, one byte over": [textFrame(half + half + "x")],
    "one frame, over in bytes but not in characters": [textFrame("€".repeat(342))],
    "one binary frame": [encodeFrame({ opcode: OPCODE.binary, payload: new Uint8Array(1_025) })],
    "fragments, each of them small": [
      textFrame(half, { isFinal: false }),
      ...Array.from({ length: 6 }, () => encodeFrame({ opcode: OPCODE.continuation, payload: half, isFinal: false })),
      encodeFrame({ opcode: OPCODE.continuation, payload: half }),
    ],
  };
  await watched("small_messages", async (_server, targetFor) => {
    for (const [index, [title, pieces]] of Object.entries(inputs).entries()) {
      await t.step(title, async () => {
        const target = targetFor(`fact4-${index}`);
        using peer = await target.open();

        for (const piece of pieces) await peer.write(piece);
        const { frames } = await collect(peer);

        assertEquals(frames.map(closeCodeOf), [1009]);
        assertEquals((await target.event("close")).detail["code"], 1009);
        assertEquals(target.events().filter(({ kind }) => kind === "message"), []);
      });
    }
    await t.step("exactly at the limit is handled", async () => {
      using peer = await targetFor("fact4-limit").open();

      assertEquals(echoed(half + half).complaint(await exchange(peer, textFrame(half + half))), undefined);
    });
  });
});

Deno.test("Fact 4: the code 1009 reaches a peer that goes on sending", async () => {
  await watched("small_messages", async (_server, targetFor) => {
    using peer = await targetFor("fact4").open();

    await peer.write(concat(textFrame("x".repeat(1_025)), ...Array.from({ length: 20 }, () => textFrame("more"))));

    assertEquals((await collect(peer)).frames.map(closeCodeOf), [1009]);
  });
});

Deno.test("Fact 5: a peer that does not answer a close is out at the deadline, and counted as a zombie", async () => {
  await using server = await WatchedServer.start(SERVER, "stubborn");
  const target = new Target(server.process, "fact5", "stubborn");
  using peer = await target.open();

  await peer.write(textFrame(CLOSE_ME));
  assertEquals(closeCodeOf((await peer.nextFrame())!), 4000);
  const { code, reason, wasClean } = (await target.event("close")).detail;
  assertEquals({ code, reason, wasClean }, { code: 4000, reason: "as you wish", wasClean: false });
  const { targets, unopened, zombies } = await server.process.settle(1, { deadlineMs: 2_000 });

  assertEquals({ connections: targets.length, unopened, zombies }, { connections: 1, unopened: 0, zombies: 1 });
  peer.reset();
  assertEquals((await server.process.settle(1, { deadlineMs: 2_000, zombies: 0 })).zombies, 0);
  assertEquals(closesOf(target).length, 1);
});

Deno.test("Fact 5: a peer that never reads is out, and counted as a zombie until it is gone", async () => {
  await using server = await WatchedServer.start(SERVER, "stubborn");
  const target = new Target(server.process, "fact5", "stubborn");
  using peer = await target.open();
  const mark = await server.mark();

  peer.pause();
  await peer.write(textFrame(FLOOD_ME));
  assertEquals((await target.event("close")).detail["code"], 1013);
  const { targets, unopened, zombies } = await server.process.settle(1, { deadlineMs: 2_000 });

  assertEquals({ connections: targets.length, unopened, zombies }, { connections: 1, unopened: 0, zombies: 1 });
  peer.reset();
  assertEquals((await server.process.settle(1, { deadlineMs: 2_000, zombies: 0 })).zombies, 0);
  assertEquals(await server.breaches(mark), []);
  assertEquals(closesOf(target).length, 1);
});

const WAYS_TO_LEAVE = {
  "says that it is done": (peer: RawPeer) => peer.finish(),
  "leaves": (peer: RawPeer) => peer[Symbol.dispose](),
  "breaks off": (peer: RawPeer) => peer.reset(),
};

for (const [title, leave] of Object.entries(WAYS_TO_LEAVE)) {
  for (const settles of [true, false]) {
    const when = settles ? "that settles later" : "that never settles";
    Deno.test(`Fact 6: a peer that ${title} during an async check ${when} gives its place back`, async () => {
      await watched("slow_origins", async ({ process }, targetFor) => {
        const target = targetFor("fact6");
        using peer = await target.connect();
        await peer.write(target.handshake({ headers: { Origin: "http://slow.example" } }));
        await target.event("check");

        leave(peer);
        if (settles) await process.openGate("origin");
        const { targets, unopened } = await process.settle(1, { deadlineMs: 2_000 });

        assertEquals({ connections: targets.length, unopened }, { connections: 1, unopened: 0 });
        // Who is told of it at all is told of its end as well.
        const kinds = target.events().map(({ kind }) => kind).filter((kind) => kind !== "check");
        assertEquals(kinds.length === 0 ? ["connect", "close"] : kinds, ["connect", "close"]);
      }, { mayLeaveFiles: true });
    });
  }
}

Deno.test("Fact 6: a peer that stays through an async check is served", async () => {
  await watched("slow_origins", async ({ process }, targetFor) => {
    const target = targetFor("fact6");
    using peer = await target.connect();
    await peer.write(target.handshake({ headers: { Origin: "http://slow.example" } }));
    await target.event("check");

    await process.openGate("origin");

    assertEquals((await peer.nextResponse())?.status, 101);
    assertEquals(await isServed(peer), true);
  });
});

Deno.test("Fact 7: every end is told once, with a code that is true", async (t) => {
  await watched("short_idle", async (server, targetFor) => {
    const ends: Record<string, { act: (peer: RawPeer) => void | Promise<void>; detail: ServerEvent["detail"] }> = {
      "reset": { act: (peer) => peer.reset(), detail: { code: 1006, reason: "", wasClean: false } },
      "fin": { act: (peer) => peer.finish(), detail: { code: 1006, reason: "", wasClean: false } },
      "polite": { act: (peer) => peer.leave(), detail: { code: 1000, reason: "", wasClean: true } },
      "silent": {
        act: async (peer) => void await peer.ended(6_000),
        detail: { code: 4408, reason: "silent for too long", wasClean: false },
      },
    };
    for (const [id, { act, detail }] of Object.entries(ends)) {
      await t.step(id, async () => {
        const target = targetFor(id);
        using peer = await target.open();

        await act(peer);

        const { code, reason, wasClean } = (await target.event("close", 6_000)).detail;
        assertEquals({ code, reason, wasClean }, detail);
      });
    }
    // What the runtime says a second time it says before the connection is settled, and before a later one has been served.
    await server.process.settle(1, { deadlineMs: 2_000 });
    assertEquals(await server.freshConnectionBreach(), undefined);
    assertEquals(Object.keys(ends).map((id) => closesOf(targetFor(id)).length), [1, 1, 1, 1]);
  });
});

Deno.test({
  name: "Fact 7, control: without protection a broken connection has the code 0",
  ignore: !isMeasuredVersion,
  fn: async () => {
    await using server = await ServerProcess.start(RAW_SERVER);
    const target = new Target(server, "control", "default");
    using peer = await target.open();
    assertEquals(await isServed(await target.open()), true);

    peer.reset();

    assertEquals((await server.event(({ detail }) => detail["wasClean"] === false)).detail["code"], 0);
  },
});
