/**
 * A case that is judged by the lines that a server has logged meanwhile.
 *
 * @module
 */

import { all, type Expectation, fact } from "./expectations.ts";
import type { HostileCase, Target } from "./hostile_case.ts";

/** A line that nobody has broken, forged or hidden something in. */
const WHOLE_LINE =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:DEBUG|INFO|WARNING|ERROR|FATAL) switchboard\.(?:server|access) [^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u;
/** What begins a line of this log, as a peer would forge it. */
export const FORGED = "2030-01-01T00:00:00.000Z INFO switchboard.server connection forged";
/** A line may be cut texts, the places of an error, and little more. */
const MAX_LINE = 4_096;

/** Does something, and waits until the server has logged a line with this text in it. */
export interface Logged {
  readonly id: string;
  readonly title: string;
  readonly act: (target: Target) => Promise<unknown>;
  /** Texts that must stand in the log, each in a line of its own or not. */
  readonly shows: readonly string[];
  /** Texts that must not stand in the log. */
  readonly hides?: readonly string[];
}

/** A case in which every line must be whole, and show and hide what it should. */
export function logged({ id, title, act, shows, hides = [] }: Logged): HostileCase {
  return {
    id,
    title,
    configuration: "logged",
    runsAlone: true, // lines are told apart by when they are written
    script: async (target) => {
      const { server } = target;
      const from = server.printed.length;
      await act(target);
      for (const text of shows) await server.line((line) => line.includes(text), from);
      await server.settle(1, { deadlineMs: 3_000 });
      const lines = server.printed.slice(from);
      const facts = {
        broken: lines.filter((line) => !WHOLE_LINE.test(line)),
        long: lines.filter(({ length }) => length > MAX_LINE).length,
        forged: lines.filter((line) => line.startsWith(FORGED)).length,
        leaked: hides.filter((text) => lines.some((line) => line.includes(text))),
        isLogged: lines.length > 0,
      };
      return { frames: [], end: undefined, facts };
    },
    expect: CLEAN,
  };
}

const CLEAN: Expectation = all(
  fact("broken", []),
  fact("long", 0),
  fact("forged", 0),
  fact("leaked", []),
  fact("isLogged", true),
);
