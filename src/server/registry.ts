/**
 * Which connections there are, and how many places they and those to come take up, in all and by address.
 *
 * @module
 */

import { LinkedList } from "../internal/linked_list.ts";
import type { ServerConnection } from "./connection.ts";
import { NO_SEAT, Roster } from "./roster.ts";

/** Why no place was given. */
export type FullReason = "full" | "too_many_connections";

/** How many places there are. */
export interface RegistryLimits {
  /** Places in all. */
  readonly maxConnections: number;
  /** Places for one address. */
  readonly maxConnectionsPerAddress: number;
}

/**
 * Connections by id, and places.
 *
 * A place is taken when a request passed its checks and given back when its connection ended or never opened; a
 * connection is among the entries exactly while we mean to talk to it, which is shorter.
 */
export class Registry<Data> {
  readonly #limits: RegistryLimits;
  readonly #connections = new LinkedList<ServerConnection<Data>>();
  /** The same connections for those who send. */
  readonly roster: Roster<Data> = new Roster<Data>();
  /** Those whose id was read: nobody can ask for the others. */
  readonly #byId = new Map<string, ServerConnection<Data>>();
  readonly #byAddress = new Map<string, number>();
  #places = 0;
  #peak = 0;

  /** Makes an empty registry. */
  constructor(limits: RegistryLimits) {
    this.#limits = limits;
  }

  /** Open connections. */
  get size(): number {
    return this.#connections.size;
  }

  /** The most that were open at once. */
  get peak(): number {
    return this.#peak;
  }

  /** Places taken, by open connections and others. */
  get places(): number {
    return this.#places;
  }

  /** How many addresses hold a place. */
  get addresses(): number {
    return this.#byAddress.size;
  }

  /** Why there is no place for `address`; `undefined` when there is one. */
  whyFull(address: string): FullReason | undefined {
    if (address !== "" && (this.#byAddress.get(address) ?? 0) >= this.#limits.maxConnectionsPerAddress) {
      return "too_many_connections";
    }
    return this.#places >= this.#limits.maxConnections ? "full" : undefined;
  }

  /** Takes a place for `address`. */
  takePlace(address: string): void {
    this.#places++;
    if (address !== "") this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
  }

  /** Gives a place of `address` back. */
  giveBack(address: string): void {
    this.#places--;
    if (address === "") return;
    const count = (this.#byAddress.get(address) ?? 0) - 1;
    if (count > 0) this.#byAddress.set(address, count);
    else this.#byAddress.delete(address);
  }

  /** Adds an open connection. */
  add(connection: ServerConnection<Data>): void {
    this.#connections.add(connection);
    this.roster.add(connection);
    if (connection.hasId) this.#byId.set(connection.id, connection);
    if (this.#connections.size > this.#peak) this.#peak = this.#connections.size;
  }

  /** Removes a connection, and tells whether it was there. */
  remove(connection: ServerConnection<Data>): boolean {
    // One that goes on with a session has the id of the connection before.
    if (connection.hasId && this.#byId.get(connection.id) === connection) this.#byId.delete(connection.id);
    this.roster.remove(connection);
    return this.#connections.remove(connection);
  }

  /** Makes a connection findable by its id, which was read for the first time. */
  name(connection: ServerConnection<Data>): void {
    if (connection.seat !== NO_SEAT) this.#byId.set(connection.id, connection);
  }

  /** Finds an open connection. */
  get(id: string): ServerConnection<Data> | undefined {
    return this.#byId.get(id);
  }

  /** The open connections of this moment, oldest first; one that goes before its turn comes is not met. */
  values(): Generator<ServerConnection<Data>, void> {
    return this.#connections.values();
  }
}
