/**
 * The load of a storm: peers lose their connections at one moment, and come back at one moment to what they have missed.
 *
 * @module
 */

import type { JoinCommand, Measured, ReturnCommand } from "./commands.ts";
import type { ManagedDialect } from "./managed_dialect.ts";
import { drain, Meter } from "./meter.ts";
import type { Peers } from "./peers.ts";
import type { Session } from "./session.ts";

/** The peers of one server and what they remember between two connections. */
export class Storm {
  readonly #peers: Peers;
  readonly #dialect: ManagedDialect;
  readonly #server: number;
  #away: Session[] = [];

  constructor(peers: Peers, dialect: ManagedDialect, server: number) {
    this.#peers = peers;
    this.#dialect = dialect;
    this.#server = server;
  }

  /** Every open peer joins a room; neighbours share one where there are more peers than rooms. */
  join({ rooms }: JoinCommand): void {
    const before = this.#dialect.replies;
    const fds = [...this.#peers.open];
    for (const [index, fd] of fds.entries()) this.#dialect.join(fd, index % rooms);
    drain(this.#peers, () => this.#dialect.replies - before === fds.length);
    for (const fd of this.#peers.open) {
      if (!this.#dialect.session(fd).canResume) throw new Error("A server keeps no sessions");
    }
  }

  /** Resets every connection. */
  cut(): void {
    for (const fd of [...this.#peers.open]) {
      this.#away.push(this.#dialect.session(fd));
      this.#peers.drop(fd);
    }
  }

  /** Everybody comes back: from the first connection until the last message that was missed. A unit is one peer. */
  comeBack({ parallel, missed }: ReturnCommand): Measured {
    const [peers, dialect, returning] = [this.#peers, this.#dialect, this.#away];
    const meter = new Meter(peers, this.#server);
    const receivedBy = new Map<number, number>();
    let started = 0;
    let received = 0;
    peers.events = {
      messages(fd, count) {
        receivedBy.set(fd, (receivedBy.get(fd) ?? 0) + count);
        received += count;
      },
    };
    // Everything is compared, positions too: a second copy of a message does not count.
    dialect.compare(Infinity);

    meter.begin(0);
    drain(peers, () => {
      while (started < returning.length && peers.opening < parallel) {
        dialect.resume(peers.start(), returning[started++]!);
      }
      return received >= returning.length * missed;
    });
    meter.end(returning.length);

    for (const fd of peers.open) {
      if (receivedBy.get(fd) !== missed) {
        throw new Error(`A peer has received ${receivedBy.get(fd)} of ${missed} messages`);
      }
    }
    this.#away = [];
    return meter.result();
  }
}
