const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Something that must be closed whatever ends this program. */
export interface Interruptible<T> {
  readonly value: T;
  /** Resolves at the first signal. */
  readonly interrupted: Promise<void>;
  /** The work's result; never settles once a signal came, because then the program ends. */
  unlessInterrupted<R>(work: Promise<R>): Promise<R>;
  close(): Promise<void>;
}

/**
 * Waits for something closable and closes it when a person presses Ctrl-C or the program is told to end; the exit
 * status is then 128 + the signal's number, as shells expect. A second signal ends at once.
 */
export async function interruptible<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<Interruptible<T>> {
  const { promise: interrupted, resolve } = Promise.withResolvers<void>();
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    resolve();
    // What is still opening is closed as soon as it is open.
    void opening.then((value) => value.close()).finally(() => process.exit(signal === "SIGINT" ? 130 : signal === "SIGHUP" ? 129 : 143));
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const value = await opening;
  if (stopping) await new Promise(() => {});
  return {
    value,
    interrupted,
    unlessInterrupted: (work) => Promise.race([work, interrupted.then(() => new Promise<never>(() => {}))]),
    close: async () => {
      if (stopping) await new Promise(() => {});
      for (const signal of SIGNALS) process.off(signal, stop);
      await value.close();
    },
  };
}
