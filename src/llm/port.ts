import { InstantError, type Problem } from "../kit/errors.ts";

/** A model that did not answer: whom to blame, and whether asking again may help. */
export class ModelError extends InstantError {
  readonly retryable: boolean;
  /** What the service asked to wait, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(blame: "configuration" | "service", problem: Problem, options: { readonly retryable: boolean; readonly retryAfterMs?: number; readonly cause?: unknown }) {
    super(blame, [problem], { cause: options.cause });
    this.name = "ModelError";
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** A chat model behind an OpenAI-compatible endpoint. Its text is untrusted. */
export interface ChatModel {
  /** Loads what the first question will need; nothing is asked. */
  warmUp?(): void;
  /**
   * One completion, tried once (the caller owns retries).
   * @throws ModelError blaming the service or the configuration; `retryable` tells which may be tried again.
   */
  complete(request: {
    readonly system: string;
    readonly user: string;
    /** JSON Schema the answer has to follow, with a name. */
    readonly schema: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> };
    readonly timeoutMs: number;
    readonly maxTokens: number;
  }): Promise<Completion>;
}

export interface Completion {
  readonly text: string;
  /** `stop` is the only one that is an answer; `length` was cut. */
  readonly finishReason: string;
  readonly model: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null;
}
