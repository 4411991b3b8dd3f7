/**
 * The defaults of the options of {@linkcode jwt}, and the one place where they are checked.
 *
 * @module
 */

import { type NumberRule, OptionChecks } from "../internal/checks.ts";
import type { ClaimRules } from "./jwt_claims.ts";
import type { KeySource } from "./jwt_keys.ts";
import { resolveKeys } from "./jwt_key_options.ts";
import type { JwtCommonOptions, JwtOptions } from "./jwt_options.ts";

/** The options with all defaults in place. */
export interface JwtConfig<Custom extends object> extends ClaimRules {
  readonly keys: KeySource;
  readonly issuer: string[] | undefined;
  readonly audience: string[] | undefined;
  readonly typ: string | undefined;
  readonly requiredClaims: string[];
  readonly maxTokenLength: number;
  readonly claimsSchema: JwtCommonOptions<Custom>["claimsSchema"];
  readonly userId: JwtCommonOptions<Custom>["userId"];
  readonly check: JwtCommonOptions<Custom>["check"];
  readonly allowAnonymous: boolean;
  readonly onRefused: JwtCommonOptions<Custom>["onRefused"];
  readonly now: () => number;
}

const ACTION = "make jwt()";
const checks = new OptionChecks(ACTION);

/** The longest time that a number of milliseconds can say: the largest date. */
const DURATION: NumberRule = { min: 0, max: 8_640_000_000_000_000 };

const COMMON = [
  "issuer",
  "audience",
  "typ",
  "requiredClaims",
  "requireExpiry",
  "clockToleranceMs",
  "maxTokenAgeMs",
  "maxTokenLength",
  "claimsSchema",
  "userId",
  "check",
  "allowAnonymous",
  "requireAuth",
  "onRefused",
  "now",
] as const satisfies readonly (keyof JwtCommonOptions)[];

/** Options that narrow down who gets in: `undefined`, as from an environment variable that is not set, is no way to say "all". */
const RESTRICTING = ["issuer", "audience", "typ", "requiredClaims", "maxTokenAgeMs", "claimsSchema", "check"] as const;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} If an option is of a wrong kind, unknown, or contradicts another.
 * @throws {RangeError} If a number is out of bounds.
 */
export function resolveJwtOptions<Custom extends object>(options: JwtOptions<Custom>): JwtConfig<Custom> {
  if (typeof options !== "object" || options === null) throw checks.failure("options", "be an object", options);
  const keys = resolveKeys(options, checks, COMMON);
  for (const name of RESTRICTING) {
    if (name in options && options[name] === undefined) {
      throw checks.failure(name, "have a value, or be left out where it is not to be looked at", undefined);
    }
  }
  const { requiredClaims = [], maxTokenAgeMs, claimsSchema } = options;
  if (!Array.isArray(requiredClaims)) throw checks.failure("requiredClaims", "be a list", requiredClaims);
  for (const name of ["userId", "check", "onRefused", "now"] as const) checks.optionalFunction(name, options[name]);
  if (claimsSchema !== undefined && typeof claimsSchema["~standard"]?.validate !== "function") {
    throw checks.failure("claimsSchema", "be a Standard Schema", claimsSchema);
  }
  const requireExpiry = checks.boolean("requireExpiry", options.requireExpiry, true);
  return {
    keys,
    issuer: textsOf("issuer", options.issuer),
    audience: textsOf("audience", options.audience),
    typ: options.typ === undefined ? undefined : textOf("typ", options.typ),
    requiredClaims: [
      ...requiredClaims.map((each) => textOf("requiredClaims", each)),
      ...requireExpiry ? ["exp"] : [],
      ...maxTokenAgeMs === undefined ? [] : ["iat"],
    ],
    clockToleranceMs: checks.number("clockToleranceMs", options.clockToleranceMs, 0, DURATION),
    maxTokenAgeMs: maxTokenAgeMs === undefined ? undefined : checks.number("maxTokenAgeMs", maxTokenAgeMs, 0, DURATION),
    maxTokenLength: checks.number("maxTokenLength", options.maxTokenLength, 8_192, { min: 1, integer: true }),
    claimsSchema,
    userId: options.userId,
    check: options.check,
    allowAnonymous: resolveAnonymous(options),
    onRefused: options.onRefused,
    now: options.now ?? Date.now,
  };
}

/** Two names for one thing, as people look for either. */
function resolveAnonymous(
  { allowAnonymous, requireAuth }: Pick<JwtOptions, "allowAnonymous" | "requireAuth">,
): boolean {
  const isAllowed = checks.boolean("allowAnonymous", allowAnonymous, requireAuth === false);
  const isRequired = checks.boolean("requireAuth", requireAuth, !isAllowed);
  if (isAllowed === isRequired) {
    throw new TypeError(
      `Cannot ${ACTION} as "requireAuth" must be the opposite of "allowAnonymous": both are ${isAllowed}, set one of them`,
    );
  }
  return isAllowed;
}

function textsOf(name: string, value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw checks.failure(name, "hold a string at least", value);
  return list.map((each) => textOf(name, each));
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw checks.failure(name, "be a string that is not empty", value);
  return value;
}
