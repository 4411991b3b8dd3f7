/**
 * The token with which the client signs in: asks for it before every attempt, and for another one before it runs out.
 * Loaded only where there is one.
 *
 * A token appears in the messages for the server, and nowhere else: in no error, in no event, in no log.
 *
 * @module
 */

import type { Asker } from "./asker.ts";
import { RENEWAL_PAUSE_MS, renewIn, retryIn } from "./renewal.ts";
import type { Shared } from "./shared.ts";
import type { ClientAttempt, Provider } from "./types.ts";

/** Where tokens come from; `undefined` for none. */
export type TokenProvider = Provider<string | undefined>;

/** The token. */
export interface Credentials {
  /** The token of the present attempt. */
  readonly token: string | undefined;
  /** An attempt begins: asks for its token. */
  ask(attempt: ClientAttempt): Promise<void>;
  /** The server said how long the token will be good for, in milliseconds; `undefined` when it does not run out. */
  live(lifeMs: unknown): void;
  /** The connection has ended. */
  closed(): void;
}

/** Makes credentials out of a provider. */
export function createCredentials(
  provider: TokenProvider,
  { options: { platform }, core, announcer, createAlarm, give }: Shared,
  asker: Asker,
): Credentials {
  const alarm = createAlarm(platform);
  let token: string | undefined;
  /** Counts attempts: a provider that took too long for one must not answer for the next. */
  let asked = 0;
  let expiresAt = Infinity;
  /** When to renew. */
  let renewAt = Infinity;
  let stopWatchingWakes: (() => void) | undefined;

  return {
    get token() {
      return token;
    },
    async ask(attempt) {
      const own = ++asked;
      const given = await fetchToken(attempt);
      if (own === asked) token = given;
    },
    live,
    closed: () => live(undefined),
  };

  function live(lifeMs: unknown): void {
    const isMortal = typeof lifeMs === "number" && typeof provider === "function";
    expiresAt = isMortal ? platform.now() + lifeMs : Infinity;
    // Timers stand still while a page is frozen.
    if (isMortal) stopWatchingWakes ??= platform.watchWakes(look);
    else {
      stopWatchingWakes?.();
      stopWatchingWakes = undefined;
    }
    plan(isMortal ? Math.max(renewIn(lifeMs), RENEWAL_PAUSE_MS) : undefined);
  }

  function plan(delayMs = Infinity): void {
    renewAt = platform.now() + delayMs;
    alarm(delayMs, look);
  }

  function look(): void {
    const leftMs = renewAt - platform.now();
    if (leftMs > 0) alarm(leftMs, look);
    else renew();
  }

  async function renew(): Promise<void> {
    const { connection, state } = core;
    // Planned first: so it comes also when this attempt never ends.
    plan(retryIn(expiresAt - platform.now()));
    try {
      const given = await fetchToken({ ...state.next, reason: "renew", delayMs: 0 });
      if (core.connection !== connection || given === undefined) return;
      const answer = await asker.ask({ type: "$credentials", token: given });
      live((answer as { expiresInMs?: unknown } | null)?.expiresInMs);
    } catch (error) {
      if (core.connection === connection) announcer.fail(error);
    }
  }

  async function fetchToken(attempt: ClientAttempt): Promise<string | undefined> {
    const given: unknown = await give(provider, attempt);
    if (given === undefined || typeof given === "string") return given;
    throw new TypeError(`WebSocketClient: "token" must be a string or undefined: it is of the kind ${typeof given}`);
  }
}
