/**
 * Reads for whom a broadcast is. What is no list of names is refused: taken for nothing, it would show everybody what is
 * meant for a few.
 *
 * @module
 */

import { OptionChecks } from "../internal/checks.ts";
import { refusePromise } from "./guard.ts";
import type { BroadcastOptions } from "./types.ts";

/** For whom a broadcast is, by names. */
export interface NamedAudience {
  /** The rooms whose members get it; `undefined` for everybody. */
  readonly rooms: readonly string[] | undefined;
  /** The ids of those left out. */
  readonly except: readonly string[];
  /** The rooms whose members are left out. */
  readonly exceptRooms: readonly string[];
}

const NONE: readonly string[] = [];
const checks = new OptionChecks("broadcast");

/**
 * Reads the options of a broadcast. A `room` that is there and `undefined` is a mistake, and not everybody.
 *
 * @throws {TypeError} If a name is none.
 */
export function readAudience<Data>(options: BroadcastOptions<Data>): NamedAudience {
  const { room, except, exceptRoom } = options;
  return {
    rooms: "room" in options ? readNames("room", room) : undefined,
    except: except === undefined ? NONE : readNames("except", except),
    exceptRooms: exceptRoom === undefined ? NONE : readNames("exceptRoom", exceptRoom),
  };
}

/**
 * Takes what `where` said of a connection.
 *
 * @throws {TypeError} If it is a promise, which would say yes for everybody.
 */
export function isPicked(answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  refusePromise('"where"', answer);
  return Boolean(answer);
}

function readNames(name: string, value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw checks.failure(name, "be a string or an array of strings, or be left out", value);
}
