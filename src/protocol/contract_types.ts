/**
 * What a contract means for each side, as types alone: what it may send, what it gets, handles, asks and answers. Pure.
 *
 * Where nothing is known of the contract, `C` is `Contract` itself and everything is open: any type, any data.
 *
 * @module
 */

import type { Contract, Schema } from "./contract.ts";
import type { MessageId, Sendable, WebSocketMessage } from "./messages.ts";
import type { FittingPattern, NameOf, PlaceholderOf } from "./room_types.ts";

/** What a client may send: its messages and requests, text and bytes. */
export type ClientSends<C extends Contract> = IsOpen<C> extends true ? Sendable : Sends<C, "client"> | Raw;

/** What the server may send: its messages and requests, text and bytes. */
export type ServerSends<C extends Contract> = IsOpen<C> extends true ? Sendable : Sends<C, "server"> | Raw;

/** What the server's `onMessage` gets. */
export type ServerReceives<C extends Contract> = IsOpen<C> extends true ? WebSocketMessage : Receives<C, "client">;

/** What the client's `onMessage` gets. */
export type ClientReceives<C extends Contract> = IsOpen<C> extends true ? WebSocketMessage : Receives<C, "server">;

/** The types for which the server may have a handler. */
export type ServerHandles<C extends Contract> = IsOpen<C> extends true ? string
  : Listed<TypesOf<C, "client"> | RequestedBy<C, "client">>;

/** What a handler of the server gets as `data`, and may return as `reply`. */
export type ServerHandled<C extends Contract, T extends string> = IsOpen<C> extends true ? OpenHandled
  : Handled<C, "client", T>;

/** The types for which the client may have a handler. */
export type ClientHandles<C extends Contract> = IsOpen<C> extends true ? string
  : Listed<TypesOf<C, "server"> | RequestedBy<C, "server">>;

/** What a handler of the client gets as `data`, and may return as `reply`. */
export type ClientHandled<C extends Contract, T extends string> = IsOpen<C> extends true ? OpenHandled
  : Handled<C, "server", T>;

/** The requests that a client may make. */
export type ClientRequests<C extends Contract> = IsOpen<C> extends true ? string : Listed<RequestedBy<C, "client">>;

/** What a client gives to a request as `data`, and gets as its `reply`. */
export type ClientRequested<C extends Contract, T extends string> = IsOpen<C> extends true ? OpenRequested
  : Requested<C, "client", T>;

/** The requests that the server may make to a client. */
export type ServerRequests<C extends Contract> = IsOpen<C> extends true ? string : Listed<RequestedBy<C, "server">>;

/** What the server gives to a request as `data`, and gets as its `reply`. */
export type ServerRequested<C extends Contract, T extends string> = IsOpen<C> extends true ? OpenRequested
  : Requested<C, "server", T>;

/** The patterns of rooms; any text where the contract says nothing of rooms. */
export type RoomPattern<C extends Contract> = HasRooms<C> extends true ? TypesOf<C, "rooms"> : string;

/** The names of rooms, as far as types can tell: `chat/${string}` for the pattern `"chat/{id}"`. */
export type RoomName<C extends Contract> = HasRooms<C> extends true ? NameOf<TypesOf<C, "rooms">> : string;

/**
 * What is said when a client joins, by the room's name or pattern: `data` is what the client gives, `reply` what it gets,
 * `serverData` what the server's rule gets, `serverReply` what it may return.
 */
export type RoomJoin<C extends Contract, N extends string> = HasRooms<C> extends true
  ? Door<Part<C, "rooms">[FittingPattern<TypesOf<C, "rooms">, N>]>
  : OpenDoor;

/** What stands in the placeholders of a pattern. */
export type RoomParams<P extends string> = { readonly [Name in PlaceholderOf<P>]: string };

/** @internal */
type Side = "client" | "server";

/**
 * What is sent as it is, outside of any contract.
 *
 * @internal
 */
type Raw = string | ArrayBuffer | ArrayBufferView;

/**
 * Whether nothing is known of the contract. An empty one is known: it allows nothing.
 *
 * @internal
 */
type IsOpen<C> = Contract extends C ? keyof Contract extends keyof C ? true : false : false;

/**
 * A part of a contract, one without members where it has no such part.
 *
 * @internal
 */
type Part<C, Name extends keyof Contract> = Name extends keyof C ? NonNullable<C[Name]> : Record<never, never>;

/** @internal */
type TypesOf<C, Name extends keyof Contract> = keyof Part<C, Name> & string;

/**
 * The requests of one side.
 *
 * @internal
 */
type RequestsOf<C, By extends Side> = {
  [T in TypesOf<C, "requests"> as Extract<AskerOf<Part<C, "requests">[T]>, By | "both"> extends never ? never : T]:
    Part<C, "requests">[T];
};

/** @internal */
type AskerOf<Request> = "from" extends keyof Request
  ? Request["from"] | (undefined extends Request["from"] ? "client" : never)
  : "client";

/**
 * The same names, in a form that errors of the compiler list. A union that an alias made is shown by the alias; one that
 * is read out of a template is not.
 *
 * @internal
 */
type Listed<Names extends string> = [Names] extends [never] ? never
  : [`_${Names}`] extends [`_${infer Each}`] ? Each
  : never;

/** @internal */
type RequestedBy<C, By extends Side> = keyof RequestsOf<C, By> & string;

/** @internal */
type SentBy<C, By extends Side> = TypesOf<C, By> | RequestedBy<C, By>;

/**
 * The schema in a member of a request or a room, `undefined` where there is none.
 *
 * @internal
 */
type SchemaIn<Holder, Name extends "data" | "reply"> = Name extends keyof Holder ? Holder[Name] : undefined;

/**
 * The schema of the data of a message or a request of one side.
 *
 * @internal
 */
type DataSchema<C, By extends Side, T> = T extends TypesOf<C, By> ? Part<C, By>[T]
  : T extends RequestedBy<C, By> ? SchemaIn<RequestsOf<C, By>[T], "data">
  : never;

/** @internal */
type ReplySchema<C, By extends Side, T> = T extends RequestedBy<C, By> ? SchemaIn<RequestsOf<C, By>[T], "reply">
  : undefined;

/**
 * What a sender gives. Without a schema it gives nothing.
 *
 * @internal
 */
type InputOf<S> = S extends Schema ? NonNullable<S["~standard"]["types"]>["input"] : undefined;

/**
 * What a receiver gets. Without a schema it gets nothing, in a form that depends.
 *
 * @internal
 */
type OutputOf<S, Nothing> = S extends Schema ? NonNullable<S["~standard"]["types"]>["output"] : Nothing;

/**
 * What a handler may return: nothing at all where the schema takes `undefined`, or there is none.
 *
 * @internal
 */
type AnswerOf<S> = undefined extends InputOf<S> ? InputOf<S> | undefined | void : InputOf<S>;

/** @internal */
type Sends<C, By extends Side> = { [T in SentBy<C, By>]: Sent<T, InputOf<DataSchema<C, By, T>>> }[SentBy<C, By>];

/**
 * A message as it is given to `send`; data that may be undefined may be left out.
 *
 * @internal
 */
type Sent<T, Data> = undefined extends Data
  ? { readonly type: T; readonly data?: Data; readonly id?: MessageId; readonly room?: string }
  : { readonly type: T; readonly data: Data; readonly id?: MessageId; readonly room?: string };

/** @internal */
type Receives<C, By extends Side> =
  | { [T in SentBy<C, By>]: Received<T, OutputOf<DataSchema<C, By, T>, undefined>> }[SentBy<C, By>]
  | ("text" extends SentBy<C, By> ? never : Received<"text", string>)
  | ("binary" extends SentBy<C, By> ? never : Received<"binary", Uint8Array<ArrayBuffer>>);

/** @internal */
type Received<T, Data> = { readonly type: T; readonly data: Data; readonly id?: MessageId; readonly room?: string };

/** @internal */
type Handled<C, By extends Side, T> = {
  readonly data: OutputOf<DataSchema<C, By, T>, undefined>;
  readonly reply: AnswerOf<ReplySchema<C, By, T>>;
};

/** @internal */
type Requested<C, By extends Side, T> = {
  readonly data: InputOf<DataSchema<C, By, T>>;
  readonly reply: OutputOf<ReplySchema<C, By, T>, null>;
};

/** @internal */
// deno-lint-ignore no-explicit-any -- without a contract, what arrives is whatever the peer sent
type Anything = any;

/** @internal */
type OpenHandled = { readonly data: Anything; readonly reply: unknown };

/** @internal */
type OpenRequested = { readonly data: unknown; readonly reply: Anything };

/** @internal */
type OpenDoor = {
  readonly data: unknown;
  readonly reply: Anything;
  readonly serverData: Anything;
  readonly serverReply: unknown;
};

/**
 * Whether the contract says which rooms there are.
 *
 * @internal
 */
type HasRooms<C> = IsOpen<C> extends true ? false : "rooms" extends keyof C ? true : false;

/** @internal */
type Door<Room> = Room extends unknown ? {
    readonly data: InputOf<SchemaIn<Room, "data">>;
    readonly reply: OutputOf<SchemaIn<Room, "reply">, null>;
    readonly serverData: OutputOf<SchemaIn<Room, "data">, undefined>;
    readonly serverReply: AnswerOf<SchemaIn<Room, "reply">>;
  }
  : never;
