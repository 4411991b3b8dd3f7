/**
 * Puts middleware around the handler of messages. Where all of it is synchronous, so is the whole. Pure.
 *
 * @module
 */

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
  #layers: ReadonlyArray<Layer<Context, Message>> = [];

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
   * Hands `message` through the layers to `inside`.
   *
   * @throws {Error} If a layer calls `next` twice, or after what it returned has settled. What layers throw comes through.
   */
  run(context: Context, message: Message, inside: (context: Context, message: Message) => Result): Result {
    const layers = this.#layers;
    function call(at: number, current: Message): Result {
      const layer = layers[at];
      if (layer === undefined) return inside(context, current);
      let state: "waiting" | "called" | "over" = "waiting";
      function next(other?: Message): Result {
        if (state !== "waiting") {
          const why = state === "over" ? "after the middleware was done" : "twice";
          throw new Error(`Cannot hand on a message as next() was called ${why}: call it once, and return its result`);
        }
        state = "called";
        return call(at + 1, other ?? current);
      }
      const result = layer(context, current, next);
      if (result instanceof Promise) return result.finally(() => state = "over");
      state = "over";
      return result;
    }
    return call(0, message);
  }
}
