/**
 * Says whether an experiment found what it is expected to find, and what the text beside it speaks of.
 * Another seed, CPU or hyperparameter may find something else. That is a result and no fault: the
 * notebook warns and goes on. What must hold whatever the numbers, such as two ways to compute the same
 * integers, is no claim but an error.
 *
 * `npm test` sets `LAB_CLAIMS=strict`, by which a claim that doesn't hold is an error.
 *
 * @param found what was found, `mnist: 97.20 % right`
 * @param expected what should have been, `at least 97 %`
 * @throws Error if the claim doesn't hold and claims are strict
 */
export function claim(holds: boolean, found: string, expected: string): void {
  if (holds) {
    console.log(`${found}; expected: ${expected}.`);
    return;
  }
  const warning = `Not as expected: ${found}; expected: ${expected}.`;
  if (process.env.LAB_CLAIMS === 'strict') throw new Error(warning);
  console.warn(`${warning} Another seed, CPU or hyperparameter can do this.`);
}

/** What {@link claim} takes. */
export type Claim = Parameters<typeof claim>;

/** Makes claims about numbers that are shown already: a line says that all hold, or a warning which does not. */
export function claimAll(claims: readonly Claim[]): void {
  const others = claims.filter(([holds]) => !holds);
  for (const other of others) claim(...other);
  if (others.length === 0) console.log(`All ${claims.length} claims hold.`);
}
