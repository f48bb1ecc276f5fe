/**
 * While `work` is under way, a signal that ends the job only tells it so, because it has something to put in order first: it is given the
 * time that the runner gives, SIGTERM 7.5 s after SIGINT and SIGKILL after another 2.5 s (actions/runner, ProcessInvoker). Without a
 * signal nothing is left behind; after one, further signals but the last are passed over until the process ends by itself.
 */
export async function holding<T>(work: (cancelled: AbortSignal) => Promise<T>): Promise<T> {
  const told = new AbortController();
  const tell = () => told.abort();
  for (const name of SIGNALS) process.on(name, tell);
  try {
    return await work(told.signal);
  } finally {
    if (!told.signal.aborted) for (const name of SIGNALS) process.off(name, tell);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
