/**
 * What both entry points of the client offer beside `WebSocketClient`.
 *
 * @module
 */

export {
  ConnectFailedError,
  ConnectionClosedError,
  ConnectTimeoutError,
  type ErrorCode,
  InboxFullError,
  OutboxFullError,
  ProtocolError,
  SwitchboardError,
} from "../errors.ts";
export type { Off } from "../internal/emitter.ts";
export type { SocketEvent, SocketEventType, SocketLike, SocketListener } from "../internal/socket_like.ts";
export type { CloseAction } from "../protocol/close_actions.ts";
export type { Payload } from "../protocol/codec.ts";
export type { LivenessPolicy } from "../protocol/liveness.ts";
export type { MessageId, Sendable, WebSocketMessage } from "../protocol/messages.ts";
export { type ConnectOptions, ReconnectingClient } from "./client.ts";
export type { ClientDialect, Link, LinkOptions, LinkSetup } from "./dialect.ts";
export type { ReconnectingClientConfig, ReconnectOptions } from "./config.ts";
export { type ClientPlatform, defaultPlatform } from "./platform.ts";
export type * from "./types.ts";
