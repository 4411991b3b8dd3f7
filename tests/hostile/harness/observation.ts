/**
 * Plays steps on an open connection and tells what came back to the peer and what the handlers on the server saw.
 *
 * @module
 */

import { MANAGED_PROBE, PROBE } from "./expectations.ts";
import { OPCODE, textFrame, textOf } from "./frames.ts";
import { collect, type ScriptCase, type Target } from "./hostile_case.ts";
import { type Outcome, printable } from "./outcome.ts";
import { ANSWER_DEADLINE_MS, type RawPeer } from "./raw_peer.ts";

/** Bytes to write, or something else to do in between, such as waiting for an answer or ending the connection. */
export type Step = Uint8Array | ((peer: RawPeer, target: Target) => Promise<unknown> | void);

/** How the steps are played. */
export interface ObservedOptions extends Pick<ScriptCase, "configuration" | "runsAlone"> {
  /** Whether the peer speaks `switchboard.v1` and is welcomed before the first step. */
  readonly isManaged?: boolean;
  /** Whether a probe follows the steps. Not where the steps end the connection and more bytes would disturb that. */
  readonly isProbed?: boolean;
  /** How long the server may be silent before the probe's echo or the end. */
  readonly deadlineMs?: number;
}

/** A case whose outcome also holds what the server's handlers saw, as the facts `messages`, `errors` and `close`. */
export function observed(
  id: string,
  title: string,
  steps: readonly Step[],
  expect: ScriptCase["expect"],
  options: ObservedOptions = {},
): ScriptCase {
  const { configuration = "default", runsAlone = false } = options;
  return { id, title, configuration, runsAlone, script: (target) => playObserved(target, steps, options), expect };
}

/** Plays the steps, then a probe; leaves politely if the connection is still open. */
export async function playObserved(
  target: Target,
  steps: readonly Step[],
  { isManaged = false, isProbed = true, deadlineMs = ANSWER_DEADLINE_MS }: ObservedOptions = {},
): Promise<Outcome> {
  using peer = isManaged ? await openManaged(target) : await target.open();
  for (const step of steps) {
    if (step instanceof Uint8Array) await peer.write(step);
    else await step(peer, target);
  }
  const probe = isManaged ? MANAGED_PROBE : PROBE;
  if (isProbed) await peer.write(textFrame(probe));
  const { frames, end } = await collect(peer, deadlineMs, probe);
  if (end === undefined) await peer.leave();
  return { frames, end, facts: await seen(target) };
}

/** Opens a connection that speaks `switchboard.v1`, says hello and waits for the welcome. */
export async function openManaged(target: Target): Promise<RawPeer> {
  const peer = await offerManaged(target);
  await peer.write(textFrame('{"type":"$hello"}'));
  const answer = await peer.nextFrame();
  if (answer?.opcode === OPCODE.text && textOf(answer).startsWith('{"type":"$welcome"')) return peer;
  peer[Symbol.dispose]();
  throw new Error(
    `Cannot set up a managed connection: got ${answer === undefined ? "nothing" : printable(textOf(answer))}`,
  );
}

/** Opens a connection that speaks `switchboard.v1` and has not said hello. */
export function offerManaged(target: Target): Promise<RawPeer> {
  return target.open({ headers: { "Sec-WebSocket-Protocol": "switchboard.v1" } });
}

/** What the handlers saw of this case's connection, once its end was announced. The probe is left out. */
export async function seen(target: Target): Promise<Readonly<Record<string, unknown>>> {
  const { detail: close } = await target.event("close");
  const events = target.events();
  return {
    messages: events.flatMap(({ kind, detail }) => kind === "message" && detail["text"] !== PROBE ? [detail] : []),
    errors: events.filter(({ kind }) => kind === "error").length,
    close,
  };
}
