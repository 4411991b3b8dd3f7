/**
 * Tests of types: what a contract allows compiles on both sides, with three libraries of schemas, and what it does not
 * allow does not. The checker decides; the functions only run to be seen.
 */

import { assertEquals } from "@std/assert";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { createMessage } from "../../src/create_message.ts";
import {
  type ClientHandled,
  type ClientHandles,
  type ClientReceives,
  type ClientRequested,
  type ClientRequests,
  type ClientSends,
  type Contract,
  defineContract,
  type MessageId,
  type RoomJoin,
  type RoomName,
  type RoomParams,
  type RoomPattern,
  type Sendable,
  type ServerHandled,
  type ServerHandles,
  type ServerReceives,
  type ServerRequested,
  type ServerRequests,
  type ServerSends,
  type WebSocketMessage,
} from "../../src/protocol/mod.ts";

/** Compiles where both are the same type, `any` being the same as nothing else. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function same<A, B>(_isSame: Same<A, B>): void {}

/** Compiles where the value is of the type; it is not used. */
function takes<T>(..._values: readonly T[]): void {}

/** Compiles where each is assignable to the other, for types that are put together differently. */
function alike<A, B>(_isAlike: [A] extends [B] ? [B] extends [A] ? true : false : false): void {}

const withZod = defineContract({
  title: "Board",
  client: {
    say: z.object({ text: z.string(), at: z.string().transform((text) => new Date(text)).optional() }),
    hush: z.undefined(),
    nudge: z.object({ by: z.number().default(1) }).optional(),
  },
  server: { said: z.object({ by: z.string(), text: z.string() }) },
  requests: {
    history: { data: z.object({ limit: z.number().default(50) }), reply: z.array(z.string().transform(Number)) },
    clear: {},
    confirm: { data: z.string(), reply: z.boolean(), from: "server" },
    sync: { data: z.number(), reply: z.number().optional(), from: "both" },
  },
  rooms: {
    lobby: {},
    "chat/{id}": {
      data: z.object({ name: z.string().default("me") }),
      reply: z.object({ members: z.number().default(0) }),
    },
    "team/{team}/{id}": { reply: z.string() },
    "news/*": { data: z.boolean() },
  },
});
type Zod = typeof withZod;

const withValibot = defineContract({
  client: { move: v.object({ x: v.optional(v.number(), 0), when: v.pipe(v.string(), v.transform(Number)) }) },
  server: { moved: v.variant("kind", [v.object({ kind: v.literal("a") }), v.object({ kind: v.literal("b") })]) },
  requests: { add: { data: v.tuple([v.number(), v.number()]), reply: v.number() } },
  rooms: { "game:{id}": { data: v.pipeAsync(v.string(), v.checkAsync(() => Promise.resolve(true))) } },
});
type Valibot = typeof withValibot;

const withArktype = defineContract({
  client: { draw: type({ color: "'red' | 'blue'", "width?": "number" }) },
  server: { drawn: type("string[]") },
  requests: { parse: { data: type("string.numeric.parse"), reply: type({ value: "number" }), from: "client" } },
  rooms: { "*": { reply: type("string") } },
});
type Arktype = typeof withArktype;

Deno.test("ClientSends is what the contract lets a client send, as the schemas take it", () => {
  takes<ClientSends<Zod>>(
    { type: "say", data: { text: "hi", at: "2030-01-01" } },
    { type: "say", data: { text: "hi" }, room: "chat/1" },
    { type: "hush" },
    { type: "hush", data: undefined },
    { type: "nudge" },
    { type: "nudge", data: {} },
    { type: "history", data: {}, id: 7 },
    { type: "clear", id: "a" },
    { type: "sync", data: 1 },
    "text",
    new Uint8Array(1),
    new ArrayBuffer(1),
  );
  takes<ClientSends<Valibot>>({ type: "move", data: { when: "1" } }, { type: "add", data: [1, 2] });
  takes<ClientSends<Arktype>>({ type: "draw", data: { color: "red" } }, { type: "parse", data: "1" });

  // @ts-expect-error: no such type
  takes<ClientSends<Zod>>({ type: "sing", data: { text: "hi" } });
  // @ts-expect-error: the data is missing
  takes<ClientSends<Zod>>({ type: "say" });
  // @ts-expect-error: a member is missing
  takes<ClientSends<Zod>>({ type: "say", data: {} });
  // @ts-expect-error: what the schema makes of it is not what it takes
  takes<ClientSends<Zod>>({ type: "say", data: { text: "hi", at: new Date() } });
  // @ts-expect-error: there is nothing to say
  takes<ClientSends<Zod>>({ type: "hush", data: 1 });
  // @ts-expect-error: a member that is no member
  takes<ClientSends<Zod>>({ type: "hush", volume: 1 });
  // @ts-expect-error: the server sends this
  takes<ClientSends<Zod>>({ type: "said", data: { by: "a", text: "hi" } });
  // @ts-expect-error: the server asks this
  takes<ClientSends<Zod>>({ type: "confirm", data: "sure?" });
  // @ts-expect-error: not a message
  takes<ClientSends<Zod>>(1);
  // @ts-expect-error: the wrong data
  takes<ClientSends<Valibot>>({ type: "move", data: { when: 1 } });
  // @ts-expect-error: the wrong data
  takes<ClientSends<Arktype>>({ type: "draw", data: { color: "green" } });
});

Deno.test("ServerSends is what the contract lets the server send", () => {
  takes<ServerSends<Zod>>(
    { type: "said", data: { by: "a", text: "hi" } },
    { type: "confirm", data: "sure?", id: 1 },
    { type: "sync", data: 1 },
    "text",
  );
  takes<ServerSends<Valibot>>({ type: "moved", data: { kind: "b" } });
  takes<ServerSends<Arktype>>({ type: "drawn", data: ["a"] });

  // @ts-expect-error: a client sends this
  takes<ServerSends<Zod>>({ type: "say", data: { text: "hi" } });
  // @ts-expect-error: a client asks this
  takes<ServerSends<Zod>>({ type: "clear" });
  // @ts-expect-error: the wrong data
  takes<ServerSends<Valibot>>({ type: "moved", data: { kind: "c" } });
  // @ts-expect-error: the wrong data
  takes<ServerSends<Arktype>>({ type: "drawn", data: "a" });
});

Deno.test("what createMessage() makes can be sent, and what is wrong with it is found", () => {
  const made: ClientSends<Zod> = createMessage("say", { text: "hi" });
  takes<ServerSends<Valibot>>(createMessage("moved", { kind: "b" }));
  takes<ClientSends<Zod>>(createMessage("hush"), createMessage("nudge"));

  // @ts-expect-error: the wrong data
  takes<ClientSends<Zod>>(createMessage("say", { text: 1 }));
  // @ts-expect-error: no such type
  takes<ClientSends<Zod>>(createMessage("sing", { text: "hi" }));
  // @ts-expect-error: the data is missing
  takes<ClientSends<Zod>>(createMessage("say"));

  assertEquals(typeof made, "object");
});

Deno.test("ServerReceives is what the schemas make of what a client sent, text and bytes", () => {
  same<Extract<ServerReceives<Zod>, { type: "say" }>["data"], { text: string; at?: Date | undefined }>(true);
  same<Extract<ServerReceives<Zod>, { type: "hush" }>["data"], undefined>(true);
  same<Extract<ServerReceives<Zod>, { type: "nudge" }>["data"], { by: number } | undefined>(true);
  same<Extract<ServerReceives<Zod>, { type: "history" }>["data"], { limit: number }>(true);
  same<Extract<ServerReceives<Zod>, { type: "clear" }>["data"], undefined>(true);
  same<Extract<ServerReceives<Zod>, { type: "text" }>["data"], string>(true);
  same<Extract<ServerReceives<Zod>, { type: "binary" }>["data"], Uint8Array<ArrayBuffer>>(true);
  same<ServerReceives<Zod>["type"], "say" | "hush" | "nudge" | "history" | "clear" | "sync" | "text" | "binary">(true);
  same<ServerReceives<Zod>["id"], MessageId | undefined>(true);
  same<ServerReceives<Zod>["room"], string | undefined>(true);
  same<Extract<ServerReceives<Valibot>, { type: "move" }>["data"], { x: number; when: number }>(true);
  same<Extract<ServerReceives<Arktype>, { type: "parse" }>["data"], number>(true);
});

Deno.test("ServerReceives is told apart by the type", () => {
  const describe = (message: ServerReceives<Zod>): string => {
    switch (message.type) {
      case "say":
        return `${message.data.text} ${message.data.at?.getTime()}`;
      case "nudge":
        return String(message.data?.by.toFixed());
      case "text":
        return message.data.toUpperCase();
      case "binary":
        return String(message.data.byteLength);
      // @ts-expect-error: the server sends this
      case "said":
        return "";
      default:
        return message.type;
    }
  };

  assertEquals(describe({ type: "text", data: "hi" }), "HI");
});

Deno.test("ClientReceives is what the schemas make of what the server sent, text and bytes", () => {
  same<ClientReceives<Zod>["type"], "said" | "confirm" | "sync" | "text" | "binary">(true);
  same<Extract<ClientReceives<Zod>, { type: "said" }>["data"], { by: string; text: string }>(true);
  same<Extract<ClientReceives<Valibot>, { type: "moved" }>["data"], { kind: "a" } | { kind: "b" }>(true);
  same<Extract<ClientReceives<Arktype>, { type: "drawn" }>["data"], string[]>(true);
});

Deno.test("a contract's own types text and binary stand in the place of ours", () => {
  const contract = defineContract({ client: { text: z.object({ words: z.string().array() }) } });

  same<ServerReceives<typeof contract>["type"], "text" | "binary">(true);
  same<Extract<ServerReceives<typeof contract>, { type: "text" }>["data"], { words: string[] }>(true);
});

Deno.test("ServerHandles and ClientHandles name the messages and requests that may arrive", () => {
  same<ServerHandles<Zod>, "say" | "hush" | "nudge" | "history" | "clear" | "sync">(true);
  same<ClientHandles<Zod>, "said" | "confirm" | "sync">(true);
  same<ServerHandles<Valibot>, "move" | "add">(true);
  same<ClientHandles<Arktype>, "drawn">(true);
});

Deno.test("ServerHandled and ClientHandled give what a handler gets, and what it may return", () => {
  same<ServerHandled<Zod, "history">["data"], { limit: number }>(true);
  same<ServerHandled<Zod, "history">["reply"], string[]>(true);
  same<ServerHandled<Zod, "sync">["reply"], number | undefined | void>(true);
  same<ServerHandled<Zod, "clear">["data"], undefined>(true);
  same<ServerHandled<Zod, "clear">["reply"], undefined | void>(true);
  same<ServerHandled<Zod, "say">["data"], { text: string; at?: Date | undefined }>(true);
  same<ServerHandled<Zod, "say">["reply"], undefined | void>(true);
  same<ClientHandled<Zod, "confirm">["data"], string>(true);
  same<ClientHandled<Zod, "confirm">["reply"], boolean>(true);
  same<ClientHandled<Zod, "said">["data"], { by: string; text: string }>(true);
  same<ServerHandled<Valibot, "add">["data"], [number, number]>(true);
  same<ServerHandled<Valibot, "add">["reply"], number>(true);
  same<ServerHandled<Arktype, "parse">["data"], number>(true);
  same<ServerHandled<Arktype, "parse">["reply"], { value: number }>(true);
});

Deno.test("ClientRequests and ServerRequests name the requests of each side", () => {
  same<ClientRequests<Zod>, "history" | "clear" | "sync">(true);
  same<ServerRequests<Zod>, "confirm" | "sync">(true);
  same<ClientRequests<Valibot>, "add">(true);
  same<ServerRequests<Valibot>, never>(true);
  same<ClientRequests<Arktype>, "parse">(true);
});

Deno.test("ClientRequested and ServerRequested give what is asked with, and what is answered", () => {
  same<ClientRequested<Zod, "history">["data"], { limit?: number | undefined }>(true);
  same<ClientRequested<Zod, "history">["reply"], number[]>(true);
  same<ClientRequested<Zod, "clear">["data"], undefined>(true);
  same<ClientRequested<Zod, "clear">["reply"], null>(true);
  same<ServerRequested<Zod, "confirm">["data"], string>(true);
  same<ServerRequested<Zod, "confirm">["reply"], boolean>(true);
  same<ServerRequested<Zod, "sync">["reply"], number | undefined>(true);
  same<ClientRequested<Valibot, "add">, { readonly data: [number, number]; readonly reply: number }>(true);
  same<ClientRequested<Arktype, "parse">["data"], string>(true);
});

Deno.test("RoomPattern and RoomName follow from the patterns", () => {
  same<RoomPattern<Zod>, "lobby" | "chat/{id}" | "team/{team}/{id}" | "news/*">(true);
  same<RoomName<Zod>, "lobby" | `chat/${string}` | `team/${string}/${string}` | `news/${string}`>(true);
  same<RoomName<Valibot>, `game:${string}`>(true);
  alike<RoomName<Arktype>, string>(true);

  takes<RoomName<Zod>>("lobby", "chat/1", "team/a/b", "news/");
  // @ts-expect-error: no pattern fits
  takes<RoomName<Zod>>("lobbies");
});

Deno.test("RoomJoin gives what is said at the door of a room, by its name or its pattern", () => {
  type Chat = {
    readonly data: { name?: string | undefined };
    readonly reply: { members: number };
    readonly serverData: { name: string };
    readonly serverReply: { members?: number | undefined };
  };
  same<RoomJoin<Zod, "chat/{id}">, Chat>(true);
  same<RoomJoin<Zod, "chat/42">, Chat>(true);
  same<RoomJoin<Zod, `chat/${number}`>, Chat>(true);
  same<RoomJoin<Zod, "lobby">["data"], undefined>(true);
  same<RoomJoin<Zod, "lobby">["reply"], null>(true);
  same<RoomJoin<Zod, "lobby">["serverData"], undefined>(true);
  same<RoomJoin<Zod, "lobby">["serverReply"], undefined | void>(true);
  same<RoomJoin<Zod, "team/a/b">["reply"], string>(true);
  same<RoomJoin<Zod, "news/of/today">["data"], boolean>(true);
  same<RoomJoin<Zod, "lobby" | "news/x">["data"], undefined | boolean>(true);
  same<RoomJoin<Zod, "chat/1/2">, never>(true);
  same<RoomJoin<Valibot, "game:1">["serverData"], string>(true);
  same<RoomJoin<Arktype, "anything">["reply"], string>(true);
  same<RoomJoin<Arktype, string>["reply"], string>(true);
});

Deno.test("RoomJoin takes the pattern that counts: a plain name, then placeholders, then any rest", () => {
  const schema = <T extends string>(text: T) => z.literal(text);
  const contract = defineContract({
    rooms: {
      "*": { reply: schema("rest") },
      "a/*": { reply: schema("a rest") },
      "a/{b}": { reply: schema("placeholder") },
      "a/{b}:{c}": { reply: schema("two placeholders") },
      "a/b": { reply: schema("name") },
    },
  });
  type C = typeof contract;

  same<RoomJoin<C, "a/b">["reply"], "name">(true);
  same<RoomJoin<C, "a/c">["reply"], "placeholder">(true);
  same<RoomJoin<C, "a/c:d">["reply"], "placeholder" | "two placeholders">(true);
  same<RoomJoin<C, "a/c/d">["reply"], "rest" | "a rest">(true);
  same<RoomJoin<C, "a/">["reply"], "rest" | "a rest">(true);
  same<RoomJoin<C, "b">["reply"], "rest">(true);
  same<RoomJoin<C, "*">["reply"], "rest">(true);
});

Deno.test("RoomParams names what stands in the placeholders", () => {
  same<RoomParams<"team/{team}/{id}">, { readonly team: string; readonly id: string }>(true);
  same<keyof RoomParams<"lobby">, never>(true);
  same<RoomParams<string>, { readonly [name: string]: string }>(true);
});

Deno.test("a contract that is only known as Contract leaves everything open", () => {
  same<ClientSends<Contract>, Sendable>(true);
  same<ServerSends<Contract>, Sendable>(true);
  same<ServerReceives<Contract>, WebSocketMessage>(true);
  same<ClientReceives<Contract>, WebSocketMessage>(true);
  same<ServerHandles<Contract>, string>(true);
  same<ClientHandles<Contract>, string>(true);
  // deno-lint-ignore no-explicit-any -- any is what is asserted
  same<ServerHandled<Contract, "x">, { readonly data: any; readonly reply: unknown }>(true);
  // deno-lint-ignore no-explicit-any -- any is what is asserted
  same<ClientHandled<Contract, "x">, { readonly data: any; readonly reply: unknown }>(true);
  same<ClientRequests<Contract>, string>(true);
  same<ServerRequests<Contract>, string>(true);
  // deno-lint-ignore no-explicit-any -- any is what is asserted
  same<ClientRequested<Contract, "x">, { readonly data: unknown; readonly reply: any }>(true);
  // deno-lint-ignore no-explicit-any -- any is what is asserted
  same<ServerRequested<Contract, "x">, { readonly data: unknown; readonly reply: any }>(true);
  same<RoomName<Contract>, string>(true);
  same<RoomPattern<Contract>, string>(true);
  same<RoomJoin<Contract, "x">["data"], unknown>(true);
  same<RoomJoin<Contract, "x">["serverReply"], unknown>(true);
});

Deno.test("an empty contract allows nothing but text and bytes; one that says nothing of rooms allows any", () => {
  const empty = defineContract({});
  const roomless = defineContract({ rooms: {} });

  same<ClientSends<typeof empty>, string | ArrayBuffer | ArrayBufferView>(true);
  same<ServerReceives<typeof empty>["type"], "text" | "binary">(true);
  same<ServerHandles<typeof empty>, never>(true);
  same<RoomName<typeof empty>, string>(true);
  same<RoomJoin<typeof empty, "x">["data"], unknown>(true);
  same<RoomName<typeof roomless>, never>(true);
});

Deno.test("defineContract() keeps the exact type, and takes nothing that is no contract", () => {
  same<Zod["requests"]["confirm"]["from"], "server">(true);
  same<Zod["title"], "Board">(true);
  takes<Contract>(withZod, withValibot, withArktype);

  const wrong = [
    // @ts-expect-error: not a schema
    () => defineContract({ client: { say: {} } }),
    // @ts-expect-error: not a schema
    () => defineContract({ requests: { ask: { data: "string" } } }),
    // @ts-expect-error: not a side
    () => defineContract({ requests: { ask: { from: "both sides" } } }),
    // @ts-expect-error: a schema where a description of a room belongs
    () => defineContract({ rooms: { lobby: 1 } }),
  ];
  assertEquals(wrong.length, 4);
});
