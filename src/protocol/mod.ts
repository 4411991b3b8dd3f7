/**
 * The wire protocol for who writes a client or server of their own: names, codes, codec. See docs/PROTOCOL.md.
 *
 * @module
 */

export * from "./close_codes.ts";
export * from "./codec.ts";
export * from "./messages.ts";
export { checkControl, controlTypes } from "./shapes.ts";
export { decideLiveness, type LivenessDecision, type LivenessPolicy, type Silence } from "./liveness.ts";
export { type Contract, defineContract, type RequestContract, type RoomContract, type Schema } from "./contract.ts";
export type * from "./contract_types.ts";
export {
  compileContract,
  type CompiledContract,
  type CompiledRoom,
  invalidData,
  validate,
  type Validated,
  wireIssues,
} from "./contract_check.ts";
export { type DataIssue, type ErrorCode, InvalidDataError, SwitchboardError } from "../errors.ts";
export { type CompiledRoomPattern, compileRoomPattern } from "./room_pattern.ts";
export { type CreatedMessage, makeMessage } from "./create_message.ts";
