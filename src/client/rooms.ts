/**
 * The rooms that the application wants to be in: joins them, joins them again on every new connection, and tells when it
 * is not in one any more.
 *
 * @module
 */

import { ConnectionClosedError, RemoteError, type SwitchboardError } from "../errors.ts";
import type { Announcer } from "./announcer.ts";
import type { Asker } from "./asker.ts";
import type { ClientRequestOptions, ClientRoom, ClientRoomLeft, JoinOptions } from "./conversation_types.ts";
import type { Core } from "./core.ts";
import type { Gate } from "./gate.ts";
import { addHandler, type AnyHandler, type Handlers } from "./handlers.ts";
import { misuse, toError } from "./misuse.ts";
import type { ClientClose, ClientSendOutcome } from "./types.ts";

/** The rooms. */
export interface Rooms {
  /** Those that were joined, whether or not there is a connection now. */
  readonly list: readonly ClientRoom[];
  /** Joins a room: now, or when there is a connection. */
  join(name: string, data: unknown, options?: JoinOptions): Promise<ClientRoom>;
  /** There is a new connection: joins all rooms. */
  rejoin(): void;
  /** Finds the handlers for a message of `type` that was sent to the rooms in `names`, which came from the server. */
  find(names: readonly unknown[], type: string): readonly (readonly [handler: AnyHandler, room: string])[];
  /** The server took us out of a room. */
  left(name: string, code: string): void;
  /** A connection ended, or the client stopped, which forgets all rooms. */
  closed(event: Pick<ClientClose, "willReconnect">): void;
}

/** What the rooms need. */
export interface RoomsParts {
  readonly core: Core;
  readonly asker: Asker;
  readonly announcer: Announcer;
  /** Checks against the contract, where there is one. */
  gate(): Gate | undefined;
  send(message: object): ClientSendOutcome;
  request(type: string, data: unknown, options: ClientRequestOptions | undefined, room: string): Promise<unknown>;
  /** There is a handler that was not there before. */
  handlerAdded(): void;
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
export function createRooms(parts: RoomsParts): Rooms {
  const { core, asker, announcer, gate, send, request, handlerAdded } = parts;
  const memberships = new Map<string, Membership>();

  return {
    get list() {
      return [...memberships.values()].filter(({ isKnown }) => isKnown).map(({ room }) => room);
    },
    // deno-lint-ignore require-await -- what is wrong with the arguments is told by the promise
    async join(name, data, options = {}) {
      if (typeof name !== "string" || !name) throw misuse("room", "a string that is not empty", name);
      const known = memberships.get(name);
      if (known) return known.first.promise;
      if (core.state.phase === "closing" || core.state.phase === "closed") throw asker.closedError();
      const membership = createMembership(name, data, options);
      memberships.set(name, membership);
      if (core.connection?.isOpen) enter(membership);
      return membership.first.promise;
    },
    rejoin() {
      for (const membership of memberships.values()) enter(membership);
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
        membership.first.reject(asker.closedError());
      }
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
        return send({ ...message, room: name });
      },
      request: (type, given?: unknown, settings?: ClientRequestOptions) => request(type, given, settings, name),
      handle(type, handler) {
        const off = addHandler(handlers, type, handler);
        handlerAdded();
        return off;
      },
      async leave() {
        if (memberships.get(name) !== membership) return;
        forget(membership);
        await tellServer(name);
      },
    };
    const first = Promise.withResolvers<ClientRoom>();
    const membership = { room, handlers, data, options, first, isKnown: false };
    return membership;
  }

  /** Asks to be let in on the present connection. Nothing is waited for before that which need not be. */
  async function enter(membership: Membership): Promise<void> {
    const { room, first, options: { onRejoin } } = membership;
    const { name } = room;
    const { connection } = core;
    let { data } = membership;
    let isAsked = false;
    try {
      if (typeof data === "function") data = data();
      const checking = gate()?.checkJoin(name, data);
      if (checking) await checking;
      if (core.connection !== connection) return;
      isAsked = true;
      const answer = await asker.ask({ type: "$join", room: name, data });
      const reply = await (gate()?.takeJoinReply(name, answer) ?? answer);
      if (memberships.get(name) !== membership || core.connection !== connection) return;
      room.reply = reply;
      room.isJoined = true;
      // An async function: what it throws at once comes as a promise too.
      if (membership.isKnown) (async () => await onRejoin?.(reply))().catch(announcer.fail);
      membership.isKnown = true;
      first.resolve(room);
    } catch (thrown) {
      const error = toError(thrown);
      // Where the connection is lost, the next one brings another attempt.
      if (memberships.get(name) !== membership || error instanceof ConnectionClosedError) return;
      forget(membership);
      // Perhaps it let us in, and we do not know or cannot use it.
      if (isAsked && !(error instanceof RemoteError)) tellServer(name).catch(() => {});
      if (!membership.isKnown) return first.reject(error);
      const { remoteCode, code = "internal_error" } = error as Partial<RemoteError & SwitchboardError>;
      tellLeft({ room: name, code: remoteCode ?? code, error });
    }
  }

  function forget({ room }: Membership): void {
    memberships.delete(room.name);
    room.isJoined = false;
  }

  /** Says that we leave, where there is somebody to be told. */
  async function tellServer(room: string): Promise<void> {
    if (!core.connection?.isOpen) return;
    try {
      await asker.ask({ type: "$leave", room });
    } catch (error) {
      // Then we are in no room any more.
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
  }

  function tellLeft(event: ClientRoomLeft): void {
    announcer.tell("room:left" as "close", event as never);
  }
}
