/** Ctrl-C and SIGTERM: children are stopped first, then the command ends with exit code 130. */

const controller = new AbortController();

/** Aborted when the user stops the command. */
export const interrupted: AbortSignal = controller.signal;

/**
 * Runs a command of the lab: prints the error it ends with, and sets the exit code (1 after an error,
 * 130 after Ctrl-C).
 */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      controller.abort();
    });
  }
  try {
    await command();
  } catch (error) {
    if (!interrupted.aborted) {
      console.error(`\n${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  if (interrupted.aborted) {
    console.error('\nStopped.');
    process.exitCode = 130;
  }
}
