/**
 * Sees to it that nothing gets lost with a connection: keeps the session, acknowledges what was received, and tells the
 * application what became of what it has missed.
 *
 * @module
 */

import type { Recovery, WebSocketMessage, WelcomeMessage } from "../protocol/messages.ts";
import type { Announcer } from "./announcer.ts";
import type { ClientRecovery } from "./conversation_types.ts";
import type { Core } from "./core.ts";
import type { Reserved } from "./managed_codec.ts";
import type { ClientOptions } from "./options.ts";
import { watchPageEnd } from "./page_end.ts";
import { createAlarm, randomName } from "./platform.ts";
import { type Beginning, createSession, type Session } from "./session.ts";

/** The session, and what it takes to keep it. */
export interface Delivery {
  /** What is remembered; another one after the client was closed. */
  readonly session: Session;
  /** A message has arrived. Returns whether it is new. */
  arrived(message: WebSocketMessage): boolean;
  /** A message was handed to its application. */
  handed(message: WebSocketMessage): void;
  /** A connection begins. */
  welcomed(welcome: WelcomeMessage): Beginning;
  /** The connection is open, and the application knows it. */
  opened(): void;
  /** The connection has ended, or the client stopped. */
  closed(willReconnect: boolean): void;
  /** Tells what became of our place in the log of a room, where the server keeps track of that. */
  tell(room: string, recovery: Recovery): ClientRecovery;
}

/** What the delivery needs. */
export interface DeliveryParts {
  readonly options: ClientOptions;
  readonly core: Core;
  readonly announcer: Announcer;
  readonly reserved: Reserved;
  /** Whether the application has to hear of a room. */
  concerns(room: string): boolean;
  /** We are still in a room, and this became of our place in its log. */
  recovered(recovery: ClientRecovery): void;
}

/** How many messages wait for their acknowledgement at most, and how long the first of them does, in milliseconds. */
const MAX_OWED = 32;
const MAX_OWED_MS = 1_000;

/** Makes a delivery, in which nothing was said yet. */
export function createDelivery({ options, core, announcer, reserved, concerns, recovered }: DeliveryParts): Delivery {
  const { platform } = options;
  const alarm = createAlarm(platform);
  let isTicking = false;
  let stopWatchingEnd: (() => void) | undefined;
  let session = begin();
  /** What the application is told when it knows that the connection is open. */
  let news: readonly (readonly [room: string, Recovery])[] = [];

  return {
    get session() {
      return session;
    },
    // What is ours says it itself.
    arrived: (message) => session.arrived(message, reserved.get(message) ?? message),
    handed(message) {
      session.handed(message);
      settle();
    },
    welcomed(welcome) {
      const wasAlive = session.isAlive;
      const beginning = session.begin(welcome);
      const rooms = Object.entries(welcome.rooms ?? {});
      for (const [room, recovery] of rooms) session.locate(room, recovery);
      const { isLost, isBehind } = beginning;
      const reason = isLost ? "session_lost" : "too_old";
      news = wasAlive ? [["$inbox", { recovered: !isLost && !isBehind, reason }], ...rooms] : [];
      return beginning;
    },
    opened() {
      // Then the server need not keep for two minutes what nobody will ask for.
      stopWatchingEnd ??= (platform.watchEnd ?? watchPageEnd)(() => core.stop(1000, ""));
      for (const [room, recovery] of news) if (concerns(room)) recovered(tell(room, recovery));
      settle();
    },
    closed(willReconnect) {
      stop();
      if (willReconnect) return;
      session = begin();
      stopWatchingEnd?.();
      stopWatchingEnd = undefined;
    },
    tell,
  };

  function begin(): Session {
    return createSession(options, randomName(platform));
  }

  function tell(room: string, { epoch, recovered = false, reason }: Recovery): ClientRecovery {
    const why = reason ?? (epoch === undefined ? "no_log" : "too_old");
    const event = { room, recovered, reason: recovered ? undefined : why };
    if (session.isActive) announcer.tell("recovery" as "close", event as never);
    return event;
  }

  /** Acknowledges what was handed on, now or soon. */
  function settle(): void {
    const owed = session.owed();
    if (owed >= MAX_OWED) acknowledge();
    else if (owed > 0 && !isTicking) {
      isTicking = true;
      alarm(MAX_OWED_MS, acknowledge);
    }
  }

  function acknowledge(): void {
    stop();
    if (core.connection?.isOpen) core.connection.send(JSON.stringify({ type: "$ack", n: session.acknowledge() }));
  }

  function stop(): void {
    isTicking = false;
    alarm();
  }
}
