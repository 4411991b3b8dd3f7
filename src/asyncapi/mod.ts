/**
 * AsyncAPI 3.0 documents of contracts, for whoever writes a client of another kind, and for the tools that read them.
 *
 * @example The document of a contract, as a file
 * ```ts
 * import { asyncApi } from "@switchboard/websocket/asyncapi";
 * import { defineContract } from "@switchboard/websocket/protocol";
 * import { z } from "zod";
 *
 * const contract = defineContract({ title: "Chat", client: { say: z.object({ text: z.string() }) } });
 *
 * const file = JSON.stringify(asyncApi(contract, { url: "wss://example.com/ws" }), null, 2);
 * ```
 *
 * @module
 */

export { asyncApi } from "./document.ts";
export type * from "./types.ts";
export type { Contract, RequestContract, RoomContract, Schema } from "../protocol/contract.ts";
