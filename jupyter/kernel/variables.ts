const plain = { writable: true, enumerable: true, configurable: true };

/**
 * The object that holds the cells' variables: cells compile to CommonJS modules that share it as
 * `exports`. Imports reach it as getters on a module's export; they are stored as plain values, so
 * that a later cell can declare the same name again.
 */
export function createVariables(): Record<string, unknown> {
  return new Proxy<Record<string, unknown>>(
    {},
    {
      defineProperty(variables, name, descriptor) {
        if (name === '__esModule') return true;
        const value = (descriptor.get?.() ?? descriptor.value) as unknown;
        return Reflect.defineProperty(variables, name, { ...plain, value });
      },
    },
  );
}
