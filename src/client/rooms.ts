/**
 * The rooms that the application wants to be in: joins them, joins them again where a new connection does not find us in
 * them, and tells when it is not in one any more.
 *
 * @module
 */

import type { RemoteError, SwitchboardError } from "../errors.ts";
import type { Recovery, WebSocketMessage } from "../protocol/messages.ts";
import type { Asker } from "./asker.ts";
import type {
  ClientRecovery,
  ClientRequestOptions,
  ClientRoom,
  ClientRoomLeft,
  JoinOptions,
} from "./conversation_types.ts";
import type { Gate } from "./gate.ts";
import type { AnyHandler, Handlers } from "./handlers.ts";
import type { Shared } from "./shared.ts";
import type { ClientClose } from "./types.ts";

/** The rooms. */
export interface Rooms {
  /** Those that were joined, whether or not there is a connection now. */
  readonly list: readonly ClientRoom[];
  /** Joins a room: now, or when there is a connection. */
  join(name: string, data: unknown, options?: JoinOptions): Promise<ClientRoom>;
  /** There is a new connection: joins all rooms but those in `kept`, in which it finds us. */
  rejoin(kept: Readonly<Record<string, unknown>>): void;
  /** Whether the application has to hear what became of a room: not if it has left it, or does not know yet that it is in. */
  concerns(name: string): boolean;
  /** This became of what was missed in a room, in which the new connection has found us. */
  recovered(recovery: ClientRecovery): void;
  /** Finds the handlers for a message of `type` that was sent to the rooms in `names`, which came from the server. */
  find(names: readonly unknown[], type: string): readonly (readonly [handler: AnyHandler, room: string])[];
  /** The server took us out of a room. */
  left(name: string, code: string): void;
  /** A connection ended, or the client stopped, which forgets all rooms. */
  closed(event: Pick<ClientClose, "willReconnect">): void;
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** What is known of a room that we want to be in. */
interface Membership {
  readonly room: Mutable<ClientRoom>;
  readonly handlers: Handlers;
  readonly data: unknown;
  readonly options: JoinOptions;
  /** What `join()` promised. */
  readonly first: PromiseWithResolvers<ClientRoom>;
  /** Whether that was kept. */
  isKnown: boolean;
}

/** Makes rooms, of which there are none yet. */
export function createRooms(
  { core, announcer, delivery, isManaged, closedError, request, addHandler, misuse, toError }: Shared,
  asker: Asker,
  gate: () => Gate | undefined,
  handlerAdded: () => void,
): Rooms {
  const memberships = new Map<string, Membership>();
  /** Rooms that we left, without an answer so far: a session that goes on may still have us in them. */
  const leaving = new Set<string>();

  return {
    get list() {
      return [...memberships.values()].filter(({ isKnown }) => isKnown).map(({ room }) => room);
    },
    // deno-lint-ignore require-await -- what is wrong with the arguments is told by the promise
    async join(name, data, options = {}) {
      if (!isManaged) throw new TypeError('WebSocketClient: there are no rooms with protocol "plain"');
      if (typeof name !== "string" || !name) throw misuse("room", "a string that is not empty", name);
      const known = memberships.get(name);
      if (known) return known.first.promise;
      if (core.state.phase === "closing" || core.state.phase === "closed") throw closedError();
      const membership = createMembership(name, data, options);
      memberships.set(name, membership);
      if (core.connection?.isOpen) enter(membership);
      return membership.first.promise;
    },
    rejoin(kept) {
      for (const membership of memberships.values()) {
        const { room, isKnown } = membership;
        room.isJoined = isKnown && Object.hasOwn(kept, room.name);
        if (!room.isJoined) enter(membership);
      }
      for (const name of [...leaving]) {
        // We do not go on reading it, wherever the server says that we stand.
        delivery.session.locate(name);
        if (Object.hasOwn(kept, name)) leave(name).catch(() => {});
        else leaving.delete(name);
      }
    },
    concerns: (name) => !leaving.has(name) && (memberships.get(name)?.isKnown ?? true),
    recovered(recovery) {
      const membership = memberships.get(recovery.room);
      if (membership?.room.isJoined) tellRejoined(membership, recovery);
    },
    find: (names, type) =>
      names.flatMap((name) => {
        const handler = memberships.get(name as string)?.handlers.get(type);
        return handler ? [[handler, name as string] as const] : [];
      }),
    left(room, code) {
      const membership = memberships.get(room);
      // What is just being joined again was not meant.
      if (!membership?.room.isJoined) return;
      forget(membership);
      tellLeft({ room, code, error: undefined });
    },
    closed({ willReconnect }) {
      for (const membership of memberships.values()) {
        membership.room.isJoined = false;
        if (willReconnect) continue;
        forget(membership);
        membership.first.reject(closedError());
      }
      for (const name of leaving) delivery.session.locate(name);
      if (!willReconnect) leaving.clear();
    },
  };

  function createMembership(name: string, data: unknown, options: JoinOptions): Membership {
    const handlers: Handlers = new Map();
    for (const [type, handler] of Object.entries(options.handlers ?? {})) addHandler(handlers, type, handler!);
    const room: ClientRoom = {
      name,
      reply: null,
      isJoined: false,
      send(message) {
        if (typeof message?.type !== "string") throw misuse("message", "an object with a type", message);
        return core.send({ ...message, room: name });
      },
      request: (type, given?: unknown, settings?: ClientRequestOptions) => request(type, given, settings, name),
      handle(type, handler) {
        const off = addHandler(handlers, type, handler);
        handlerAdded();
        return off;
      },
      async leave() {
        if (memberships.get(name) !== membership) return;
        // While the server may still send of the room, we know how far we have read it: of a message to several rooms, too.
        forget(membership, true);
        await tellServer(name);
      },
    };
    const first = Promise.withResolvers<ClientRoom>();
    const membership = { room, handlers, data, options, first, isKnown: false };
    return membership;
  }

  /** Asks to be let in on the present connection. Nothing is waited for before that which need not be. */
  async function enter(membership: Membership): Promise<void> {
    const { room, first, isKnown } = membership;
    const { name } = room;
    const { connection } = core;
    let { data } = membership;
    let isAsked = false;
    let recovery: ClientRecovery | undefined;
    left(name);
    try {
      if (typeof data === "function") data = data();
      const checking = gate()?.checkJoin(name, data);
      if (checking) await checking;
      if (core.connection !== connection) return;
      isAsked = true;
      const { session } = delivery;
      const answer = await asker.ask({ type: "$join", room: name, data, since: session.positionOf(name) }, {
        // At once: what was missed may follow in the same frame.
        look(reply: WebSocketMessage & Recovery) {
          const isWanted = memberships.get(name) === membership;
          if (isWanted || leaving.has(name)) session.locate(name, reply);
          if (isWanted && isKnown) recovery = delivery.tell(name, reply);
        },
      });
      const reply = await (gate()?.takeJoinReply(name, answer) ?? answer);
      if (memberships.get(name) !== membership || core.connection !== connection) return;
      room.reply = reply;
      room.isJoined = true;
      if (recovery) tellRejoined(membership, recovery);
      membership.isKnown = true;
      first.resolve(room);
    } catch (thrown) {
      const error = toError(thrown);
      const { remoteCode, code = "internal_error" } = error as Partial<
        SwitchboardError & Pick<RemoteError, "remoteCode">
      >;
      // Where the connection is lost, the next one brings another attempt.
      if (memberships.get(name) !== membership || code === "connection_closed") return;
      forget(membership);
      // Perhaps it let us in, and we do not know or cannot use it.
      if (isAsked && code !== "remote_error") tellServer(name).catch(() => {});
      if (!membership.isKnown) return first.reject(error);
      tellLeft({ room: name, code: remoteCode ?? code, error });
    }
  }

  function forget({ room }: Membership, keepsPlace?: boolean): void {
    memberships.delete(room.name);
    room.isJoined = false;
    if (!keepsPlace) delivery.session.locate(room.name);
  }

  /** Says that we leave: now, or when the session goes on, where it does. */
  async function tellServer(room: string): Promise<void> {
    leaving.add(room);
    if (core.connection?.isOpen) await leave(room);
    else delivery.session.locate(room);
  }

  async function leave(room: string): Promise<void> {
    try {
      await asker.ask({ type: "$leave", room });
    } catch (error) {
      // Then we are in no room any more, or ask again.
      if ((error as Partial<SwitchboardError>).code === "connection_closed") return;
      left(room);
      throw error;
    }
    left(room);
  }

  /** We are out of a room, unless we asked to be let in again. */
  function left(room: string): void {
    if (leaving.delete(room)) delivery.session.locate(room);
  }

  /** An async function: what the application throws at once comes as a promise too. */
  function tellRejoined({ room, options }: Membership, recovery: ClientRecovery): void {
    (async () => await options.onRejoin?.(room.reply, recovery))().catch(announcer.fail);
  }

  function tellLeft(event: ClientRoomLeft): void {
    announcer.tell("room:left" as "close", event as never);
  }
}
