/**
 * What the kinds of peers differ in: what they say, and how they count what they hear. Types only.
 *
 * @module
 */

/** What kind of peer the connections are; gathering peers are managed ones that put what they send at once into one frame. */
export type PeerKind = "plain" | "managed" | "gathering" | "socket.io";

/** What the echo load exchanges. */
export type Exchange = "message" | "request";

/** How one kind of peers talks. One object serves all connections, which it knows by their descriptors. */
export interface Dialect {
  /** Path and query of the upgrade. */
  readonly path: string;
  /** The subprotocol that is asked for, if any. */
  readonly protocol?: string;
  /** Bytes of a frame with the application's message; absent where frames differ. */
  readonly messageFrameBytes?: number;
  /** The upgrade was answered; tells whether the peer is open, or has to wait for {@linkcode Line.opened}. */
  greet(fd: number): boolean;
  /** A load begins: its first messages are compared byte for byte. */
  compare(): void;
  /** Whether messages have been compared and may be counted by their sizes from here on. */
  readonly hasCompared: boolean;
  /** Handles the payload of a frame with text, and gives the number of application messages in it. */
  take(fd: number, bytes: Uint8Array<ArrayBuffer>, from: number, to: number): number;
  /** What was read has been handled; what the protocol owes for it can be sent. */
  settle?(fd: number): void;
  /** Sends the message that comes back, so many times. */
  echo(fd: number, count: number): void;
  /** Asks for so many broadcasts. */
  broadcast(fd: number, count: number): void;
  /** The connection has ended. */
  forget(fd: number): void;
}

/** What a dialect may do. */
export interface Line {
  /** Sends the first `length` bytes. */
  send(fd: number, bytes: Uint8Array<ArrayBuffer>, length: number): void;
  /** The peer is open. */
  opened(fd: number): void;
  /** A ping was answered. */
  pinged(): void;
}
