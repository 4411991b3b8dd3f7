import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { resolveOptions } from "../../src/client/options.ts";
import type { ReconnectPolicy } from "../../src/client/options.ts";
import {
  chooseDelay,
  IDLE,
  MAX_ADVICE_MS,
  type ReconnectCommand,
  type ReconnectEvent,
  type ReconnectState,
  step,
  WAKE_PAUSE_MS,
} from "../../src/client/reconnect.ts";
import type { ReconnectOptions } from "../../src/client/config.ts";
import type { WebSocketClientState } from "../../src/client/types.ts";
import type { CloseAction } from "../../src/protocol/close_actions.ts";

const NOW = 1_000_000;

function policyOf(reconnect: ReconnectOptions = {}): ReconnectPolicy {
  return resolveOptions({ url: "ws://localhost", reconnect }).reconnect;
}

/** A state in which everything else is as in the middle of a life. */
function stateOf(phase: WebSocketClientState, other: Partial<ReconnectState> = {}): ReconnectState {
  return { ...IDLE, phase, isPersistent: true, openedAt: NOW - 1, ...other };
}

const half = () => 0.5;

const PHASES: readonly WebSocketClientState[] = ["idle", "connecting", "open", "waiting", "closing", "closed"];
const TYPES: readonly ReconnectEvent["type"][] = ["connect", "opened", "ended", "due", "woken", "stop"];

/** Every state and event; what is not here changes nothing. */
const TRANSITIONS: Readonly<Record<string, readonly [WebSocketClientState, ReconnectCommand]>> = {
  "idle connect": ["connecting", "dial"],
  "idle stop": ["closed", "finish"],
  "connecting opened": ["open", "flush"],
  "connecting ended": ["waiting", "wait"],
  "connecting stop": ["closing", "hang_up"],
  "open ended": ["waiting", "wait"],
  "open woken": ["open", "probe"],
  "open stop": ["closing", "hang_up"],
  "waiting connect": ["connecting", "dial"],
  "waiting due": ["connecting", "dial"],
  "waiting woken": ["connecting", "dial"],
  "waiting stop": ["closed", "finish"],
  "closing ended": ["closed", "finish"],
  "closed connect": ["connecting", "dial"],
};

for (const phase of PHASES) {
  for (const type of TYPES) {
    const expected = TRANSITIONS[`${phase} ${type}`];
    Deno.test(`step() in ${phase} at "${type}" ${expected ? `goes to ${expected[0]}` : "changes nothing"}`, () => {
      const before = stateOf(phase);

      const [after, command] = step(before, { type, now: NOW, action: "back_off" }, policyOf(), half);

      if (expected === undefined) {
        assertStrictEquals(after, before);
        assertStrictEquals(command, undefined);
      } else {
        assertEquals([after.phase, command], [...expected]);
      }
    });
  }
}

for (const phase of ["connecting", "open"] as const) {
  Deno.test(`step() in ${phase} closes for good when the end is a final one`, () => {
    const [after, command] = step(stateOf(phase), { type: "ended", now: NOW, action: "stop" }, policyOf(), half);

    assertEquals([after.phase, command], ["closed", "finish"]);
  });
}

Deno.test("step() closes for good when the first attempt fails, unless retryFirst is set", () => {
  const outcomes = [false, true].map((retryFirst) => {
    const policy = policyOf({ retryFirst });
    const [connecting] = step(IDLE, { type: "connect", now: NOW }, policy, half);
    return step(connecting, { type: "ended", now: NOW, action: "back_off" }, policy, half)[0].phase;
  });

  assertEquals(outcomes, ["closed", "waiting"]);
});

Deno.test("step() tries a failed attempt again once the connection was open since connect()", () => {
  const policy = policyOf();
  let [state] = step(IDLE, { type: "connect", now: NOW }, policy, half);
  [state] = step(state, { type: "opened", now: NOW }, policy, half);
  [state] = step(state, { type: "ended", now: NOW, action: "back_off" }, policy, half);
  [state] = step(state, { type: "due", now: NOW }, policy, half);
  [state] = step(state, { type: "ended", now: NOW, action: "back_off" }, policy, half);

  assertEquals(state.phase, "waiting");
});

Deno.test("step() doubles the bound of the delay from one retry to the next, up to the cap", () => {
  const policy = policyOf({ retryFirst: true });
  let [state] = step(IDLE, { type: "connect", now: NOW }, policy, half);
  const delays: number[] = [];

  for (let i = 0; i < 9; i++) {
    [state] = step(state, { type: "ended", now: NOW, action: "back_off" }, policy, () => 1);
    delays.push(state.next.delayMs);
    [state] = step(state, { type: "due", now: NOW }, policy, half);
  }

  assertEquals(delays, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("step() counts attempts from 1 for connect()", () => {
  const policy = policyOf({ retryFirst: true });
  let [state] = step(IDLE, { type: "connect", now: NOW }, policy, half);
  const attempts = [state.next];

  for (let i = 0; i < 2; i++) {
    [state] = step(state, { type: "ended", now: NOW, action: "back_off" }, policy, half);
    attempts.push(state.next);
    [state] = step(state, { type: "due", now: NOW }, policy, half);
  }

  assertEquals(attempts, [
    { attempt: 1, delayMs: 0, reason: "connect" },
    { attempt: 2, delayMs: 250, reason: "retry" },
    { attempt: 3, delayMs: 500, reason: "retry" },
  ]);
});

for (const [uptimeMs, attempt] of [[4_999, 6], [5_000, 2]] as const) {
  Deno.test(`step() after ${uptimeMs} ms of connection makes attempt ${attempt}`, () => {
    const next = { attempt: 5, delayMs: 1, reason: "retry" } as const;
    const open = stateOf("open", { openedAt: NOW - uptimeMs, next });

    const [after] = step(open, { type: "ended", now: NOW, action: "back_off" }, policyOf(), half);

    assertEquals(after.next.attempt, attempt);
  });
}

Deno.test("step() closes for good when all retries are used up", () => {
  const policy = policyOf({ retryFirst: true, maxRetries: 2 });
  let [state] = step(IDLE, { type: "connect", now: NOW }, policy, half);
  const phases: string[] = [];

  for (let i = 0; i < 3; i++) {
    [state] = step(state, { type: "ended", now: NOW, action: "back_off" }, policy, half);
    phases.push(state.phase);
    [state] = step(state, { type: "due", now: NOW }, policy, half);
  }

  assertEquals(phases, ["waiting", "waiting", "closed"]);
});

Deno.test("step() with no retries closes for good when an open connection is lost", () => {
  const policy = resolveOptions({ url: "ws://localhost", reconnect: false }).reconnect;

  const [after] = step(stateOf("open"), { type: "ended", now: NOW, action: "back_off" }, policy, half);

  assertEquals(after.phase, "closed");
});

Deno.test("step() renews once, also for the first attempt, and closes for good the second time", () => {
  const policy = policyOf();
  let [state] = step(IDLE, { type: "connect", now: NOW }, policy, half);
  [state] = step(state, { type: "ended", now: NOW, action: "renew" }, policy, half);
  const first = [state.phase, state.next.reason];
  [state] = step(state, { type: "due", now: NOW }, policy, half);
  [state] = step(state, { type: "ended", now: NOW, action: "renew" }, policy, half);

  assertEquals([first, state.phase], [["waiting", "renew"], "closed"]);
});

Deno.test("step() renews again after a connection that was good", () => {
  const open = stateOf("open", { openedAt: NOW - 5_000, hasRenewed: true });

  const [after] = step(open, { type: "ended", now: NOW, action: "renew" }, policyOf(), half);

  assertEquals([after.phase, after.next.reason], ["waiting", "renew"]);
});

Deno.test("step() does not renew again after a connection that was short", () => {
  const open = stateOf("open", { openedAt: NOW - 4_999, hasRenewed: true });

  const [after] = step(open, { type: "ended", now: NOW, action: "renew" }, policyOf(), half);

  assertEquals(after.phase, "closed");
});

for (const phase of ["waiting", "open"] as const) {
  Deno.test(`step() in ${phase} follows wakes at most once a second`, () => {
    const woken = stateOf(phase, { wokenAt: NOW });

    const commands = [1, WAKE_PAUSE_MS - 1, WAKE_PAUSE_MS].map((sinceMs) =>
      step(woken, { type: "woken", now: NOW + sinceMs }, policyOf(), half)[1]
    );

    assertEquals(commands, [undefined, undefined, phase === "open" ? "probe" : "dial"]);
  });
}

Deno.test("step() follows a wake although the clock was set back since the last one", () => {
  const [after] = step(stateOf("waiting", { wokenAt: NOW }), { type: "woken", now: NOW - 600_000 }, policyOf(), half);

  assertEquals(after.phase, "connecting");
});

Deno.test("step() begins anew with connect() after it was closed", () => {
  const used = stateOf("closed", { hasRenewed: true, next: { attempt: 9, delayMs: 30_000, reason: "retry" } });

  const [after] = step(used, { type: "connect", now: NOW }, policyOf(), half);

  assertEquals(after, { ...IDLE, phase: "connecting" });
});

const ACTIONS: readonly CloseAction[] = ["back_off", "renew", "spread", "later"];

for (const action of ACTIONS) {
  const [leastMs, windowMs] = { back_off: [0, 500], renew: [0, 500], spread: [0, 10_000], later: [5_000, 5_000] }[
    action as "renew"
  ]!;
  Deno.test(`chooseDelay() for "${action}" draws from ${leastMs} ms to ${leastMs! + windowMs!} ms at first`, () => {
    const delays = [0, 0.25, 1].map((drawn) => chooseDelay(action, 0, undefined, policyOf(), () => drawn));

    assertEquals(delays, [0, 0.25, 1].map((drawn) => leastMs! + drawn * windowMs!));
  });

  Deno.test(`chooseDelay() for "${action}" with advice draws its range on top of the advice`, () => {
    const delays = [0, 1].map((drawn) => chooseDelay(action, 0, 7_000, policyOf(), () => drawn));

    assertEquals(delays, [7_000, 7_000 + windowMs!]);
  });
}

Deno.test("chooseDelay() follows advice for an hour at most", () => {
  assertEquals(chooseDelay("back_off", 0, 1e15, policyOf(), () => 0), MAX_ADVICE_MS);
});

Deno.test("chooseDelay() is a number however long a bound of 0 has grown", () => {
  assertEquals(chooseDelay("back_off", 5_000, undefined, policyOf({ baseDelayMs: 0 }), half), 0);
});

Deno.test("chooseDelay() stays within 0 and the cap for any policy and any retry", () => {
  fc.assert(
    fc.property(
      fc.record({
        baseDelayMs: fc.integer({ min: 0, max: 100_000 }),
        factor: fc.double({ min: 0, max: 100, noNaN: true }),
        maxDelayMs: fc.integer({ min: 0, max: 1_000_000 }),
      }),
      fc.nat(5_000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (options, retries, drawn) => {
        const delayMs = chooseDelay("back_off", retries, undefined, policyOf(options), () => drawn);
        assert(delayMs >= 0 && delayMs <= options.maxDelayMs, `${delayMs} ms`);
      },
    ),
  );
});

Deno.test("chooseDelay() never comes before the advice, and at most its window later", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ACTIONS),
      fc.nat(100),
      fc.nat(MAX_ADVICE_MS),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (action, retries, retryAfterMs, drawn) => {
        const delayMs = chooseDelay(action, retries, retryAfterMs, policyOf(), () => drawn);
        assert(delayMs >= retryAfterMs && delayMs <= retryAfterMs + 30_000, `${delayMs} ms`);
      },
    ),
  );
});
