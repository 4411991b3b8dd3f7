/**
 * The server's answers in the form that a plain peer gets, and in the form that a managed one gets; and cases for both.
 *
 * @module
 */

import { all, type Expectation } from "./expectations.ts";
import { LEFT } from "./frame_cases.ts";
import { textFrame } from "./frames.ts";
import type { HostileCase, ScriptCase, Target } from "./hostile_case.ts";
import { observed, type ObservedOptions, openManaged, type Step } from "./observation.ts";
import type { RawPeer } from "./raw_peer.ts";

/** What is wrong, as it is told to a peer. */
export interface WireFault {
  readonly code: string;
  readonly message: string;
  readonly data?: unknown;
}

/** What peers are told. */
export const FAULT = {
  internal: { code: "internal_error", message: "The server could not handle this message" },
  timeout: { code: "timeout", message: "The server took too long to handle this message" },
  unknownType: { code: "unknown_type", message: "The server has no handler for messages of this type" },
  notJoined: { code: "not_joined", message: "Join the room before you send to it" },
  forbidden: { code: "forbidden", message: "You may not be in this room" },
  badRoom: {
    code: "bad_room",
    message:
      'The name of a room must be a string of 1 to 128 characters, none of them half, that does not begin with "$"',
  },
  tooManyRooms: { code: "too_many_rooms", message: "You are in as many rooms as you may be: leave one first" },
  cancelled: { code: "cancelled", message: "The room was left before this was decided" },
} as const satisfies Readonly<Record<string, WireFault>>;

/** How the server puts things to one kind of peer. */
export interface Wording {
  readonly isManaged: boolean;
  /** The answer to a message with this id. */
  reply(id: number | string, data: unknown): string;
  /** The answer that says no. */
  fault(id: number | string, error: WireFault): string;
  /** What is said when a message without an id could not be handled: nothing to plain peers. */
  complaint(error: WireFault): readonly string[];
}

/** To plain peers. */
export const PLAIN: Wording = {
  isManaged: false,
  reply: (id, data) => JSON.stringify({ type: "reply", id, data }),
  fault: (id, error) => JSON.stringify({ type: "error", id, error }),
  complaint: () => [],
};

/** To managed peers. */
export const MANAGED: Wording = {
  isManaged: true,
  reply: (id, data) => JSON.stringify({ type: "$reply", id, data }),
  fault: (id, error) => JSON.stringify({ type: "$error", id, error }),
  complaint: (error) => [JSON.stringify({ type: "$error", error })],
};

/** Options, and what happens between the messages and the probe. */
export interface BothOptions extends Omit<ObservedOptions, "isManaged"> {
  /** What follows the messages. */
  readonly then?: readonly Step[];
  /** Whether the peer leaves in good order at the end, which is expected then. */
  readonly leaves?: boolean;
}

/** Two cases with the same messages, from a plain and from a managed peer. */
export function both(
  id: string,
  title: string,
  texts: readonly string[],
  expect: (wording: Wording) => Expectation,
  options: BothOptions = {},
): readonly HostileCase[] {
  const { then = [], leaves = true, ...rest } = options;
  return [PLAIN, MANAGED].map((wording) =>
    observed(
      `${id}${wording.isManaged ? "m" : "p"}`,
      `${title}, ${wording.isManaged ? "managed" : "plain"}`,
      [...texts.map((text) => textFrame(text)), ...then],
      leaves ? all(expect(wording), LEFT) : expect(wording),
      { ...rest, isManaged: wording.isManaged },
    )
  );
}

/** A case for each kind of peer. */
export function scripted(
  { id, title, ...options }: Pick<ScriptCase, "id" | "title" | "configuration" | "runsAlone">,
  script: (target: Target, wording: Wording) => ReturnType<ScriptCase["script"]>,
  expect: (wording: Wording) => Expectation,
): readonly HostileCase[] {
  return [PLAIN, MANAGED].map((wording) => ({
    ...options,
    id: `${id}${wording.isManaged ? "m" : "p"}`,
    title: `${title}, ${wording.isManaged ? "managed" : "plain"}`,
    script: (target) => script(target, wording),
    expect: expect(wording),
  }));
}

/** Opens a connection of either kind. */
export function openAs(target: Target, isManaged: boolean): Promise<RawPeer> {
  return isManaged ? openManaged(target) : target.open();
}

/** Whether a message of this type is an answer itself, to which there is none: or two ends could go on for ever. */
export function isAnswer(type: string, isManaged: boolean): boolean {
  return !isManaged && (type === "reply" || type === "error");
}

/** The text of a message. */
export function message(type: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ type, ...more });
}
