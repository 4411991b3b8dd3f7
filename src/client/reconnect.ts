/**
 * When to try again, and when to stop: the client's states as a function from (state, event, policy, random) to a new
 * state and a command. Pure.
 *
 * What is in no rule changes nothing: an event that comes late, or twice, finds a state that does not know it.
 *
 * @module
 */

import type { CloseAction } from "../protocol/close_actions.ts";
import type { ReconnectPolicy } from "./options.ts";
import type { ClientAttempt, WebSocketClientState } from "./types.ts";

/** All that the decisions depend on. */
export interface ReconnectState {
  /** Where the client stands. */
  readonly phase: WebSocketClientState;
  /** The attempt that comes next, is under way, or was the last. */
  readonly next: ClientAttempt;
  /** Whether a failed attempt is tried again: from the first success on, or from the start. */
  readonly isPersistent: boolean;
  /** Whether new credentials were asked for since the connection was last good. */
  readonly hasRenewed: boolean;
  /** When the connection opened. */
  readonly openedAt: number;
  /** When a wake was last followed. */
  readonly wokenAt: number;
}

/**
 * What can happen:
 * - `connect`: the application wants a connection;
 * - `opened`: the attempt succeeded;
 * - `ended`: the attempt failed, or the connection is gone;
 * - `due`: the delay is over;
 * - `woken`: the network or the page is back;
 * - `stop`: the application wants no connection any more.
 */
export interface ReconnectEvent {
  readonly type: "connect" | "opened" | "ended" | "due" | "woken" | "stop";
  /** The moment, in milliseconds on any one clock. */
  readonly now: number;
  /** Of `ended`: what it calls for. */
  readonly action?: CloseAction;
  /** Of `ended`: when the server wants to be asked again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * What to do:
 * - `dial`: begin an attempt;
 * - `flush`: send what was queued;
 * - `wait`: come back with `due` after the delay;
 * - `probe`: look whether the server is still there;
 * - `hang_up`: close the connection, or give up the attempt;
 * - `finish`: give back whatever is still held.
 */
export type ReconnectCommand = "dial" | "flush" | "wait" | "probe" | "hang_up" | "finish";

/** The new state, and what to do; `undefined` for nothing. */
export type ReconnectStep = readonly [state: ReconnectState, command?: ReconnectCommand];

/** The state before anything happened. */
export const IDLE: ReconnectState = {
  phase: "idle",
  next: { attempt: 1, delayMs: 0, reason: "connect" },
  isPersistent: false,
  hasRenewed: false,
  openedAt: 0,
  wokenAt: -Infinity,
};

/** Wakes closer together than this count as one, so that no event of a page can make a client knock without end. */
export const WAKE_PAUSE_MS = 1_000;

/** The longest advice that is followed. A server down for longer loses nothing by one knock an hour. */
export const MAX_ADVICE_MS = 3_600_000;

/** Decides about one event. */
export function step(
  state: ReconnectState,
  event: ReconnectEvent,
  policy: ReconnectPolicy,
  random: () => number,
): ReconnectStep {
  const { now } = event;
  switch (`${state.phase} ${event.type}`) {
    case "idle connect":
    case "closed connect":
      return dial({ ...IDLE, isPersistent: policy.retryFirst ?? false });
    case "waiting due":
      return dial(state);
    case "connecting opened":
      return [{ ...state, phase: "open", isPersistent: true, openedAt: now }, "flush"];
    case "connecting ended":
    case "open ended":
      return afterEnd(state, event, policy, random);
    case "waiting connect":
    case "waiting woken":
    case "open woken": {
      if (Math.abs(now - state.wokenAt) < WAKE_PAUSE_MS) break;
      const woken = { ...state, wokenAt: now };
      return state.phase === "open" ? [woken, "probe"] : dial(woken);
    }
    case "connecting stop":
    case "open stop":
      return [{ ...state, phase: "closing" }, "hang_up"];
    case "closing ended":
    case "waiting stop":
    case "idle stop":
      return finish(state);
  }
  return [state];
}

/** Chooses a delay in milliseconds: `retries` is how many there were before, since the connection was last good. */
export function chooseDelay(
  action: CloseAction,
  retries: number,
  retryAfterMs: number | undefined,
  policy: ReconnectPolicy,
  random: () => number,
): number {
  const isLater = action === "later";
  const leastMs = Math.min(retryAfterMs ?? (isLater ? policy.laterDelayMs : 0), MAX_ADVICE_MS);
  // A bound that begins with 0 is NaN when it has grown for long.
  const grownMs = (isLater ? policy.laterDelayMs : policy.baseDelayMs) * policy.factor ** retries || 0;
  // With advice too: everybody was told the same, so everybody comes at a moment of their own after it.
  return leastMs + random() * (action === "spread" ? policy.spreadWindowMs : Math.min(policy.maxDelayMs, grownMs));
}

/** The attempt failed, or the open connection ended: stop or wait. */
function afterEnd(
  state: ReconnectState,
  { now, action = "stop", retryAfterMs }: ReconnectEvent,
  policy: ReconnectPolicy,
  random: () => number,
): ReconnectStep {
  const wasGood = state.phase === "open" && now - state.openedAt >= policy.minUptimeMs;
  const retries = wasGood ? 0 : state.next.attempt - 1;
  const hasRenewed = !wasGood && state.hasRenewed;
  const isRenewal = action === "renew";
  const mayRetry = isRenewal ? !hasRenewed : action !== "stop" && state.isPersistent;
  if (!mayRetry || retries >= policy.maxRetries) return finish(state);
  return [{
    ...state,
    phase: "waiting",
    next: {
      attempt: retries + 2,
      delayMs: chooseDelay(action, retries, retryAfterMs, policy, random),
      reason: isRenewal ? "renew" : "retry",
    },
    hasRenewed: hasRenewed || isRenewal,
  }, "wait"];
}

function dial(state: ReconnectState): ReconnectStep {
  return [{ ...state, phase: "connecting" }, "dial"];
}

function finish(state: ReconnectState): ReconnectStep {
  return [{ ...state, phase: "closed" }, "finish"];
}
