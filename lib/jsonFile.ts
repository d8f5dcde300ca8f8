import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * What a JSON file holds.
 *
 * @param message what to tell the user, from the reason
 * @throws Error with that message if the file can't be read, or holds anything but such JSON
 */
export function readJson<T>(
  file: string,
  schema: z.ZodType<T>,
  message: (reason: string) => string,
): T {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new Error(message(reason), { cause: error });
  }
}
