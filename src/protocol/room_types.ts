/**
 * Patterns of room names at the level of types: which names there are, what stands in a placeholder, and which pattern
 * counts for a name, by the same rules as room_pattern.ts. Pure.
 *
 * @module
 */

/**
 * Any name, in a form that does not swallow the other names in a list of completions.
 *
 * @internal
 */
type AnyName = string & Record<never, never>;

/** @internal */
export type NameOf<P extends string> = string extends P ? string
  : P extends "*" ? AnyName
  : P extends `${infer Text}{${infer _Name}}${infer Rest}` ? `${Text}${string}${NameOf<Rest>}`
  : P extends `${infer Text}*` ? `${Text}${string}`
  : P;

/** @internal */
export type PlaceholderOf<P extends string> = string extends P ? string
  : P extends `${infer _Text}{${infer Name}}${infer Rest}` ? Name | PlaceholderOf<Rest>
  : never;

/**
 * The pattern that counts for a name, as a contract chooses it; all that may count where the name is no literal.
 *
 * @internal
 */
export type FittingPattern<P extends string, N extends string> = N extends P ? N
  : Record<never, never> extends Record<N, 1> ? Overlapping<P, N>
  : [Fitting<Exclude<P, `${string}*`>, N>] extends [never] ? Fitting<Extract<P, `${string}*`>, N>
  : Fitting<Exclude<P, `${string}*`>, N>;

/**
 * Those of the patterns that may fit a name which is no literal.
 *
 * @internal
 */
type Overlapping<P extends string, N extends string> = P extends string
  ? N extends NameOf<P> ? P : NameOf<P> extends N ? P : never
  : never;

/**
 * Those of the patterns that fit a name which is a literal.
 *
 * @internal
 */
type Fitting<P extends string, N extends string> = P extends string ? Fits<P, N> extends true ? P : never : never;

/** @internal */
type Fits<P extends string, N extends string> = P extends `${infer Text}{${infer _Name}}${infer Rest}`
  ? N extends `${Text}${infer Tail}` ? FitsPlaceholder<Rest, Tail> : false
  : P extends `${infer Text}*` ? N extends `${Text}${string}` ? true : false
  : N extends P ? true
  : false;

/**
 * Whether a name's tail begins with what a placeholder may stand for, and then fits the rest of the pattern.
 *
 * @internal
 */
type FitsPlaceholder<Rest extends string, Tail extends string> = Rest extends `${infer End}${infer _After}`
  ? Tail extends `${infer Value}${End}${infer After}`
    ? IsValue<Value> extends true ? Fits<Rest, `${End}${After}`> : false
  : false
  : IsValue<Tail>;

/** @internal */
type IsValue<Text extends string> = Text extends "" | `${string}/${string}` ? false : true;
