/**
 * One row of the table of hostile inputs, and how its input is played.
 *
 * @module
 */

import { type ConfigurationName, welcomeHeaders } from "./configurations.ts";
import type { ServerEvent } from "./control.ts";
import { DeadlineError } from "./deadline.ts";
import { type Expectation, PROBE } from "./expectations.ts";
import { closeFrame, type Frame, OPCODE, textFrame, textOf } from "./frames.ts";
import { encodeHandshake, type HandshakeOptions } from "./handshake.ts";
import type { Outcome } from "./outcome.ts";
import { ANSWER_DEADLINE_MS, type EndKind, RawPeer } from "./raw_peer.ts";
import type { ServerProcess } from "./server_process.ts";

/** The transports that the tables can be run against; what they must answer may differ. */
export type TransportName = "native" | "node";

/** What every row says. */
interface CaseBase {
  /** As in BAD_INPUT, section 2, with a letter where one number stands for several inputs. */
  readonly id: string;
  readonly title: string;
  /** The server to run against; `default` when omitted. */
  readonly configuration?: ConfigurationName;
  /** Nothing else may run at the same time, because time or a shared figure is measured. */
  readonly runsAlone?: boolean;
  /**
   * The runtime keeps a socket for ever when a peer resets the connection between its handshake and the 101, so that open
   * files are not counted. Runs alone.
   */
  readonly mayLeaveFiles?: boolean;
  /** One expectation where the transports agree, else one for each. */
  readonly expect: Expectation | Readonly<Record<TransportName, Expectation>>;
}

/** A handshake; if it succeeds, a probe shows that the connection is served. */
export interface RequestCase extends CaseBase {
  readonly request: HandshakeOptions | ((target: Target) => HandshakeOptions);
}

/** Bytes that follow a correct handshake. */
export interface FramesCase extends CaseBase {
  /** Pieces, written one by one. */
  readonly frames: readonly Uint8Array[];
  /**
   * The connection is expected to end. Otherwise a probe follows the pieces and shows that the connection is served; here it
   * would be in the way, as the native transport may lose its close frame when more frames come in.
   */
  readonly isLast?: boolean;
}

/** Anything that a table cannot say. */
export interface ScriptCase extends CaseBase {
  readonly script: (target: Target) => Promise<Outcome>;
}

/** One row of a table. */
export type HostileCase = RequestCase | FramesCase | ScriptCase;

/** The server that a case runs against, and what belongs to this case of it. */
export class Target {
  /** The request target that carries the case's id, so that what the server saw can be told apart. */
  readonly path: string;
  readonly host: string;

  readonly #configuration: ConfigurationName;

  /** A case that may be played again on the same server says which `play` it is, so that each has its own events. */
  constructor(readonly server: ServerProcess, id: string, configuration: ConfigurationName, play?: string) {
    this.#configuration = configuration;
    this.path = `/ws?case=${encodeURIComponent(id)}${play === undefined ? "" : `&play=${play}`}`;
    this.host = `${server.address.hostname}:${server.address.port}`;
  }

  /** Opens a TCP connection, from the given one of this machine's own addresses where that matters. */
  connect(localAddress?: string): Promise<RawPeer> {
    return RawPeer.connect(this.server.address, localAddress);
  }

  /** Opens a WebSocket as the configuration wants it. The caller disposes of it. */
  async open(options: HandshakeOptions = {}): Promise<RawPeer> {
    const headers = { ...await welcomeHeaders(this.#configuration, this.host), ...options.headers };
    const peer = await this.connect();
    await peer.write(this.handshake({ ...options, headers }));
    const head = await peer.nextResponse();
    if (head?.status === 101) return peer;
    peer[Symbol.dispose]();
    throw new Error(`Cannot open a connection: the answer is ${head?.status ?? "missing"}`);
  }

  /** The bytes of a handshake. */
  handshake(options: HandshakeOptions = {}): Uint8Array<ArrayBuffer> {
    return encodeHandshake(this.host, { target: this.path, ...options });
  }

  /** Waits for what a handler on the server saw of this case's connection. */
  event(kind: ServerEvent["kind"], deadlineMs?: number): Promise<ServerEvent> {
    return this.server.event((event) => event.kind === kind && event.target === this.path, deadlineMs);
  }

  /** The same, for the `count`th of them. */
  eventNumber(kind: ServerEvent["kind"], count: number): Promise<ServerEvent> {
    return this.server.eventNumber((event) => event.kind === kind && event.target === this.path, count);
  }

  /** What the handlers on the server have seen of this case's connections so far. */
  events(): readonly ServerEvent[] {
    return this.server.events.filter((event) => event.target === this.path);
  }
}

/** Plays a case's input and tells what came of it. */
export async function play(hostile: HostileCase, server: ServerProcess): Promise<Outcome> {
  const { id, configuration = "default" } = hostile;
  const target = new Target(server, id, configuration, crypto.randomUUID().slice(0, 8));
  if ("script" in hostile) return await hostile.script(target);
  if ("request" in hostile) return await playRequest(target, hostile.request);
  using peer = await target.open();
  if (!hostile.isLast) return await exchange(peer, ...hostile.frames);
  for (const piece of hostile.frames) await peer.write(piece);
  return await collect(peer);
}

/** Sends a handshake and, if it succeeds, a probe; leaves politely. */
export async function playRequest(target: Target, request: RequestCase["request"]): Promise<Outcome> {
  const options = typeof request === "function" ? request(target) : request;
  using peer = await target.connect();
  await peer.write(target.handshake(options));
  const sentAt = performance.now();
  const head = await peer.nextResponse({ hasBody: options.method !== "HEAD" });
  const answeredAfterMs = performance.now() - sentAt;
  if (head?.status !== 101) return { head, frames: [], end: peer.end, answeredAfterMs };
  const { frames, end } = await exchange(peer);
  return { head, frames, end, answeredAfterMs };
}

/**
 * Writes pieces to an open connection, one TCP segment each where the kernel allows it, then a probe, and collects what
 * comes back until the probe's echo or the end. A close is answered; an open connection is left politely.
 */
export async function exchange(peer: RawPeer, ...pieces: readonly Uint8Array[]): Promise<Outcome> {
  for (const piece of pieces) await peer.write(piece);
  await peer.write(textFrame(PROBE));
  const { frames, end } = await collect(peer);
  if (end === undefined) await peer.leave();
  return { frames, end };
}

/** Reads frames until the probe's echo, the end of the connection, or a silence that is too long. */
export async function collect(
  peer: RawPeer,
  deadlineMs: number = ANSWER_DEADLINE_MS,
  probe: string = PROBE,
): Promise<{ frames: Frame[]; end: EndKind | undefined }> {
  const frames: Frame[] = [];
  try {
    while (true) {
      const frame = await peer.nextFrame(deadlineMs);
      if (frame === undefined) return { frames, end: peer.end };
      frames.push(frame);
      if (frame.opcode === OPCODE.text && textOf(frame) === probe) return { frames, end: undefined };
      if (frame.opcode === OPCODE.close) await peer.write(closeFrame(1000));
    }
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    return { frames, end: peer.end };
  }
}

/** What a case must come to on this transport. */
export function expectationOf(hostile: HostileCase, transport: TransportName): Expectation {
  return "complaint" in hostile.expect ? hostile.expect : hostile.expect[transport];
}
