/**
 * Which connections belong to which user, and how many one may have.
 *
 * @module
 */

import { Phase, type ServerConnection } from "./connection.ts";
import type { WhenUserFull } from "./sign_in_types.ts";

/** How many connections one user may have. */
export interface UserLimits {
  /** Connections of one user. */
  readonly maxConnectionsPerUser: number;
  /** What happens to one more. */
  readonly whenUserFull: WhenUserFull;
}

/**
 * Connections by user: those that are open, and those that were let in and are not open yet. Whoever is in here is found
 * by a revocation.
 */
export class Users<Data> {
  readonly #limits: UserLimits;
  readonly #connections = new Map<string, Set<ServerConnection<Data>>>();

  /** Makes an index without users. */
  constructor(limits: UserLimits) {
    this.#limits = limits;
  }

  /** How many users there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Whether this user may have no more connections. */
  isFull(userId: string): boolean {
    const { maxConnectionsPerUser, whenUserFull } = this.#limits;
    if (whenUserFull === "replace") return false;
    return (this.#connections.get(userId)?.size ?? 0) >= maxConnectionsPerUser;
  }

  /** Adds a connection that was let in. */
  add(userId: string, connection: ServerConnection<Data>): void {
    const own = this.#connections.get(userId);
    if (own === undefined) this.#connections.set(userId, new Set([connection]));
    else own.add(connection);
  }

  /** Removes a connection. A user without connections is none. */
  remove(userId: string, connection: ServerConnection<Data>): void {
    const own = this.#connections.get(userId);
    own?.delete(connection);
    if (own?.size === 0) this.#connections.delete(userId);
  }

  /** All connections of a user, a copy: whoever goes through them may end them. */
  all(userId: string): ServerConnection<Data>[] {
    return [...this.#connections.get(userId) ?? []];
  }

  /** The open connections of a user, a copy. */
  of(userId: string): ServerConnection<Data>[] {
    return this.all(userId).filter(({ phase }) => phase === Phase.OPEN);
  }

  /** A connection has opened: the user's oldest ones that have to go for it. */
  surplusAfter(userId: string, newest: ServerConnection<Data>): ServerConnection<Data>[] {
    const { maxConnectionsPerUser, whenUserFull } = this.#limits;
    if (whenUserFull !== "replace") return [];
    // From now on it stands behind those that opened before it, whoever was let in first.
    this.remove(userId, newest);
    this.add(userId, newest);
    const open = this.of(userId);
    return open.slice(0, Math.max(0, open.length - maxConnectionsPerUser));
  }
}
