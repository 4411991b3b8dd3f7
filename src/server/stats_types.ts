/**
 * The figures of a server that users meet.
 *
 * @module
 */

/** Figures of a server. */
export interface WebSocketStats {
  /** Open connections. */
  readonly connections: number;
  /** The most that were open at once. */
  readonly peakConnections: number;
  /** Connections opened since the start. */
  readonly totalConnections: number;
  /** Requests being checked or upgraded, and sockets not open yet. */
  readonly connecting: number;
  /** Requests that wait for a place, see `whenFull`. */
  readonly waiting: number;
  /** Connections whose closing handshake is under way. */
  readonly closing: number;
  /** Sockets given up that the runtime still holds, because the peer neither reads nor answers. */
  readonly zombies: number;
  /** Requests refused since the start: by the handshake, origin, limits, or while stopping. */
  readonly refused: number;
  /** Messages received and handed out since the start. */
  readonly totalMessages: number;
  /** The same as `totalMessages`, for who looks for it under this name. */
  readonly messagesReceived: number;
  /** Messages handed to sockets since the start, one for each receiver. */
  readonly messagesSent: number;
  /** Messages not handed over because too much was waiting, one for each receiver. */
  readonly messagesDropped: number;
  /** Messages for which there was no handler, since the start. */
  readonly messagesUnhandled: number;
  /** Rooms with at least one member. */
  readonly rooms: number;
  /** Sessions whose clients are away and may come back. */
  readonly suspended: number;
  /** Connections that went on with a session, since the start. */
  readonly resumed: number;
  /** Connections that wanted to and could not, as the session was over, since the start. */
  readonly notResumed: number;
  /** Logs of rooms. */
  readonly logs: number;
  /** Bytes (characters for text) kept in logs, and for single clients that may come back. */
  readonly logBytes: number;
  /** Errors given to `onError` since the start. */
  readonly errors: number;
  /** Peers closed by the heartbeat, the idle timeout or as stuck writers, since the start. */
  readonly timeouts: number;
  /** When the server was made. */
  readonly startTime: Date;
  /** How long that is ago, in milliseconds. */
  readonly uptimeMs: number;
}
