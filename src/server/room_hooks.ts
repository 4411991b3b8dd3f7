/**
 * Calls the hooks of rooms: who has come in, and who is out.
 *
 * @module
 */

import type { ServerConnection } from "./connection.ts";
import type { Guard } from "./guard.ts";
import type { RoomRules } from "./room_rules.ts";

/** Tells the rules of rooms. Nothing waits for what they do, and nothing that they throw gets out. */
export class RoomHooks<Data> {
  readonly #rules: RoomRules<Data>;
  readonly #guard: Pick<Guard<Data>, "report" | "run">;

  /** Puts the part together. */
  constructor(rules: RoomRules<Data>, guard: Pick<Guard<Data>, "report" | "run">) {
    this.#rules = rules;
    this.#guard = guard;
  }

  /** A connection has come into a room, with what its peer said, if it had asked. */
  joined(connection: ServerConnection<Data>, room: string, data: unknown): void {
    const rules = this.#rules;
    const found = rules.hasHooks ? rules.find(room) : undefined;
    if (found?.rule.onJoin === undefined) return;
    const { rule, params } = found;
    this.#run(connection, () => rule.onJoin!({ connection, room, params, data }));
  }

  /** A connection is out of a room. */
  left(connection: ServerConnection<Data>, room: string): void {
    const rules = this.#rules;
    const found = rules.hasHooks ? rules.find(room) : undefined;
    if (found?.rule.onLeave === undefined) return;
    const { rule, params } = found;
    this.#run(connection, () => rule.onLeave!({ connection, room, params }));
  }

  /** A connection is out of these rooms. In a turn of their own: this may be a loop over members, in the middle of a broadcast. */
  leftAll(connection: ServerConnection<Data>, rooms: readonly string[]): void {
    if (rooms.length === 0 || !this.#rules.hasHooks) return;
    queueMicrotask(() => {
      for (const room of rooms) this.left(connection, room);
    });
  }

  #run(connection: ServerConnection<Data>, hook: () => unknown): void {
    const guard = this.#guard;
    guard.run(connection, hook)?.catch((error) => guard.report(connection, error));
  }
}
