/**
 * The managed protocol, `switchboard.v1`, from the client's side: hello and welcome, refusals, pings, advice.
 *
 * @module
 */

import { ConnectTimeoutError, ProtocolError, RefusedError, SubprotocolMissingError } from "../errors.ts";
import { CloseCode, cutReason } from "../protocol/close_codes.ts";
import { binaryMessage, decodeBinary, decodeManaged, encodeManaged, isControlType } from "../protocol/codec.ts";
import type { LivenessPolicy } from "../protocol/liveness.ts";
import {
  type ClientControl,
  type RefusedMessage,
  SUBPROTOCOL,
  type WebSocketMessage,
  type WelcomeMessage,
} from "../protocol/messages.ts";
import type { ClientDialect, Link, LinkOptions } from "./dialect.ts";

/** What is told to servers about this software, for their logs. */
const SOFTWARE = "switchboard-client";

/** Announced values below this are not followed: they would make us ping without end. */
const MIN_ANNOUNCED_MS = 100;

/** Speaks to servers of this module. */
export const MANAGED: ClientDialect = {
  subprotocols: [SUBPROTOCOL],
  encode: encodeManaged,
  encodePing: (data) => control({ type: "$ping", data }),
  begin(link) {
    if (link.protocol !== SUBPROTOCOL) {
      const text = `Cannot connect as the server did not choose the subprotocol "${SUBPROTOCOL}": ` +
        'if it is not a server of this module, set the option protocol: "plain"';
      link.fail(new SubprotocolMissingError(text), CloseCode.BAD_MESSAGE);
      return () => {};
    }
    const session = new Session(link);
    const { welcomeTimeoutMs } = link.options;
    const text = `Cannot connect as the server sent no welcome within ${welcomeTimeoutMs} ms`;
    link.failLate(new ConnectTimeoutError(text, "welcome", welcomeTimeoutMs), CloseCode.TIMEOUT, welcomeTimeoutMs);
    link.send(control({ type: "$hello", features: [], client: SOFTWARE }));
    return (frame) => session.take(frame);
  },
};

/**
 * Chooses when to take a silent server for dead: as the application wants, else as the server announced, else, where
 * the server announced that it pings nobody, as good custom is.
 */
export function chooseLiveness(
  wanted: Pick<LinkOptions, "heartbeatInterval" | "heartbeatTimeoutMs">,
  announced: LivenessPolicy,
): LivenessPolicy {
  const { heartbeatInterval, heartbeatTimeoutMs } = wanted;
  if (announced.intervalMs === 0) {
    return { intervalMs: heartbeatInterval ?? 30_000, timeoutMs: heartbeatTimeoutMs ?? 10_000 };
  }
  const announcedMs = Math.max(MIN_ANNOUNCED_MS, announced.intervalMs);
  // We ping a little before the server would: one exchange serves both sides, and we learn the round-trip time.
  const earlyMs = announcedMs * 0.1;
  const timeoutMs = Math.max(MIN_ANNOUNCED_MS, announced.timeoutMs) + earlyMs;
  return { intervalMs: heartbeatInterval ?? announcedMs - earlyMs, timeoutMs: heartbeatTimeoutMs ?? timeoutMs };
}

/** One connection's conversation. */
class Session {
  readonly #link: Link;
  readonly #greetedAt: number;
  #isWelcome = false;

  constructor(link: Link) {
    this.#link = link;
    this.#greetedAt = link.options.platform.now();
  }

  take(frame: string | Uint8Array<ArrayBuffer>): void {
    const isText = typeof frame === "string";
    for (const message of isText ? decodeManaged(frame) : [binaryMessage(decodeBinary(frame).payload)]) {
      if (isText && isControlType(message.type)) this.#control(message);
      else this.#application(message);
    }
  }

  #application(message: WebSocketMessage): void {
    if (!this.#isWelcome) {
      throw new ProtocolError("Cannot take a message that comes before the welcome", CloseCode.BAD_MESSAGE);
    }
    this.#link.message(message);
  }

  /** A message of the protocol; its shape was checked by the codec. */
  #control(message: WebSocketMessage): void {
    switch (message.type) {
      case "$welcome":
        return this.#welcome(message as WebSocketMessage & WelcomeMessage);
      case "$refused": {
        const { code, retryAfterMs } = message as WebSocketMessage & RefusedMessage;
        const text = `Cannot connect as the server refused it: ${cutReason(code)}`;
        return this.#link.advise(retryAfterMs, new RefusedError(text, code, retryAfterMs));
      }
      case "$ping":
        return this.#link.send(control({ type: "$pong", data: message.data }));
      case "$pong":
        this.#link.pong(message.data);
        return;
      case "$advice":
        return this.#link.advise(message.retryAfterMs);
      // The answer to a message that the application gave an id of its own: in the form that plain peers get.
      case "$reply":
      case "$error":
        return this.#application({ ...message, type: message.type.slice(1) });
    }
    // What a later version of the protocol brings is not for us.
  }

  #welcome({ id, maxMessageBytes, heartbeat }: WelcomeMessage): void {
    if (this.#isWelcome) return;
    this.#isWelcome = true;
    this.#link.ready({
      connectionId: id,
      maxSendBytes: maxMessageBytes,
      liveness: chooseLiveness(this.#link.options, heartbeat),
      latencyMs: Math.max(0, this.#link.options.platform.now() - this.#greetedAt),
    });
  }
}

function control(message: ClientControl): string {
  return JSON.stringify(message);
}
