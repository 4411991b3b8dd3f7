/**
 * Puts middleware around the handler of messages. Where all of it is synchronous, so is the whole. Pure.
 *
 * @module
 */

import { isThenable } from "./guard.ts";

/** What the inside and every middleware return: nothing, or a promise. */
export type Result = void | Promise<void>;

/** One layer. */
export type Layer<Context, Message> = (
  context: Context,
  message: Message,
  next: (message?: Message) => Result,
) => Result;

/** Layers around one inside, in the order in which they were added: the first is the outermost. */
export class Pipeline<Context, Message> {
  readonly #unheard: (context: Context, error: unknown) => void;
  #layers: ReadonlyArray<Layer<Context, Message>> = [];

  /** Makes a pipeline without layers that tells `unheard` of errors that would reach nobody. */
  constructor(unheard: (context: Context, error: unknown) => void) {
    this.#unheard = unheard;
  }

  /** Whether there is no layer, so that the inside can be called without us. */
  get isEmpty(): boolean {
    return this.#layers.length === 0;
  }

  /** Adds a layer inside of those that are there. Returns what takes it out again; messages under way keep theirs. */
  add(layer: Layer<Context, Message>): () => void {
    this.#layers = [...this.#layers, layer];
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      const at = this.#layers.indexOf(layer);
      this.#layers = this.#layers.filter((_, i) => i !== at);
    };
  }

  /**
   * Hands `message` through the layers to `inside`. What `next` returns need not be awaited: it belongs to the result all
   * the same, unless the layer listens to it. A call of `next` after the layer was done does nothing but tell `unheard`, as
   * it comes from a timer or the like, where a throw would end the process.
   *
   * @throws {Error} If a layer calls `next` twice. What layers throw comes through.
   */
  run(context: Context, message: Message, inside: (context: Context, message: Message) => Result): Result {
    const layers = this.#layers;
    const unheard = (error: unknown): void => this.#unheard(context, error);
    function call(at: number, current: Message): Result {
      const layer = layers[at];
      if (layer === undefined) return inside(context, current);
      let state: "waiting" | "called" | "over" = "waiting";
      let handling: Handling | undefined;
      function next(other?: Message): Result {
        if (state === "over") return unheard(misuse("after the middleware was done"));
        if (state === "called") throw misuse("twice");
        state = "called";
        const result = call(at + 1, other ?? current);
        return handling = isThenable(result) ? Handling.of(result) : undefined;
      }
      function over(): void {
        state = "over";
      }
      const result = layer(context, current, next);
      if (handling !== undefined && result === handling) return handling.finally(over);
      if (isThenable(result)) return outcome(Promise.resolve(result).finally(over), () => handling, unheard);
      over();
      return handling?.rest();
    }
    return call(0, message);
  }
}

/** What the layers further in came to, which knows whether anybody listens to it. */
class Handling extends Promise<void> {
  #isHeard = false;

  /** What is made from it is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Follows `result`. That nobody listens is no reason for the runtime to complain: {@linkcode rest} tells. */
  static of(result: PromiseLike<void>): Handling {
    const handling = new Handling((resolve) => resolve(result));
    handling.#settled().catch(() => {});
    return handling;
  }

  override then<Value = void, Reason = never>(
    fulfilled?: ((value: void) => Value | PromiseLike<Value>) | null,
    rejected?: ((reason: unknown) => Reason | PromiseLike<Reason>) | null,
  ): Promise<Value | Reason> {
    this.#isHeard = true;
    return super.then(fulfilled, rejected);
  }

  /** The same to the end, but for an error of which somebody else has heard. */
  rest(): Promise<void> {
    return this.#isHeard ? this.#settled().catch(() => {}) : this.#settled();
  }

  #settled(): Promise<void> {
    return super.then();
  }
}

/** The result of a layer and of those further in, whether or not it waited for them. */
async function outcome(
  layer: Promise<void>,
  handling: () => Handling | undefined,
  unheard: (error: unknown) => void,
): Promise<void> {
  try {
    await layer;
  } catch (error) {
    handling()?.rest().catch(unheard);
    throw error;
  }
  await handling()?.rest();
}

function misuse(when: string): Error {
  return new Error(`Cannot hand on a message as next() was called ${when}: call it once, and return its result`);
}
