import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { answers, refusal, type Answer, type Command } from '#bench/protocol';

/** A contestant's process, held open for the whole benchmark. */
export interface ContestantProcess {
  /** @throws Error with its reason, if it can't do what it is asked or has ended */
  readonly ask: <Do extends Command['do']>(
    command: Extract<Command, { do: Do }>,
  ) => Promise<Answer<Do>>;
  /** Ends it. */
  readonly close: () => void;
}

/** Last characters of what a process says of its errors, enough for the reason. */
const errorLength = 2000;

/**
 * Starts a process that answers commands. Its errors are kept, and told when it fails.
 *
 * @param env environment of the process
 */
export function startContestant(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): ContestantProcess {
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors = (errors + text.toString()).slice(-errorLength);
  });
  child.stdin.on('error', () => undefined); // its end is told below
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      reject(new Error(lastLine(errors) || `${program} ended without a word`));
    });
  });
  ended.catch(() => undefined); // heard when something is asked
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (command) => {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const line = await Promise.race([lines.next(), ended]);
      if (line.done === true) return ended;
      const answer: unknown = JSON.parse(line.value);
      const refused = refusal.safeParse(answer);
      if (refused.success) throw new Error(refused.data.error);
      return answers[command.do].parse(answer) as Answer<typeof command.do>;
    },
    close: () => {
      child.stdin.end();
    },
  };
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
