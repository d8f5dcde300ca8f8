/** The program of a worker (see `withWorkers`): does one task after the other, as it is asked. */
import { workerTasks, type Answer, type Question } from '#lib/experiments/workerTasks';

type Task = (input: unknown, progress: (...progress: [number, number]) => void) => Promise<unknown>;

function say(answer: Answer): void {
  process.send?.(answer);
}

process.on('message', ({ task, input }: Question) => {
  const work = workerTasks[task] as Task;
  work(input, (...progress) => {
    say({ progress });
  }).then(
    (result) => {
      say({ result });
    },
    (error: unknown) => {
      say({ error: error instanceof Error ? error : new Error(String(error)) });
    },
  );
});
// The one who asks has ended, however it ended.
process.on('disconnect', () => process.exit());
