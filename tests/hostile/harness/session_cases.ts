/**
 * What the tables about sessions share: scripts whose outcome is facts alone, and what is left of a session at their end.
 *
 * @module
 */

import type { ConfigurationName } from "./configurations.ts";
import { all, type Expectation, fact } from "./expectations.ts";
import type { ScriptCase, Target } from "./hostile_case.ts";
import { gateOf } from "./room_cases.ts";
import { type Message, SessionPeer, type Welcome } from "./session_peer.ts";

/** A case that is judged by facts: those that the script returns must be those that are expected, and no others are. */
export function told(
  id: string,
  title: string,
  script: (target: Target) => Promise<Readonly<Record<string, unknown>>>,
  facts: Readonly<Record<string, unknown>>,
  options: { readonly configuration?: ConfigurationName; readonly runsAlone?: boolean; readonly also?: Expectation } =
    {},
): ScriptCase {
  const { configuration = "resumable", runsAlone = false, also } = options;
  const expectations = Object.entries(facts).map(([name, value]) => fact(name, value));
  return {
    id,
    title: `${title}, managed`,
    configuration,
    runsAlone,
    script: async (target) => ({ frames: [], end: undefined, facts: await script(target) }),
    expect: all(...expectations, ...also === undefined ? [] : [also]),
  };
}

/** A room of the case's own. */
export function roomFor(target: Target, prefix = "room"): string {
  return `${prefix}/${gateOf(target)}`;
}

/** A welcome without what is different each time. */
export function shapeOf(welcome: Welcome): unknown {
  const { id: _id, session: { secret, windowMs }, ...rest } = welcome;
  return { ...rest, session: { length: secret.length, windowMs } };
}

/** Goes on with a session, and ends it for good: whether it was there. */
export async function endSession(target: Target, hello: object): Promise<boolean> {
  const peer = await SessionPeer.open(target, hello);
  const { resumed } = peer.welcome;
  await peer.leave();
  return resumed;
}

/** Asks something, and gives whatever comes up to the answer. */
export async function askMine(peer: SessionPeer): Promise<Message[]> {
  await peer.say({ type: "mine", id: "mine" });
  return await peer.until("$reply", "mine");
}

/** The numbers in messages of one type. */
export function numbersIn(messages: readonly Message[], type: string): number[] {
  return messages.flatMap((message) => message.type === type ? [message["data"] as number] : []);
}

/** The numbers from the first to the last, both included. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
