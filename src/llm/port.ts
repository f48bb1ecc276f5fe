/** A chat model behind an OpenAI-compatible endpoint. Its text is untrusted. */
export interface ChatModel {
  /**
   * One completion, tried once (the caller owns retries).
   * @throws InstantError blaming the service or the configuration; `retryable` tells which may be tried again.
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
