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
