/**
 * The server: {@linkcode WebSocketServer} and what belongs to it.
 *
 * @module
 */

export { WebSocketServer } from "./server.ts";
export type { WebSocketConfig } from "./options.ts";
export { Handshake } from "./handshake.ts";
export { type ConnectionView, type RoomView, Selection, type SelectionPorts } from "./selection.ts";
export type {
  RoomContext,
  RoomEntry,
  RoomInfo,
  RoomListener,
  RoomMessageContext,
  RoomMessageHandler,
  RoomRule,
  RoomVerdict,
  RoomVisit,
} from "./room_types.ts";
export { type LogLevel, setLogLevel } from "./log_level.ts";
export type { OriginRule, Origins } from "./origin.ts";
export type { SubprotocolChooser } from "./subprotocol.ts";
export type { WhenFull } from "./gate.ts";
export type { HistoryQuery } from "./history.ts";
export type { LogOptions, LogRule } from "./log_rules.ts";
export type { ResumeOptions } from "./resume_options.ts";
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
  Authenticate,
  Authenticated,
  BroadcastOptions,
  BroadcastOutcome,
  Callback,
  CloseInfo,
  ConnectInfo,
  ConnectionLayer,
  ConnectionRequest,
  ConnectionState,
  ConnectionVerdict,
  MessageContext,
  MessageHandler,
  MessageLayer,
  PeerHandshake,
  PlatformPorts,
  PluginHost,
  PublishOptions,
  RequestArguments,
  RequestOptions,
  RequestResult,
  SendOutcome,
  SessionEnd,
  SessionEnded,
  TokenSources,
  UpgradeInfo,
  UpgradeResult,
  WebSocketConnection,
  WebSocketHandlers,
  WebSocketMiddleware,
  WebSocketPlugin,
  WebSocketServerEvents,
  WebSocketStats,
  WhenUserFull,
} from "./types.ts";
export type { SocketEvent, SocketEventType, SocketLike, SocketListener } from "../internal/socket_like.ts";
export type { Off } from "../internal/emitter.ts";
export type {
  HistoryEntry,
  MessageId,
  Position,
  Recovery,
  RoomHistory,
  Sendable,
  WebSocketMessage,
} from "../protocol/messages.ts";
export {
  type Contract,
  defineContract,
  type RequestContract,
  type RoomContract,
  type Schema,
} from "../protocol/contract.ts";
export type * from "../protocol/contract_types.ts";
export * from "../errors.ts";
