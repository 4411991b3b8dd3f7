/**
 * Tells the application: its handlers first, then listeners, in the order in which things happened, and never while the
 * client is between two states. What they throw comes back as an error, and goes no further.
 *
 * @module
 */

import type { WebSocketMessage } from "../protocol/messages.ts";
import { misuse, toError } from "./misuse.ts";
import type { ClientLogger, WebSocketClientEvents, WebSocketClientHandlers } from "./types.ts";

type EventName = keyof WebSocketClientEvents;
type Listener = (event: never) => unknown;

/** The application's ears. */
export interface Announcer {
  /** The handlers in force. */
  handlers: WebSocketClientHandlers;
  /** Whether anybody hears of `name`. */
  has(name: EventName): boolean;
  /**
   * Adds a listener, and returns what takes it off again.
   *
   * @throws {TypeError} If there is no such event, or the listener is not a function.
   */
  on(name: string, listener: Listener): () => void;
  /** Notes an event, to be told by {@linkcode Announcer.tellNews}. */
  note<Name extends EventName>(name: Name, event: WebSocketClientEvents[Name]): void;
  /** Tells what was noted. Where that is going on already, it goes on. */
  tellNews(): void;
  /** Tells of an event at once, as what was noted is told. Never throws. Who has to know before may stand before it. */
  tell<Name extends EventName>(name: Name, event: WebSocketClientEvents[Name]): void;
  /** Somebody wants to know which messages a loop has taken; there is nobody unless somebody is put here. */
  taken?: (message: WebSocketMessage) => void;
  /** Tells the listeners alone. Never throws. */
  tellListeners<Name extends EventName>(name: Name, event: WebSocketClientEvents[Name]): void;
  /** Tells of an error that the application's own code threw; the logger, where nobody else hears of it. */
  fail(thrown: unknown): void;
}

/** What the application says of its ears. */
export interface AnnouncerOptions {
  /** Its handlers. */
  readonly handlers?: WebSocketClientHandlers;
  /** Where errors are written that it does not want to hear. */
  readonly logger?: ClientLogger;
}

/** The handler that belongs to an event. */
const HANDLER_OF: Readonly<Record<string, keyof WebSocketClientHandlers>> = {
  open: "onOpen",
  message: "onMessage",
  close: "onClose",
  error: "onError",
};

/**
 * Makes the ears of an application; `logger` gets what it does not want to hear, `more` are the events that not every
 * client has.
 */
export function createAnnouncer(
  { handlers = {}, logger = console }: AnnouncerOptions,
  more?: Readonly<Record<string, readonly []>>,
): Announcer {
  // Lists are replaced, never changed, so that a listener may add and remove listeners while it is called.
  const listeners: Record<string, readonly Listener[]> = {
    open: [],
    message: [],
    close: [],
    error: [],
    attempt: [],
    waiting: [],
    statechange: [],
    "message:dropped": [],
    ...more,
  };
  /** What the application has not been told yet. */
  const news: (() => void)[] = [];
  let isTelling = false;

  const announcer: Announcer = {
    handlers,
    has: (name) => (announcer.handlers[HANDLER_OF[name]!] ?? listeners[name]![0]) !== undefined,
    on(name, listener) {
      if (!Object.hasOwn(listeners, name)) throw misuse("event", `one of ${Object.keys(listeners)}`, name);
      if (typeof listener !== "function") throw misuse("listener", "a function", listener);
      // A function of its own, so that it can be told from the same listener added twice.
      const own: Listener = (event) => listener(event);
      listeners[name] = [...listeners[name]!, own];
      return () => {
        listeners[name] = listeners[name]!.filter((each) => each !== own);
      };
    },
    note: (name, event) => {
      news.push(() => announcer.tell(name, event));
    },
    tellNews() {
      if (isTelling) return;
      isTelling = true;
      // Handlers may cause more news.
      while (news.length > 0) news.shift()!();
      isTelling = false;
    },
    tell(name, event) {
      const handler = HANDLER_OF[name] as "onOpen";
      call(name, () => announcer.handlers[handler]?.(event as never));
      announcer.tellListeners(name, event);
    },
    tellListeners(name, event) {
      for (const listener of listeners[name]!) call(name, () => listener(event as never));
    },
    fail,
  };
  return announcer;

  function call(name: EventName, run: () => unknown): void {
    try {
      const result = run();
      if (result instanceof Promise) result.catch((error) => fail(error, name));
    } catch (error) {
      fail(error, name);
    }
  }

  function fail(thrown: unknown, name?: EventName): void {
    const error = toError(thrown);
    if (name !== "error" && announcer.has("error")) return announcer.tell("error", error);
    try {
      logger.error("WebSocketClient: a handler failed: {error}", { error });
    } catch {
      // There is nobody left to tell.
    }
  }
}
