/**
 * The server: {@linkcode WebSocketServer} and what belongs to it.
 *
 * @module
 */

export { WebSocketServer } from "./server.ts";
export type { WebSocketConfig } from "./options.ts";
export { Handshake } from "./handshake.ts";
export { type ConnectionView, Selection, type SelectionPorts } from "./selection.ts";
export type { OriginRule, Origins } from "./origin.ts";
export type { SubprotocolChooser } from "./subprotocol.ts";
export type { WhenFull } from "./gate.ts";
export type {
  ListenAddress,
  Listener,
  ListenOptions,
  Platform,
  RequestHandler,
  RequestInfo,
  Upgraded,
  UpgradeFunction,
  UpgradeOptions,
} from "./platform.ts";
export type {
  AdoptInfo,
  BroadcastOptions,
  BroadcastOutcome,
  Callback,
  CloseInfo,
  ConnectionState,
  SendOutcome,
  UpgradeInfo,
  WebSocketConnection,
  WebSocketHandlers,
  WebSocketMiddleware,
  WebSocketServerEvents,
  WebSocketStats,
} from "./types.ts";
export type { SocketEvent, SocketEventType, SocketLike, SocketListener } from "../internal/socket_like.ts";
export type { Off } from "../internal/emitter.ts";
export type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
export * from "../errors.ts";
