/**
 * What tests of applications need: {@linkcode connect} gives a client on a real server without a port,
 * {@linkcode VirtualClock}, {@linkcode testPlatform} and {@linkcode testClientPlatform} put time and network into the
 * hands of the test, and {@linkcode SocketPair} joins two sockets in memory.
 *
 * @module
 */

export { type TestClientPlatform, testClientPlatform, type TestClientPlatformOptions } from "./client_platform.ts";
export { connect, type ConnectOptions, HandshakeRefusedError } from "./connect.ts";
export type { UpgradeTarget } from "./handshake.ts";
export { type PairedSocket, SocketPair, type SocketPairOptions } from "./socket_pair.ts";
export { type ClosedInfo, TestClient, type TestClientSetup } from "./test_client.ts";
export { type TestPlatform, testPlatform, type TestPlatformOptions } from "./test_platform.ts";
export { VirtualClock, type VirtualClockOptions, type VirtualTimer } from "./virtual_clock.ts";
