const reasons = new WeakMap<object, string>()

/** Skips the running test or suite and says why; the reporter prints the reason. */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.currentTest ?? context.test
  if (runnable) reasons.set(runnable, reason)
  return context.skip()
}

/** The reason given to {@link skip} for this test, or for a hook of one of its suites. */
export function skipReason(test: Mocha.Test): string | undefined {
  const own = reasons.get(test)
  if (own) return own
  for (let suite: Mocha.Suite | undefined = test.parent; suite; suite = suite.parent) {
    const hooks = (suite as unknown as { _beforeAll: object[] })._beforeAll
    for (const hook of hooks) {
      const reason = reasons.get(hook)
      if (reason) return reason
    }
  }
  return undefined
}
