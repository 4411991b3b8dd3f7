/**
 * Middleware and plugins that most servers want: limits for messages and for peers, an access log, an access list. Each is
 * put into a server by `server.use(…)`.
 *
 * @module
 */

export { accessList, type AccessListOptions, PRIVATE_NETWORKS } from "./access_list.ts";
export { accessLog, type AccessLogger, type AccessLogLevel, type AccessLogOptions } from "./access_log.ts";
export { admission, type AdmissionPlugin, type AdmissionState } from "./admission.ts";
export type { AdmissionOptions, UpgradeRate } from "./admission_options.ts";
export { rateLimit, type RateLimitOptions } from "./rate_limit.ts";
export { escapeHtml, stripControlCharacters } from "./sanitize.ts";
export { validateMessages, type ValidateMessagesOptions } from "./validate_messages.ts";
