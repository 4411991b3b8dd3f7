/**
 * What tests of applications need: {@linkcode connect} gives a client on a real server without a port,
 * {@linkcode VirtualClock}, {@linkcode testPlatform} and {@linkcode testClientPlatform} put time and network into the
 * hands of the test, and {@linkcode SocketPair} joins two sockets in memory.
 *
 * @module
 */

export { collect, nextEvent } from "./client_events.ts";
export { type TestClientPlatform, testClientPlatform, type TestClientPlatformOptions } from "./client_platform.ts";
export { connect, type ConnectOptions, HandshakeRefusedError } from "./connect.ts";
export {
  assertDelivered,
  checkDelivery,
  type DeliveryFault,
  type DeliveryFaultKind,
  type DeliveryReport,
} from "./delivery.ts";
export type { DisturbOptions, NetworkFault } from "./disturbance.ts";
export { eventually, type EventuallyOptions } from "./eventually.ts";
export type { UpgradeTarget } from "./handshake.ts";
export {
  type NetworkPlatform,
  type NetworkPlatformOptions,
  SeededNetwork,
  type SeededNetworkOptions,
} from "./network.ts";
export type { CutOptions, LineEnd, NetworkLine } from "./network_line.ts";
export { SeededRandom } from "./seeded_random.ts";
export { type PairedSocket, SocketPair, type SocketPairOptions } from "./socket_pair.ts";
export { type ClosedInfo, TestClient, type TestClientSetup } from "./test_client.ts";
export { type TestPlatform, testPlatform, type TestPlatformOptions } from "./test_platform.ts";
export { type SentMessage, Transcript, type TranscriptEntry } from "./transcript.ts";
export { VirtualClock, type VirtualClockOptions, type VirtualTimer } from "./virtual_clock.ts";
export type { Carry } from "./wire.ts";
