/** The kernel's side of Jupyter's shell and output channels. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Publisher, Router } from 'zeromq';
import type { Connection } from '#jupyter/kernel/connection';
import { execute, type ExecuteRequest } from '#jupyter/kernel/execute';
import { captureOutput } from '#jupyter/kernel/output';
import { answerRequest, type CodeRequest } from '#jupyter/kernel/requests';
import { answer, decode, encode, type Message } from './message.cjs';

/** After an error, cells that were sent before it are waited for until none comes for so long (ms). */
const abortPatience = 20;

/** Answers Jupyter's requests, until the process ends. */
export async function serve(connection: Connection): Promise<void> {
  // Never blocks and never drops: a cell may print any amount before the event loop turns.
  const unbounded = { sendTimeout: 0, sendHighWaterMark: 0 };
  const shell = new Router(unbounded);
  const iopub = new Publisher(unbounded);
  const stdin = new Router();
  const { transport, ip, shell_port, iopub_port, stdin_port } = connection;
  await Promise.all([
    shell.bind(`${transport}://${ip}:${shell_port}`),
    iopub.bind(`${transport}://${ip}:${iopub_port}`),
    stdin.bind(`${transport}://${ip}:${stdin_port}`),
  ]);

  /** Cells to run; the first is running. */
  const queue: Message[] = [];
  /** The cell that runs or ran last: outputs belong to it. */
  let cell: Message | null = null;

  const reply = (request: Message, type: string, content: object): void => {
    void shell.send(encode(connection.key, answer(request, type, content)));
  };
  const publish = (request: Message | null, type: string, content: object): void => {
    void iopub.send(encode(connection.key, answer(request, type, content, [Buffer.from(type)])));
  };
  const status = (request: Message, state: 'busy' | 'idle'): void => {
    publish(request, 'status', { execution_state: state });
  };
  captureOutput((type, content) => {
    publish(cell, type, content);
  });

  async function runQueue(): Promise<void> {
    for (let request = queue.at(0); request; request = queue.at(0)) {
      cell = request;
      status(request, 'busy');
      const content = request.content as ExecuteRequest;
      const result = await execute(content, (type, output) => {
        publish(request, type, output);
      });
      const aborts = result.status === 'error' && content.stop_on_error !== false;
      if (aborts) await queueStands();
      queue.shift();
      reply(request, 'execute_reply', result);
      status(request, 'idle');
      if (aborts) for (const next of queue.splice(0)) abort(next);
    }
  }

  async function queueStands(): Promise<void> {
    let length: number;
    do {
      length = queue.length;
      await sleep(abortPatience);
    } while (queue.length > length);
  }

  function abort(request: Message): void {
    status(request, 'busy');
    reply(request, 'execute_reply', { status: 'aborted' });
    status(request, 'idle');
  }

  function answerNow(request: Message): void {
    status(request, 'busy');
    const result = answerRequest(request.header.msg_type, request.content as CodeRequest);
    if (result) reply(request, ...result);
    status(request, 'idle');
    const running = queue.at(0);
    if (running) status(running, 'busy');
  }

  for await (const frames of shell) {
    const request = decode(connection.key, frames);
    if (request === undefined) continue;
    if (request.header.msg_type !== 'execute_request') answerNow(request);
    else if (queue.push(request) === 1) void runQueue();
  }
}
