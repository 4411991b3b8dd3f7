/**
 * Facts 1 to 3 about the platform, which would end a server's process or its listener: each is shown not to happen with
 * `WebSocketServer`, in a server process of its own, beside a bystander that notices nothing.
 *
 * Each has a control: what a server without protection does on the version of Deno where that was measured.
 *
 * @module
 */

import { assertEquals, assertNotEquals } from "@std/assert";
import { DeadlineError } from "./harness/deadline.ts";
import { isMeasuredVersion, isServed, RAW_SERVER, watched } from "./harness/fact.ts";
import { AFTER_UPGRADE, HANDLER_FAULTS, UPGRADE_FAULTS } from "./harness/faulty_parts.ts";
import { textFrame } from "./harness/frames.ts";
import { Target } from "./harness/hostile_case.ts";
import { ServerProcess } from "./harness/server_process.ts";

const UPGRADE_LINES: readonly (readonly string[])[] = [
  ["h2c", "websocket"],
  ["websocket", "h2c"],
  ["websocket", "websocket"],
  ["", "websocket"],
  ["h2c, websocket"],
  ["websocket,"],
];

async function canConnect(target: Target): Promise<boolean> {
  return await target.connect().then((peer) => (peer[Symbol.dispose](), true), () => false);
}

/** Tries again and again, as the other side tells nobody when it has changed. */
async function until(look: () => Promise<boolean>, deadlineMs: number): Promise<void> {
  const endsAt = performance.now() + deadlineMs;
  while (!await look()) {
    if (performance.now() > endsAt) throw new DeadlineError(`Waited ${deadlineMs} ms for another answer`);
  }
}

Deno.test("Fact 1: several Upgrade lines or names are refused and do not end the process", async () => {
  await watched("default", async (_server, targetFor) => {
    for (const lines of UPGRADE_LINES) {
      using peer = await targetFor("fact1").connect();
      await peer.write(targetFor("fact1").handshake({ headers: { Upgrade: lines } }));

      assertEquals((await peer.nextResponse())?.status, 400);
    }
  });
});

Deno.test({
  name: "Fact 1, control: without protection one such request ends the process",
  ignore: !isMeasuredVersion,
  fn: async () => {
    await using server = await ServerProcess.start(RAW_SERVER);
    const target = new Target(server, "control", "default");
    using peer = await target.connect();

    await peer.write(target.handshake({ headers: { Upgrade: ["h2c", "websocket"] } }));

    assertNotEquals((await server.ended()).code, 0);
  },
});

for (const [fault, text] of Object.entries(UPGRADE_FAULTS)) {
  Deno.test(`Fact 2: an upgrade is refused and the listener stays when ${text}`, async () => {
    await watched("faulty_upgrade", async (_server, targetFor) => {
      const target = targetFor("fact2");
      using peer = await target.connect();

      await peer.write(target.handshake({ target: `${target.path}&fault=${fault}` }));

      assertEquals((await peer.nextResponse())?.status, 500);
      assertEquals((await target.server.event(({ kind }) => kind === "error")).detail["name"], "UpgradeFailedError");
    });
  });
}

Deno.test("Fact 2: when the runtime fails after the upgrade, so that the listener ends, another one takes its place", async () => {
  await watched("faulty_upgrade", async ({ process }, targetFor) => {
    const target = targetFor("fact2");
    using peer = await target.connect();

    await peer.write(target.handshake({ target: `${target.path}&fault=${AFTER_UPGRADE}` }));

    await process.event(({ detail }) => detail["name"] === "ListenFailedError");
    await until(() => canConnect(target), 1_000);
    assertEquals(process.events.map(({ detail }) => detail["name"]).filter((name) => name !== undefined), [
      "UpgradeFailedError",
      "ListenFailedError",
    ]);
  }, { mayLeaveFiles: true });
});

Deno.test({
  name: "Fact 2, control: without protection the process lives and nobody can connect any more",
  ignore: !isMeasuredVersion,
  fn: async () => {
    await using server = await ServerProcess.start(RAW_SERVER);
    const target = new Target(server, "control", "default");
    using peer = await target.connect();

    await peer.write(target.handshake({ target: `/ws?fault=${AFTER_UPGRADE}` }));

    await until(async () => !await canConnect(target), 5_000);
    assertEquals(server.exit, undefined);
  },
});

Deno.test("Fact 3: handlers that throw or reject, whatever they throw, do not end the process", async (t) => {
  await watched("faulty_handlers", async (_server, targetFor) => {
    for (const fault of HANDLER_FAULTS) {
      await t.step(fault, async () => {
        const target = targetFor(fault);
        using peer = await target.open({ target: `${target.path}&fault=${fault}` });
        assertEquals(await isServed(peer), true);

        const error = await target.server.event(({ kind, target: at }) => kind === "error" && at.endsWith(fault));
        assertEquals(typeof error.detail["message"], "string");
      });
    }
  });
});

Deno.test({
  name: "Fact 3, control: without protection a handler that throws ends the process",
  ignore: !isMeasuredVersion,
  fn: async () => {
    await using server = await ServerProcess.start(RAW_SERVER);
    using peer = await new Target(server, "control", "default").open();

    await peer.write(textFrame("fault: throw"));

    assertNotEquals((await server.ended()).code, 0);
  },
});
