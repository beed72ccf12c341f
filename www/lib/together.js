// Tasks that stand or fall together.

/**
 * Runs all `tasks` at once. When one fails the others are called off, and its error is the result.
 *
 * @param {AbortSignal} signal calls all of them off
 * @param {((signal: AbortSignal) => Promise<unknown>)[]} tasks
 */
export async function together(signal, tasks) {
  const local = new AbortController();
  const stop = () => local.abort(signal.reason);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    await Promise.all(tasks.map((task) => task(local.signal)));
  } catch (error) {
    local.abort(error);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
