/**
 * The managed protocol, `switchboard.v1`, from the client's side: hello and welcome, refusals, pings, advice.
 *
 * @module
 */

import { ConnectTimeoutError, ProtocolError, RefusedError, SubprotocolMissingError } from "../errors.ts";
import { cutReason } from "../protocol/close_codes.ts";
import type { Payload } from "../protocol/codec.ts";
import type { LivenessPolicy } from "../protocol/liveness.ts";
import {
  type ClientControl,
  type RefusedMessage,
  SUBPROTOCOL,
  type WebSocketMessage,
  type WelcomeMessage,
} from "../protocol/messages.ts";
import type { ClientDialect, Link, LinkOptions } from "./dialect.ts";
import { createGatherer, type Gatherer } from "./gather.ts";
import { decodeManaged, encodeManaged, isOurs, type Reserved } from "./managed_codec.ts";

// Numbers in place of the object CloseCode, which would bring all its names into every page.
const BAD_MESSAGE = 4400;
const TIMEOUT = 4408;

/** What is told to servers about this software, for their logs. */
const SOFTWARE = "switchboard-client";

/** Announced values below this are not followed: they would make us ping without end. */
const MIN_ANNOUNCED_MS = 100;

/** What is said on a connection beside what sets it up and keeps it alive. */
export interface ManagedPorts {
  /** Where the codec puts what is said to the protocol beside messages of the application. */
  readonly reserved: Reserved;
  /** What the hello says beside the name of our software. */
  hello(): object;
  /** How long the server may take for its welcome, in milliseconds. */
  welcomeTimeoutMs(): number;
  /** A message has arrived, of any kind. Returns whether it is to be taken: not where we have had it. */
  arrived(message: WebSocketMessage): boolean;
  /** The server has welcomed us: what is sent here goes out before what waits in the outbox. Returns whether the session goes on. */
  welcomed(welcome: WelcomeMessage): boolean;
  /** Takes a message of the protocol that is not about the connection itself. Returns what the application is to get. */
  control(message: WebSocketMessage): WebSocketMessage | undefined;
}

/** Makes what speaks to servers of this module. */
export function createManagedDialect(ports: ManagedPorts): ClientDialect {
  return {
    subprotocols: [SUBPROTOCOL],
    encode: encodeManaged,
    encodePing: (data) => control({ type: "$ping", data }),
    begin(link) {
      if (link.protocol !== SUBPROTOCOL) {
        const text = `Cannot connect as the server did not choose the subprotocol "${SUBPROTOCOL}": ` +
          'if it is not a server of this module, set the option protocol: "plain"';
        link.fail(new SubprotocolMissingError(text), BAD_MESSAGE);
        return () => {};
      }
      const welcomeTimeoutMs = ports.welcomeTimeoutMs();
      const text = `Cannot connect as the server sent no welcome within ${welcomeTimeoutMs} ms`;
      link.failLate(new ConnectTimeoutError(text, "welcome", welcomeTimeoutMs), TIMEOUT, welcomeTimeoutMs);
      const { close } = link;
      const gatherer = createGatherer(link.send);
      link.send = gatherer.send;
      link.close = (...how) => {
        gatherer.flush();
        close(...how);
      };
      const take = beginConversation(link, ports, gatherer);
      link.send(JSON.stringify({ type: "$hello", client: SOFTWARE, ...ports.hello() }));
      return take;
    },
  };
}

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

/** Holds one connection's conversation. Returns what takes its frames. */
function beginConversation(link: Link, ports: ManagedPorts, gatherer: Gatherer): (frame: Payload) => void {
  const { options: { platform } } = link;
  const greetedAt = platform.now();
  let isWelcome = false;

  return (frame) => {
    for (const message of decodeManaged(frame, ports.reserved)) take(message);
  };

  function take(message: WebSocketMessage): void {
    if (!ports.arrived(message)) return;
    if (!isOurs(message.type)) return handOn(message);
    // Its shape was checked by the codec.
    switch (message.type) {
      case "$welcome":
        return welcome(message as WebSocketMessage & WelcomeMessage);
      case "$refused": {
        const { code, retryAfterMs } = message as WebSocketMessage & RefusedMessage;
        const text = `Cannot connect as the server refused it: ${cutReason(code)}`;
        return link.advise(retryAfterMs, new RefusedError(text, code, retryAfterMs));
      }
      case "$ping":
        return link.send(control({ type: "$pong", data: message.data }));
      case "$pong":
        link.pong(message.data);
        return;
      case "$advice":
        return link.advise(message.retryAfterMs);
    }
    const handedOn = ports.control(message);
    if (handedOn) handOn(handedOn);
  }

  function handOn(message: WebSocketMessage): void {
    if (!isWelcome) throw new ProtocolError("Cannot take a message that comes before the welcome", BAD_MESSAGE);
    link.message(message);
  }

  function welcome(message: WelcomeMessage): void {
    if (isWelcome) return;
    isWelcome = true;
    const { id, maxMessageBytes, maxFrameMessages = 1, heartbeat } = message;
    gatherer.allow(maxFrameMessages, maxMessageBytes);
    const resumed = ports.welcomed(message);
    link.ready({
      resumed,
      connectionId: id,
      maxSendBytes: maxMessageBytes,
      liveness: chooseLiveness(link.options, heartbeat),
      latencyMs: Math.max(0, platform.now() - greetedAt),
    });
  }
}

function control(message: ClientControl): string {
  return JSON.stringify(message);
}
