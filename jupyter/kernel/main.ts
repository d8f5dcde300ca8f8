/** The kernel's first thread: runs cells. The last argument of the process is the connection file. */
import { readConnection } from '#jupyter/kernel/connection';
import { startControlThread } from '#jupyter/kernel/controlThread';
import { failCell, interruptCell } from '#jupyter/kernel/runner';
import { serve } from '#jupyter/kernel/server';

Error.stackTraceLimit = 50; // Of which errors show those that are not Node's or the kernel's.
process.on('SIGINT', interruptCell);
process.on('uncaughtException', failCell);
process.on('unhandledRejection', failCell);

const connection = readConnection(process.argv.at(-1) ?? '');
startControlThread(connection);
void serve(connection);
