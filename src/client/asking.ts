/**
 * All that asks the server, and waits for what it says: requests, rooms, acknowledgements, logs.
 *
 * It is loaded with the first question: pages that only send and receive need none of it.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { WelcomeMessage } from "../protocol/messages.ts";
import { type Asker, createAsker } from "./asker.ts";
import type { HistoryOptions, RoomHistory, SendAckedOptions } from "./conversation_types.ts";
import { readHistory } from "./history.ts";
import { createRooms, type Rooms } from "./rooms.ts";
import type { Beginning } from "./session.ts";
import type { Shared } from "./shared.ts";
import type { ClientClose } from "./types.ts";

/** What asks. */
export interface Asking {
  readonly asker: Asker;
  readonly rooms: Rooms;
  /** Sends what stands in a frame, and waits until the server has handled it. */
  sendAcked(frame: Payload, options: SendAckedOptions | undefined): Promise<unknown>;
  /** Reads the log of a room. */
  history(room: string, options: HistoryOptions | undefined): Promise<RoomHistory>;
  /** A connection begins, and what waits is about to be sent. */
  welcomed(beginning: Beginning, rooms: WelcomeMessage["rooms"]): void;
  /** A connection ended, or the client stopped; `isSuspended` where the session may go on. */
  closed(event: ClientClose, isSuspended: boolean): void;
}

/** Makes what asks; nothing is asked yet. */
export function createAsking(shared: Shared): Asking {
  const { core, delivery, isManaged, resume } = shared;
  const asker = createAsker(shared);
  const rooms = createRooms(shared, asker);

  return {
    asker,
    rooms,
    async sendAcked(frame, options) {
      needSession();
      return await asker.ask({ type: "$ack" }, { timeoutMs: Infinity, ...options, frame, wantsAck: true });
    },
    async history(room, options) {
      needSession();
      return await readHistory(shared, asker, room, options);
    },
    welcomed({ isResumed, isLost, hasGap, again }, kept = {}) {
      if (isLost || hasGap) asker.lost(again);
      if (!delivery.session.isActive) asker.unable(noSession());
      rooms.rejoin(isResumed ? kept : {});
    },
    closed(event, isSuspended) {
      asker.closed(event, isSuspended);
      rooms.closed(event);
    },
  };

  /** Throws where there is no session, and there will be none. */
  function needSession(): void {
    if (!isManaged || !resume || core.connection?.isOpen && !delivery.session.isActive) throw noSession();
  }
}

function noSession(): TypeError {
  return new TypeError(
    'WebSocketClient: the server keeps no session: it must be one of this module, with "resume" on at both ends',
  );
}
