/**
 * Group A of the hostile inputs: tokens, shown in the handshake and, by managed peers, in the hello.
 *
 * The tokens themselves are those of the table that the tests of `jwt()` have.
 *
 * @module
 */

import { type TokenCase, TOKENS } from "../auth/tokens.ts";
import {
  all,
  closed,
  dropped,
  either,
  type Expectation,
  fact,
  factAtMost,
  refused,
  upgraded,
} from "./harness/expectations.ts";
import type { ScriptCase } from "./harness/hostile_case.ts";
import {
  authorization,
  showInHandshake,
  showInHello,
  UNAUTHORIZED,
  UNAUTHORIZED_IN_BAND,
  WELCOMED,
} from "./harness/sign_in_cases.ts";

/** A token that is more than a frame may hold, or than a handshake. */
const ENORMOUS = ["A20", "A36c"];

function configurationOf({ isLenient = false }: TokenCase): ScriptCase["configuration"] & string {
  return isLenient ? "signed_in_leniently" : "signed_in";
}

/** The token in the Authorization header. */
function inHandshake(row: TokenCase): ScriptCase {
  return {
    id: row.id,
    title: row.title,
    configuration: configurationOf(row),
    script: (target) =>
      withAttacker(async (attacker) => {
        const token = await row.token(nowS(), attacker);
        return await showInHandshake(target, token, { headers: authorization(token) });
      }),
    expect: all(asked(0), expectationInHandshake(row)),
  };
}

/** The token in the hello. */
function inHello(row: TokenCase): ScriptCase {
  return {
    id: `${row.id}-hello`,
    title: `${row.title}, in the hello`,
    configuration: configurationOf(row),
    script: (target) => withAttacker(async (attacker) => await showInHello(target, await row.token(nowS(), attacker))),
    expect: all(asked(0), expectationInHello(row)),
  };
}

function expectationInHandshake({ id, expect }: TokenCase): Expectation {
  // The runtime answers by itself, and resets with most of the megabyte unread: that may overtake its answer.
  if (ENORMOUS.includes(id)) return all(either(refused([400, 431]), dropped()), fact("isLogged", false));
  return expect === "accepted" ? all(upgraded(), fact("isLogged", false)) : UNAUTHORIZED;
}

function expectationInHello({ id, expect }: TokenCase): Expectation {
  if (ENORMOUS.includes(id)) return all(closed(1009), fact("isLogged", false));
  return expect === "accepted" ? all(WELCOMED, fact("isLogged", false)) : UNAUTHORIZED_IN_BAND;
}

function nowS(): number {
  return Math.floor(Date.now() / 1000);
}

/** Plays a case while an attacker's server waits for somebody to fetch keys, and tells how many did. */
async function withAttacker<T extends { readonly facts?: Readonly<Record<string, unknown>> }>(
  script: (attacker: string) => Promise<T>,
): Promise<T> {
  let asked = 0;
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const listening = (async () => {
    for await (const connection of listener) {
      asked++;
      connection.close();
    }
  })();
  try {
    const outcome = await script(`http://127.0.0.1:${listener.addr.port}`);
    return { ...outcome, facts: { ...outcome.facts, asked } };
  } finally {
    listener.close();
    await listening;
  }
}

function asked(times: number): Expectation {
  return factAtMost("asked", times);
}

/** All tokens, both ways. */
export const GROUP_A: readonly ScriptCase[] = [
  ...TOKENS.filter(({ hasLineEnds = false }) => !hasLineEnds).map(inHandshake),
  ...TOKENS.map(inHello),
];
