/**
 * Carries out what the reconnect machine decides, with the parts of the client, and notes what the application is to
 * hear of it.
 *
 * First everything is brought into its new state, then the application is told, so that a handler may call any method.
 *
 * @module
 */

import { ConnectionClosedError, InboxFullError, OutboxFullError } from "../errors.ts";
import { closeAction } from "../protocol/close_actions.ts";
import type { Payload } from "../protocol/codec.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { Announcer } from "./announcer.ts";
import { type Connection, type ConnectionEnd, openConnection } from "./connector.ts";
import type { ClientDialect } from "./dialect.ts";
import { createInbox, type Inbox } from "./inbox.ts";
import type { ClientOptions } from "./options.ts";
import { createOutbox, type Outbox, type OutboxEntry } from "./outbox.ts";
import { createAlarm } from "./platform.ts";
import { IDLE, type ReconnectCommand, type ReconnectEvent, type ReconnectState, step } from "./reconnect.ts";
import { exceeds } from "./size.ts";
import type { ClientSendOutcome, DropReason, WebSocketClientState } from "./types.ts";

/** The client without its public face. */
export interface Core {
  /** What the machine knows. */
  state: ReconnectState;
  /** The connection, from the attempt on; `undefined` while there is none. */
  connection: Connection | undefined;
  /** Messages that wait to be sent. */
  readonly outbox: Outbox;
  /** Messages that were received. */
  readonly inbox: Inbox;
  /** Opens the connection. */
  connect(signal: AbortSignal | undefined): Promise<void>;
  /**
   * Sends a message, lets it wait, or drops it.
   *
   * @param frame What stands in the frame, where that is not what the dialect makes of the message.
   * @throws {TypeError} If it cannot be sent.
   */
  send(message: Sendable, frame?: Payload): ClientSendOutcome;
  /** Hands a frame to the connection, or says that it has to wait: as it does where somebody was put before that. */
  put(message: Sendable, frame: Payload): boolean;
  /** Sends what waits, where it may. */
  flush(): void;
  /** Takes what the connection receives: the inbox does, unless somebody was put before it. */
  receive: Inbox["receive"];
  /** Takes what will not be sent or read: tells the application, unless somebody was put before that. */
  drop(direction: "send" | "receive", message: Sendable | WebSocketMessage, reason: DropReason, limit?: number): void;
  /** Closes the connection; `cause` is what a pending `connect()` rejects with. */
  stop(code: number, reason: string, cause?: unknown): Promise<void>;
}

/** Makes a core in which nothing is running. */
export function createCore(options: ClientOptions, dialect: ClientDialect, announcer: Announcer): Core {
  const { platform, reconnect, maxBufferedBytes } = options;
  const { note, tellNews } = announcer;
  /** The delay before the next attempt. */
  const delay = createAlarm(platform);
  const outbox = createOutbox(options, (...what) => core.drop("send", ...what));
  const inbox = createInbox(options, announcer, (...what) => {
    core.drop("receive", ...what);
    tellNews();
  });
  let stopWatchingWakes: (() => void) | undefined;
  /** What `connect()` promised. */
  let opening: PromiseWithResolvers<void> | undefined;
  /** What `disconnect()` promised. */
  let closing: PromiseWithResolvers<void> | undefined;
  /** How the last connection or attempt ended, or how the application wants it to end. */
  let end: ConnectionEnd;

  const core: Core = {
    state: IDLE,
    connection: undefined,
    outbox,
    inbox,
    connect(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (core.state.phase === "open") return Promise.resolve();
      const { promise } = opening ??= Promise.withResolvers<void>();
      if (signal) {
        const onAbort = () => stop(1000, "", signal.reason);
        const forget = () => signal.removeEventListener("abort", onAbort);
        signal.addEventListener("abort", onAbort);
        promise.then(forget, forget);
      }
      // While it is closing this changes nothing, and is taken up again at the end.
      advance("connect");
      return promise;
    },
    put(_, frame) {
      core.connection!.send(frame);
      return true;
    },
    flush() {
      if (core.connection?.isOpen) outbox.drain(transmit);
    },
    receive: inbox.receive,
    drop(direction, message, reason, limit) {
      note("message:dropped", { direction, message, reason });
      if (limit !== undefined) {
        const text = `Cannot keep a message: the limit is ${limit} (${reason})`;
        const FullError = direction === "send" ? OutboxFullError : InboxFullError;
        note("error", new FullError(text, reason as "messages", limit));
      }
    },
    send(message, frame = dialect.encode(message)) {
      const { phase } = core.state;
      if (phase === "closing" || phase === "closed") return "closed";
      // Behind what waits, and where it may not go yet, it waits too.
      const outcome = core.connection?.isOpen && !outbox.items.size && transmit({ message, frame }) ||
        outbox.add(message, frame);
      tellNews();
      return outcome;
    },
    stop,
  };

  /** What the machine's commands mean. */
  const commands: Readonly<Record<ReconnectCommand, (previous: WebSocketClientState) => void>> = {
    dial() {
      const { next } = core.state;
      delay();
      stopWatchingWakes ??= platform.watchWakes(() => advance("woken"));
      inbox.setOpen(true);
      outbox.expire();
      note("attempt", next);
      core.connection = openConnection(options, dialect, next, {
        opened: () => advance("opened"),
        message: (...what) => core.receive(...what),
        ended,
      });
    },
    flush() {
      opening?.resolve();
      opening = undefined;
      const { protocol, connectionId, resumed = false } = core.connection!;
      core.flush();
      note("open", { protocol, connectionId, resumed });
    },
    wait(previous) {
      const { next } = core.state;
      delay(next.delayMs, () => advance("due"));
      if (previous === "open") noteClose(next.delayMs);
      note("waiting", { ...next, error: end.error });
    },
    probe: () => core.connection?.probe(),
    hang_up: () => core.connection?.close(end.code, end.reason),
    // The client is closed: nothing of it may be left.
    finish() {
      delay();
      stopWatchingWakes?.();
      stopWatchingWakes = undefined;
      outbox.drain(({ message }) => core.drop("send", message, "closed"));
      inbox.setOpen(false);
      noteClose();
      if (closing) {
        closing.resolve();
        closing = undefined;
        // connect() was called while we were closing.
        if (opening) advance("connect");
      } else {
        opening?.reject(end.error);
        opening = undefined;
      }
    },
  };

  return core;

  /** Lets the machine decide, carries it out, and then tells the application. */
  function advance(type: ReconnectEvent["type"], more?: Pick<ReconnectEvent, "action" | "retryAfterMs">): void {
    const previous = core.state.phase;
    const [state, command] = step(
      core.state,
      { type, now: platform.now(), ...more },
      reconnect,
      () => platform.random(),
    );
    core.state = state;
    if (state.phase !== previous) note("statechange", { state: state.phase, previous });
    if (command) commands[command](previous);
    tellNews();
  }

  function ended(how: ConnectionEnd): void {
    core.connection = undefined;
    end = how;
    if (how.error) note("error", how.error);
    const action = reconnect.closeActions?.[how.code] ?? closeAction(how.code);
    advance("ended", { action, retryAfterMs: how.retryAfterMs });
  }

  function noteClose(delayMs?: number): void {
    note("close", { ...end, willReconnect: delayMs !== undefined, delayMs });
  }

  function stop(code: number, reason: string, cause?: unknown): Promise<void> {
    if (core.state.phase === "closed") return Promise.resolve();
    opening?.reject(cause ?? new ConnectionClosedError("Cannot connect: disconnect() was called", code, reason));
    opening = undefined;
    if (closing) return closing.promise;
    const { promise } = closing = Promise.withResolvers<void>();
    end = { code, reason, wasClean: true, error: undefined };
    advance("stop");
    return promise;
  }

  /** Hands a message to the socket, drops it, or, by `false`, leaves it where it is. */
  function transmit({ message, frame }: Pick<OutboxEntry, "message" | "frame">): "sent" | "dropped" | false {
    const { maxSendBytes, bufferedAmount } = core.connection!;
    if (exceeds(frame, maxSendBytes)) core.drop("send", message, "size", maxSendBytes);
    else if (bufferedAmount > maxBufferedBytes) core.drop("send", message, "buffered", maxBufferedBytes);
    else return core.put(message, frame) && "sent";
    return "dropped";
  }
}
