/**
 * Counters, bumped in place where the fact happens. The snapshot is the only allocation.
 *
 * @module
 */

/** What is counted; plain fields, as some are bumped for every message. */
export class Counters {
  /** Connections opened. */
  opened = 0;
  /** Requests refused. */
  refused = 0;
  /** Messages received. */
  received = 0;
  /** Messages handed to sockets. */
  sent = 0;
  /** Messages thrown away because too much was waiting. */
  dropped = 0;
  /** Messages for which there was no handler. */
  unhandled = 0;
  /** Errors given to `onError`. */
  errors = 0;
  /** Peers taken for dead, idle or stuck. */
  timeouts = 0;
  /** Connections that went on with a session. */
  resumed = 0;
  /** Connections that wanted to, and could not. */
  notResumed = 0;
  /** Connections whose closing handshake is under way. */
  closing = 0;
  /** Sockets given up that the runtime still holds. */
  zombies = 0;
}
