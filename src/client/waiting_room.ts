/**
 * Loads the dialogue when it is first needed. What is said and what comes meanwhile waits here, in its order: nothing gets
 * lost, and nothing overtakes a question.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { Announcer } from "./announcer.ts";
import type { Core } from "./core.ts";
import type { Dialogue } from "./dialogue.ts";
import type { UnreadMessage } from "./inbox.ts";
import type { ClientOptions } from "./options.ts";
import { createShelf } from "./shelf.ts";
import type { ClientSendOutcome, DropReason } from "./types.ts";

/** Where one waits for the dialogue. */
export interface WaitingRoom {
  /** The dialogue, once it is loaded. */
  readonly dialogue: Dialogue | undefined;
  /** Lets the dialogue do something: now, or as soon as it is loaded, and before anything that is sent from now on. */
  talk<Result>(use: (dialogue: Dialogue) => Promise<Result>): Promise<Result>;
  /** Sends, unless that would overtake what waits. */
  send(message: Sendable, frame: Payload): ClientSendOutcome;
  /** Hands a message to the dialogue; where there is none, and `isForAnybody`, to whoever reads. */
  receive(message: WebSocketMessage, bytes: number, isForAnybody: boolean): void;
  /** There is a handler that was not there before. */
  handlerAdded(): void;
}

/** What a waiting room needs. */
export interface WaitingRoomParts {
  readonly options: ClientOptions;
  readonly core: Core;
  readonly announcer: Announcer;
  /** Sends what need not wait. */
  readonly send: (message: Sendable, frame: Payload) => ClientSendOutcome;
  /** Loads the dialogue. */
  load(): Promise<Dialogue>;
}

/** Makes a waiting room in which nobody waits. */
export function createWaitingRoom({ options, core, announcer, send, load }: WaitingRoomParts): WaitingRoom {
  const { maxQueuedMessages, maxUnreadMessages, maxUnreadBytes } = options;
  let dialogue: Dialogue | undefined;
  /** What is to be said; there is none while nothing is being loaded. */
  let unsaid: ((failure?: unknown) => void)[] | undefined;
  /** What has come, and may be for a handler. */
  const unheard = createShelf<UnreadMessage>(
    maxUnreadMessages,
    maxUnreadBytes,
    (...what) => core.drop("receive", ...what as [WebSocketMessage, DropReason, number]),
  );

  return {
    get dialogue() {
      return dialogue;
    },
    talk: (use) =>
      new Promise((resolve, reject) => {
        const run = (failure?: unknown) => dialogue ? resolve(use(dialogue)) : reject(failure);
        if (dialogue) run();
        else wait().push(run);
      }),
    send(message, frame) {
      if (!unsaid || core.state.phase === "closing" || core.state.phase === "closed") return send(message, frame);
      if (unsaid.length < maxQueuedMessages) {
        const copy = frame.slice() as Payload;
        unsaid.push(() => {
          if (send(message, copy) === "closed") core.drop("send", message, "closed");
        });
        return "queued";
      }
      core.drop("send", message, "messages", maxQueuedMessages);
      announcer.tellNews();
      return "dropped";
    },
    receive(message, bytes, isForAnybody) {
      if (dialogue) dialogue.receive(message, bytes);
      else if (isForAnybody && !unsaid) core.inbox.receive(message, bytes);
      else {
        unheard.add({ message, bytes });
        wait();
      }
    },
    handlerAdded() {
      if (dialogue) dialogue.handlerAdded();
      else wait();
    },
  };

  function wait(): NonNullable<typeof unsaid> {
    if (!unsaid) {
      unsaid = [];
      enter(unsaid);
    }
    return unsaid;
  }

  async function enter(waiting: NonNullable<typeof unsaid>): Promise<void> {
    let failure: unknown;
    try {
      dialogue = await load();
      dialogue.handlerAdded();
    } catch (error) {
      failure = error;
      // Who waits is told by a promise. What has come waits for the next attempt to load.
      if (!waiting[0]) announcer.fail(error);
    }
    unsaid = undefined;
    for (const run of waiting) run(failure);
    for (let next; dialogue && (next = unheard.shift());) dialogue.receive(next.message, next.bytes);
    announcer.tellNews();
  }
}
