/**
 * What the maker of AsyncAPI documents is told, and the shape of what it makes.
 *
 * @module
 */

import type { Schema } from "../protocol/contract.ts";

/** A JSON Schema, draft 7, as AsyncAPI 3.0 takes it. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** Makes the JSON Schema of what a schema takes; `undefined` leaves it to the schema's own library. */
export type JsonSchemaMaker = (schema: Schema, direction: "input") => unknown;

/** Something that could not be described. */
export interface AsyncApiWarning {
  /** Where in the contract: `client.say`, `requests.history.reply`, `rooms.chat/{id}.data`. */
  readonly place: string;
  /** What is missing in the document, and the way out. */
  readonly message: string;
}

/** What is told of the application beside its contract. */
export interface AsyncApiOptions {
  /**
   * The name of the application.
   *
   * @default the contract's `title`, else `"WebSocket API"`
   */
  readonly title?: string;
  /**
   * The version of the application.
   *
   * @default the contract's `version`, else `"1.0.0"`
   */
  readonly version?: string;
  /** What the application is for; the contract's `description` when left out. */
  readonly description?: string;
  /** Where the server is: a `ws:` or `wss:` URL, such as `"wss://example.com/ws"`. Not together with `servers`. */
  readonly url?: string;
  /** Where the servers are, by a name of your choice, where there are several. */
  readonly servers?: Readonly<Record<string, AsyncApiServer>>;
  /**
   * The path of the socket, as the server's option `path` has it: `"/ws"`, or `"/ws/:room"`.
   *
   * @default the path of `url`, else `"/"`
   */
  readonly path?: string;
  /**
   * Makes the JSON Schema of a schema whose library does not offer it on the schema itself, as valibot's does not. What
   * travels is what a schema takes, so that `direction` is always `"input"`.
   */
  readonly toJsonSchema?: JsonSchemaMaker;
  /** Is told of every schema that could not be described, and for which `{}`, anything, stands in the document. */
  readonly onWarning?: (warning: AsyncApiWarning) => void;
}

/** A server, as AsyncAPI 3.0 describes it. */
export interface AsyncApiServer {
  /** The host, with its port if that is not the usual one. */
  readonly host: string;
  /** `ws`, or `wss` over TLS. */
  readonly protocol: "ws" | "wss";
  /** What stands before the path of the socket in all URLs. */
  readonly pathname?: string;
  /** What this server is for. */
  readonly description?: string;
}

/** A pointer to another part of the document. */
export interface AsyncApiReference {
  /** The place, such as `#/components/messages/client.say`. */
  readonly $ref: string;
}

/** What messages go over: the socket, or a room. */
export interface AsyncApiChannel {
  /** The path of the socket, or the name of the room, with `{placeholders}`. */
  readonly address: string;
  /** Its name for people. */
  readonly title: string;
  /** What it is for. */
  readonly description?: string;
  /** What may stand in the placeholders. */
  readonly parameters?: Readonly<Record<string, { readonly description: string }>>;
  /** The messages that go over it. */
  readonly messages: Readonly<Record<string, AsyncApiReference>>;
  /** What is particular to WebSockets. */
  readonly bindings?: { readonly ws: { readonly method: "GET"; readonly bindingVersion: string } };
}

/** Something that the server does: it receives or sends a message, and perhaps answers or is answered. */
export interface AsyncApiOperation {
  /** What the server does. */
  readonly action: "receive" | "send";
  /** Its name for people. */
  readonly title: string;
  /** What it is for. */
  readonly description?: string;
  /** Over what. */
  readonly channel: AsyncApiReference;
  /** The message. */
  readonly messages: readonly AsyncApiReference[];
  /** What answers it. */
  readonly reply?: { readonly channel: AsyncApiReference; readonly messages: readonly AsyncApiReference[] };
}

/** A message. */
export interface AsyncApiMessage {
  /** Its `type` on the wire. */
  readonly name: string;
  /** Its name for people. */
  readonly title: string;
  /** What it is for. */
  readonly description?: string;
  /** Where the identifier is that question and answer share. */
  readonly correlationId?: { readonly location: string };
  /** The whole message, as JSON Schema. */
  readonly payload: JsonSchema;
}

/** An AsyncAPI 3.0 document, from the server's point of view. `JSON.stringify` makes a file of it. */
export interface AsyncApiDocument {
  /** The version of the specification. */
  readonly asyncapi: "3.0.0";
  /** What is described. */
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  /** What messages are made of. */
  readonly defaultContentType: "application/json";
  /** Where the servers are; absent when nothing was told of them. */
  readonly servers?: Readonly<Record<string, AsyncApiServer>>;
  /** The socket and the rooms. */
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  /** What the server does. */
  readonly operations: Readonly<Record<string, AsyncApiOperation>>;
  /** What the rest points to. */
  readonly components: {
    /** The messages. */
    readonly messages: Readonly<Record<string, AsyncApiMessage>>;
    /** The schemas of their data. */
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}
