import { strict as assert } from 'node:assert'
import { release } from 'node:os'
import { canTrace, features } from '../../../src/kernel/libbpf/features.js'
import { skip } from '../../support/skip.js'

/** The kernel's version says what came with it at the latest; a distribution's may have it earlier. */
const isFrom = (major: number, minor: number) => {
  const [a = 0, b = 0] = release().split('.').map(Number)
  return a > major || (a === major && b >= minor)
}

describe('kernel/libbpf features', () => {
  before(function () {
    if (process.getuid?.() !== 0) skip(this, 'trying BPF needs root')
  })

  it('has what came with this version, whatever its distribution', () => {
    const since = [
      [features.ringBuffer, 5, 8],
      [features.tunnelLocalIp, 6, 0],
      [features.tcx, 6, 6],
    ] as const
    for (const [has, major, minor] of since) if (isFrom(major, minor)) assert.equal(has(), true)
  })

  it('traces functions that the kernel has, and no others', function () {
    // One with two arguments, which every machine can trace that can trace any.
    if (!traceable('dev_set_alias')) skip(this, 'the kernel traces no function here')
    assert.equal(canTrace('no_such_function'), false)
    // A type is none.
    assert.equal(canTrace('sk_buff'), false)
  })
})

function traceable(name: string): boolean {
  try {
    return canTrace(name)
  } catch {
    return false
  }
}
