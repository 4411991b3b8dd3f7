/**
 * Group X of the hostile inputs, fifth part: the application fails while a session goes on, or when it is over (X31).
 *
 * @module
 */

import type { HostileCase, Target } from "./harness/hostile_case.ts";
import { askMine, roomFor, told } from "./harness/session_cases.ts";
import { SessionPeer } from "./harness/session_peer.ts";

/** What becomes of a session in which something fails when its client comes back, and of the next attempt. */
async function failing(target: Target, what: "data" | "connect" | "rule"): Promise<Record<string, unknown>> {
  const room = roomFor(target, "fickle");
  const owner = await SessionPeer.open(target);
  await owner.join(room);
  await owner.ask("fail", { what });
  await owner.vanish(target);
  const back = await SessionPeer.open(target, owner.hello());
  const isWelcome = back.isWelcome && back.welcome.resumed;
  const came = await askMine(back).catch(() => []);
  const left = came.filter(({ type }) => type === "$left").map(({ code }) => code);
  const errors = () => target.server.events.filter(({ kind, detail }) => kind === "error" && isOurs(detail)).length;
  const before = back.isWelcome ? back : owner;
  await back.leave();
  const facts = { isWelcome, code: back.closeCode ?? null, left, isReported: errors() > 0 };
  const again = await SessionPeer.open(target, before.hello());
  const { resumed } = again.welcome;
  await again.leave();
  return { ...facts, again: resumed };
}

function isOurs({ message }: Readonly<Record<string, unknown>>): boolean {
  return typeof message === "string";
}

/** Everything in which the application fails. */
export const GROUP_X_FAULTS: readonly HostileCase[] = [
  told("X31a", "no data for a session that goes on", (target) => failing(target, "data"), {
    isWelcome: false,
    code: 1011,
    left: [],
    isReported: true,
    again: true,
  }, { runsAlone: true }),
  told("X31b", "onConnect fails when a session goes on", (target) => failing(target, "connect"), {
    isWelcome: true,
    code: null,
    left: [],
    isReported: true,
    again: false,
  }, { runsAlone: true }),
  told("X31c", "a rule fails when a session goes on", (target) => failing(target, "rule"), {
    isWelcome: true,
    code: null,
    left: ["internal_error"],
    isReported: true,
    again: false,
  }, { runsAlone: true }),
  told("X31d", "a listener fails when a session is over", async (target) => {
    const owner = await SessionPeer.open(target);
    await owner.ask("fail", { what: "end" });
    await owner.leave();
    await target.eventNumber("session", 1);
    const next = await SessionPeer.open(target);
    const isServed = await next.isServed();
    await next.leave();
    return { isServed };
  }, { isServed: true }),
];
