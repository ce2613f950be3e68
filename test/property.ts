import fc from 'fast-check'

/** Checks a property with inputs that are the same in every run, so that a failure can be looked into. */
export function check<T>(arbitrary: fc.Arbitrary<T>, runs: number, predicate: (value: T) => void): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      predicate(value)
    }),
    { seed: 7, numRuns: runs },
  )
}

export async function checkAsync<T>(
  arbitrary: fc.Arbitrary<T>,
  runs: number,
  predicate: (value: T) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, predicate), { seed: 7, numRuns: runs })
}
