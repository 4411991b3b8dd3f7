/**
 * Who is in a place: each person once, also who is away for a moment, and whatever number of sessions they have there. A page
 * that was loaded anew has two for a while: its own, and the one before.
 */

import { foldName } from "./input.ts";
import type { Visitor } from "./sign_in.ts";

/** A session: a connection has one, and it goes on for a while without. */
export interface Guest {
  readonly id: string;
  readonly data: Visitor;
}

interface Person {
  readonly data: Visitor;
  readonly sessions: Set<string>;
}

/** The people in a place. */
export class Presence {
  readonly #people = new Map<string, Person>();

  /** How many there are. */
  get size(): number {
    return this.#people.size;
  }

  /** Their names, as they are written. */
  get names(): string[] {
    return [...this.#people.values()].map(({ data }) => data.claims.name);
  }

  /** Finds somebody by the name in the form in which names are compared. */
  find(user: string): Visitor | undefined {
    return this.#people.get(user)?.data;
  }

  /** A session is here. Tells whether its person was not. */
  add({ id, data }: Guest): boolean {
    const user = userOf(data);
    const person = this.#people.get(user);
    if (person === undefined) this.#people.set(user, { data, sessions: new Set([id]) });
    else person.sessions.add(id);
    return person === undefined;
  }

  /** A session is not here any more. Tells whether its person has gone with it. */
  remove({ id, data }: Guest): boolean {
    const user = userOf(data);
    const sessions = this.#people.get(user)?.sessions;
    return sessions !== undefined && sessions.delete(id) && sessions.size === 0 && this.#people.delete(user);
  }
}

function userOf({ claims }: Visitor): string {
  return foldName(claims.name);
}
