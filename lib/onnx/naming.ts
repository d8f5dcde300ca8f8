/** Does what is asked, and says in its error what it was about: `net.onnx: it has no graph`. */
export function naming<T>(subject: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error) error.message = `${subject}: ${error.message}`;
    throw error;
  }
}
