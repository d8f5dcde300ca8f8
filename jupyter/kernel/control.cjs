// @ts-check
/**
 * Second thread of the kernel: it answers while a cell keeps the first one busy.
 *
 * It owns the control channel (interrupt, shutdown) and the heartbeat, ends JavaScript that does not
 * react to an interrupt, and ends the kernel when Jupyter is gone.
 */
const { Session } = require('node:inspector/promises');
const { setTimeout: sleep } = require('node:timers/promises');
const { parentPort, workerData } = require('node:worker_threads');
const zeromq = require('zeromq');
const { kernelInfo } = require('./kernelInfo.cjs');
const { answer, decode, encode } = require('./message.cjs');

if (parentPort === null) throw new Error('kernel/control.cjs runs as a thread of the kernel.');
const kernel = parentPort;

const connection = /** @type {import('./connection').Connection} */ (workerData);

/** Time for the first thread to react before its JavaScript is ended; to exit before it is killed. */
const patience = { interrupt: 200, shutdown: 2000 };

const heartbeat = new zeromq.Reply();
const control = new zeromq.Router({ sendTimeout: 0, sendHighWaterMark: 0 });
void answerHeartbeat();
void answerControl();
setInterval(endWithJupyter, 1000, process.ppid);

async function answerHeartbeat() {
  await heartbeat.bind(`${connection.transport}://${connection.ip}:${connection.hb_port}`);
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

async function answerControl() {
  await control.bind(`${connection.transport}://${connection.ip}:${connection.control_port}`);
  for await (const frames of control) {
    const request = decode(connection.key, frames);
    if (request === undefined) continue;
    /** @type {(type: string, content: object) => Promise<void>} */
    const reply = (type, content) =>
      control.send(encode(connection.key, answer(request, type, content)));
    switch (request.header.msg_type) {
      case 'kernel_info_request':
        await reply('kernel_info_reply', kernelInfo);
        break;
      case 'interrupt_request':
        void interrupt();
        await reply('interrupt_reply', { status: 'ok' });
        break;
      case 'shutdown_request':
        await reply('shutdown_reply', { status: 'ok', restart: request.content.restart === true });
        await shutdown();
        break;
    }
  }
}

let interrupts = 0;

/** Interrupts the running cell: asks the first thread, and ends its JavaScript if it does not react. */
async function interrupt() {
  const number = ++interrupts;
  kernel.postMessage('interrupt');
  let verdict = 'wait';
  while (verdict === 'wait') {
    await sleep(patience.interrupt);
    const inspector = new Session();
    inspector.connectToMainThread();
    verdict = await judge(inspector, number);
    if (verdict === 'end') await inspector.post('Runtime.terminateExecution');
    inspector.disconnect();
  }
}

/**
 * Asks the first thread, even in the middle of a loop, what to do with it.
 *
 * @param {Session} inspector
 * @param {number} number of the interrupt
 * @returns {Promise<import('./controlThread').Verdict>}
 */
async function judge(inspector, number) {
  const expression = `globalThis[Symbol.for('kernel.judge')](${number})`;
  const { result } = await inspector.post('Runtime.evaluate', { expression });
  return result.value;
}

async function shutdown() {
  heartbeat.close();
  control.close();
  kernel.postMessage('shutdown');
  await sleep(patience.shutdown);
  process.kill(process.pid, 'SIGKILL');
}

/** @param {number} jupyter process that started the kernel */
function endWithJupyter(jupyter) {
  if (process.ppid !== jupyter) process.kill(process.pid, 'SIGKILL');
}
