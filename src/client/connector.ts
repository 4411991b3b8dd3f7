/**
 * One connection from its first thought to its end: asks for url, protocols and headers, opens a socket, lets the
 * dialect set it up, watches that the server is there, and closes; each step against a deadline.
 *
 * It ends exactly once, and what its socket does afterwards changes nothing. Whether another connection follows is not
 * decided here.
 *
 * @module
 */

import { ConnectFailedError, ConnectionClosedError, ConnectTimeoutError, ProtocolError } from "../errors.ts";
import { OPEN, type SocketEvent, type SocketEventType, type SocketLike } from "../internal/socket_like.ts";
import { cutReason } from "../protocol/close_codes.ts";
import type { Payload } from "../protocol/codec.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ClientDialect, Link, LinkSetup } from "./dialect.ts";
import { type Keepalive, keepAlive } from "./keepalive.ts";
import { toError } from "./misuse.ts";
import { type ClientOptions, resolveUrl } from "./options.ts";
import { createAlarm } from "./platform.ts";
import { exceeds } from "./size.ts";
import type { ClientAttempt, Provider } from "./types.ts";

/** How a connection ended, or that it never came about. */
export interface ConnectionEnd {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** What ended it. Always there when it never was open. */
  readonly error: Error | undefined;
  /** When the server wants to be asked again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Whom a connection tells. */
export interface ConnectionListener {
  /** Messages can be sent from now on. */
  opened(): void;
  /** A message for the application, and how many bytes of its frame are accounted to it. */
  message(message: WebSocketMessage, bytes: number): void;
  /** It is over. */
  ended(end: ConnectionEnd): void;
}

/** One connection. */
export interface Connection {
  /** Whether a message that is sent now goes out. */
  readonly isOpen: boolean;
  /** Bytes handed to the socket that the operating system has not accepted. */
  readonly bufferedAmount: number;
  /** The subprotocol that the server chose, `""` for none. */
  readonly protocol: string;
  /** The id that the server knows this connection by. */
  readonly connectionId: string | undefined;
  /** Whether the session of the connection before goes on. */
  readonly resumed?: boolean;
  /** The largest frame that the server takes, in bytes. */
  readonly maxSendBytes: number;
  /** The round-trip time measured last, in milliseconds. */
  readonly latencyMs: number | undefined;
  /** Hands a frame to the socket. */
  send(frame: Payload): void;
  /** Looks whether the server is still there, at once. */
  probe(): void;
  /** Closes, and ends when the server has answered, or after `closeTimeoutMs` without an answer. */
  close(code: number, reason: string): void;
}

// Numbers in place of the object CloseCode, which would bring all its names into every page.
const PROTOCOL_ERROR = 1002;
const ABNORMAL = 1006;
const TOO_BIG = 1009;
const BAD_MESSAGE = 4400;
const TIMEOUT = 4408;

const SOCKET_EVENTS: readonly SocketEventType[] = ["open", "message", "error", "close"];

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** Begins to connect. Its parts share what they know of one connection, and are functions in here for that. */
export function openConnection(
  options: ClientOptions,
  dialect: ClientDialect,
  attempt: ClientAttempt,
  listener: ConnectionListener,
): Connection {
  const { platform, connectTimeoutMs } = options;
  const deadline = createAlarm(platform);
  /** There is none until url, protocols and headers are known. */
  let socket: SocketLike | undefined;
  let offered: readonly string[] = [];
  let isReady = false;
  let isOver = false;
  let keepalive: Keepalive | undefined;
  /** The dialect's part: takes the frames of this connection apart. */
  let take: (frame: Payload) => void;
  /** What remains of the frame that is being read, to be accounted to its first message. */
  let frameBytes = 0;
  /** What we closed with. */
  let farewell: Pick<ConnectionEnd, "code" | "reason" | "error"> | undefined;
  /** What the server said about the end before it came. */
  let advice: Partial<Pick<ConnectionEnd, "error" | "retryAfterMs">> = {};
  /** What the runtime said about a failure. */
  let failure = "";

  const link: Mutable<Connection & Link> = {
    options,
    protocol: "",
    maxSendBytes: Infinity,
    latencyMs: undefined,
    connectionId: undefined,
    get isOpen() {
      return isReady && !farewell && socket!.readyState === OPEN;
    },
    get bufferedAmount() {
      return socket?.bufferedAmount ?? 0;
    },
    send(frame) {
      if (socket!.readyState === OPEN) socket!.send(frame);
    },
    probe: () => keepalive?.probe(),
    close,
    ready,
    message(message) {
      const bytes = frameBytes;
      frameBytes = 0;
      if (!farewell && !isOver) listener.message(message, bytes);
    },
    pong(data) {
      const latencyMs = keepalive?.pong(data);
      link.latencyMs = latencyMs ?? link.latencyMs;
      return latencyMs !== undefined;
    },
    advise(retryAfterMs, error) {
      advice = { retryAfterMs, error };
    },
    fail: (error, code) => close(code, error.message, error),
    failLate: (error, code, timeoutMs) => deadline(timeoutMs, () => abandon(error, code)),
  };

  const text = `Cannot connect: not open within ${connectTimeoutMs} ms`;
  link.failLate(new ConnectTimeoutError(text, "open", connectTimeoutMs), ABNORMAL, connectTimeoutMs);
  ask();
  return link;

  /** Asks for everything that an attempt needs, then opens the socket. */
  async function ask(): Promise<void> {
    try {
      const [url, protocols, headers] = await Promise.all([
        give(options.url, attempt),
        give(options.protocols ?? [], attempt),
        give(options.headers, attempt),
      ]);
      if (isOver) return;
      offered = [...new Set([...dialect.subprotocols, ...[protocols].flat()])];
      socket = platform.connect(resolveUrl(url), offered, headers ?? undefined);
      socket.binaryType = "arraybuffer";
      for (const type of SOCKET_EVENTS) socket.addEventListener(type, { handleEvent });
    } catch (cause) {
      end(ABNORMAL, "", false, new ConnectFailedError(`Cannot connect: ${toError(cause).message}`, { cause }));
    }
  }

  /** Takes the events of the socket. Never throws: on Deno that would end the process. */
  function handleEvent(event: SocketEvent): void {
    const { type, message } = event;
    // Once we closed, only the end is of interest.
    if (isOver || (farewell && type !== "close")) return;
    if (type === "open") opened();
    else if (type === "message") received(event.data);
    // A close follows. Where it does not, one of the deadlines ends the connection.
    else if (type === "error") failure = message ? `: ${message}` : "";
    else {
      // Deno gives 0 for every abnormal end. Runtimes hand on longer reasons than a close frame may hold.
      const code = event.code || ABNORMAL;
      const reason = cutReason(event.reason ?? "");
      let error: Error | undefined;
      if (!isReady) error = new ConnectFailedError(`Cannot connect: ended with ${code}${failure}`);
      else if (code === ABNORMAL) error = new ConnectionClosedError(`Lost the connection${failure}`, code, reason);
      end(code, reason, event.wasClean, error);
    }
  }

  function opened(): void {
    const { protocol } = socket!;
    // A dialect that wants a certain one says more about that.
    if (protocol && !offered.includes(protocol) && !dialect.subprotocols[0]) {
      const text = `Cannot connect: "${protocol}" was not offered`;
      return link.fail(new ProtocolError(text, PROTOCOL_ERROR), PROTOCOL_ERROR);
    }
    link.protocol = protocol;
    take = dialect.begin(link);
  }

  function ready(setup: LinkSetup): void {
    Object.assign(link, setup);
    isReady = true;
    deadline();
    keepalive = keepAlive(platform, setup.liveness, {
      sendPing: (data) => link.send(dialect.encodePing(data)),
      giveUp(silentMs) {
        const text = `Lost the connection: silent for ${silentMs} ms`;
        abandon(new ConnectionClosedError(text, TIMEOUT, ""), TIMEOUT);
      },
    });
    listener.opened();
  }

  function received(data: unknown): void {
    keepalive?.heard();
    const frame = typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer);
    try {
      if (exceeds(frame, options.maxMessageBytes)) {
        throw new ProtocolError(`Cannot take a message: "maxMessageBytes" is ${options.maxMessageBytes}`, TOO_BIG);
      }
      frameBytes = frame.length;
      take(frame);
    } catch (thrown) {
      const error = toError(thrown);
      link.fail(error, (error as Partial<ProtocolError>).closeCode ?? BAD_MESSAGE);
    }
  }

  /** Ends without waiting for the server, which is told as well as can be. */
  function abandon(error: Error, code: number): void {
    close(code, "", error);
    end();
  }

  function close(code: number, reason: string, error?: Error): void {
    if (farewell) return;
    farewell = { code, reason: cutReason(reason), error };
    keepalive?.stop();
    if (!socket) return end();
    deadline(options.closeTimeoutMs, end);
    try {
      // A client may only say 1000 and the codes from 3000; what it found wrong itself becomes 4400.
      socket.close(code === 1000 || code >= 3000 ? code : BAD_MESSAGE, farewell.reason);
    } catch {
      // Then the socket is in no state to be closed; the deadline ends it.
    }
  }

  /** Ends, with what we closed with if we did. */
  function end(code = ABNORMAL, reason = "", wasClean = false, error?: Error): void {
    if (isOver) return;
    isOver = true;
    deadline();
    keepalive?.stop();
    if (!wasClean) socket?.terminate?.();
    const how = farewell ?? { code, reason, error };
    listener.ended({ ...how, wasClean, error: advice.error ?? how.error, retryAfterMs: advice.retryAfterMs });
  }
}

/** Asks a provider. */
export async function give<Value>(provider: Provider<Value>, attempt: ClientAttempt): Promise<Value> {
  return await (typeof provider === "function"
    ? (provider as (attempt: ClientAttempt) => Value | Promise<Value>)(attempt)
    : provider);
}
