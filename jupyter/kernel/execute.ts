import { inspect } from 'node:util';
import { describeError, type CellError } from '#jupyter/kernel/cellError';
import { flushOutput } from '#jupyter/kernel/output';
import { runCell } from '#jupyter/kernel/runner';

/** Content of Jupyter's `execute_request`, as far as the kernel heeds it. */
export interface ExecuteRequest {
  readonly code: string;
  /** Leaves no trace: no execution count, no outputs. */
  readonly silent?: boolean;
  readonly store_history?: boolean;
  readonly stop_on_error?: boolean;
}

/** Content of `execute_reply`. */
export type ExecuteReply = { readonly execution_count: number } & (
  | { readonly status: 'ok'; readonly payload: []; readonly user_expressions: object }
  | ({ readonly status: 'error' } & CellError)
);

let executionCount = 0;

/** Runs a cell and publishes what belongs to it: its code, the value of its last expression, its error. */
export async function execute(
  { code, silent = false, store_history = true }: ExecuteRequest,
  publish: (type: string, content: object) => void,
): Promise<ExecuteReply> {
  if (!silent && store_history) executionCount++;
  const execution_count = executionCount;
  const show = (type: string, content: object): void => {
    flushOutput();
    if (!silent) publish(type, content);
  };
  show('execute_input', { code, execution_count });
  try {
    const value = await runCell(execution_count, code);
    if (value !== undefined && value !== null) {
      const data = { 'text/plain': inspect(value) };
      show('execute_result', { data, metadata: {}, execution_count });
    }
    flushOutput();
    return { status: 'ok', execution_count, payload: [], user_expressions: {} };
  } catch (error) {
    const described = describeError(error, execution_count);
    show('error', described);
    return { status: 'error', execution_count, ...described };
  }
}
