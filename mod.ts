/**
 * Switchboard, a WebSocket framework module for Deno: {@linkcode WebSocketServer} upgrades requests inside any
 * `Deno.serve` handler, keeps the connections, watches that they are alive, sends and broadcasts;
 * {@linkcode WebSocketClient} is its reconnecting partner in Deno and browsers; {@linkcode initWebSocket} and
 * {@linkcode getWebSocketServer} keep one server for an application.
 *
 * @module
 */

export * from "./src/access.ts";
export * from "./src/server/mod.ts";
export * from "./src/client/mod.ts";
export * from "./src/create_message.ts";
